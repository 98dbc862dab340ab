//! States as words with a shape: never by colour alone.

use claviger_model::{EvidenceState, KeyStatus, Level, Sensitivity, WorkState};
use maud::{Markup, html};

/// How a state is meant: the class that colours it.
#[derive(Debug, Clone, Copy)]
pub(in crate::console) enum Tone {
    /// Red.
    High,
    /// Amber.
    Medium,
    /// Blue.
    Low,
    /// Green.
    Fine,
    /// Grey.
    Unknown,
}

impl Tone {
    /// The class of the style sheet.
    fn class(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Fine => "fine",
            Self::Unknown => "unknown",
        }
    }

    /// The shape that says the same as the colour.
    fn shape(self) -> &'static str {
        match self {
            Self::High => "▲",
            Self::Medium => "◆",
            Self::Low => "●",
            Self::Fine => "✓",
            Self::Unknown => "○",
        }
    }
}

/// A word with its tone.
pub(in crate::console) fn toned(tone: Tone, word: &str) -> Markup {
    html! {
        span.badge.(tone.class()) { span aria-hidden="true" { (tone.shape()) } " " (word) }
    }
}

/// How bad.
pub(in crate::console) fn level(level: Level) -> Markup {
    let tone = match level {
        Level::High => Tone::High,
        Level::Medium => Tone::Medium,
        Level::Low => Tone::Low,
    };
    toned(tone, level.title())
}

/// How far the work is.
pub(in crate::console) fn work(state: WorkState) -> Markup {
    let tone = match state {
        WorkState::Pending => Tone::High,
        WorkState::Acknowledged | WorkState::Handling => Tone::Medium,
        WorkState::Disposed => Tone::Fine,
        WorkState::AddedToWhitelist | WorkState::Ignored => Tone::Unknown,
    };
    toned(tone, state.title())
}

/// What the provider says of a key: an active leaked key is the danger.
pub(in crate::console) fn key(status: KeyStatus) -> Markup {
    let tone = match status {
        KeyStatus::Active => Tone::High,
        KeyStatus::Inactive | KeyStatus::Rotated | KeyStatus::Deleted => Tone::Fine,
        KeyStatus::Unknown => Tone::Unknown,
    };
    toned(tone, status.title())
}

/// What became of evidence.
pub(in crate::console) fn evidence(state: EvidenceState) -> Markup {
    let tone = match state {
        EvidenceState::Found => Tone::High,
        EvidenceState::Deleted => Tone::Medium,
        EvidenceState::Disposed => Tone::Fine,
        EvidenceState::AddedToWhitelist => Tone::Unknown,
    };
    toned(tone, state.title())
}

/// How sensitive.
pub(in crate::console) fn sensitivity(level: Sensitivity) -> Markup {
    let tone = match level {
        Sensitivity::S4 => Tone::High,
        Sensitivity::S3 => Tone::Medium,
        Sensitivity::S2 | Sensitivity::S1 => Tone::Low,
        Sensitivity::NotAvailable => Tone::Unknown,
    };
    toned(tone, level.as_str())
}
