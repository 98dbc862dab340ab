//! What speaks for an id and a secret belonging together, as numbers and in words.

use super::{Label, SecretSeen, Site};

/// Lines that count as near.
const LINES_NEAR: u64 = 5;
/// Bytes that count as near.
const BYTES_NEAR: u64 = 500;
/// Bytes that count as right beside each other: quotes, a sign, a few words.
const BYTES_BESIDE: u64 = 40;
/// Record ends that count at most: beyond, distance says it all.
const SEPARATORS_MAX: usize = 3;
/// Least score of a match when others are possible.
const SCORE_MIN: f64 = 0.0;
/// Least score of a match when no other is possible: far away and nameless, but nothing against it.
const SCORE_MIN_ALONE: f64 = -3.5;

/// The clues about one match.
pub(super) struct Clues {
    /// The secret is named as one.
    named: bool,
    /// The secret is named as something else.
    misnamed: bool,
    /// Both names have the same owner (`Some(true)`), or different ones.
    same_owner: Option<bool>,
    lines: u64,
    bytes: u64,
    /// The secret comes after the id.
    after: bool,
    /// The secret is believed only right beside the id.
    is_bare: bool,
    /// Record ends between the two.
    separators: usize,
}

impl Clues {
    pub(super) fn of(id: &Site, seen: &SecretSeen, separators: usize) -> Self {
        let secret = &seen.site;
        let owner = |site: &Site| site.label.as_ref().and_then(Label::owner);
        Self {
            named: secret.label.as_ref().is_some_and(Label::says_secret),
            misnamed: secret.label.as_ref().is_some_and(Label::says_other),
            same_owner: owner(id).zip(owner(secret)).map(|(a, b)| a == b),
            lines: id.place.line.abs_diff(secret.place.line),
            bytes: id.gap(secret),
            after: secret.start > id.start,
            is_bare: seen.is_bare,
            separators: separators.min(SEPARATORS_MAX),
        }
    }

    fn is_close(&self) -> bool {
        self.lines <= LINES_NEAR || self.bytes <= BYTES_NEAR
    }

    /// How much speaks for the match. A name outweighs distance; an owner outweighs order.
    pub(super) fn score(&self) -> f64 {
        let name = if self.misnamed {
            -4.0
        } else if self.named {
            4.0
        } else {
            0.0
        };
        let owner = match self.same_owner {
            Some(true) => 2.0,
            Some(false) => -2.0,
            None => 0.0,
        };
        let distance = match self.lines {
            0 if self.bytes <= BYTES_NEAR => 2.0,
            1 => 1.5,
            _ if self.is_close() => 1.0,
            lines => -0.03 * lines as f64,
        };
        let bytes = self.bytes as f64 / 4096.0;
        let order = if self.after { 0.5 } else { 0.0 };
        name + owner + distance - bytes + order - self.separators as f64
    }

    /// Whether the match may be made at all; `alone`: there is no other for either.
    pub(super) fn allow(&self, alone: bool) -> bool {
        let least = if alone { SCORE_MIN_ALONE } else { SCORE_MIN };
        let beside = self.lines <= 1 && self.bytes <= BYTES_BESIDE && self.separators == 0;
        !self.misnamed && self.score() >= least && (beside || !self.is_bare)
    }

    /// How sure the pair is, for an id that is `id` sure.
    pub(super) fn confidence(&self, id: f64) -> f64 {
        let mut confidence: f64 = 0.5 + (id - 0.4).clamp(0.0, 0.2) / 2.0;
        if self.named {
            confidence += 0.2;
        }
        if self.lines <= 1 {
            confidence += 0.1;
        }
        if self.is_close() {
            confidence += 0.1;
        }
        if self.same_owner == Some(true) {
            confidence += 0.05;
        }
        (confidence.min(0.97) * 100.0).round() / 100.0
    }

    /// The clues for a person.
    pub(super) fn words(&self, length: usize, secret: &Site) -> String {
        let side = if self.after { "below" } else { "above" };
        let distance = match self.lines {
            0 => "on the same line".to_owned(),
            1 if self.after => "on the next line".to_owned(),
            1 => "on the line before".to_owned(),
            lines => format!("{lines} lines {side}"),
        };
        match &secret.label {
            Some(label) if self.named => {
                format!("secret of {length} characters {distance}, named `{label}`")
            }
            _ => format!("secret of {length} characters {distance}"),
        }
    }
}

/// Whether the line that `text` begins with starts a record: blank, a section's head, a list item.
pub(super) fn starts_record(text: &[u8]) -> bool {
    let indent = text.iter().take(32).take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
    matches!(text[indent..], [b'\n' | b'[', ..] | [b'-', b' ', ..] | [b'-', b'-', b'-', ..])
}
