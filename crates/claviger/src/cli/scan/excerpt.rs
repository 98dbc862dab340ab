//! The line around a finding, with every secret in it masked, also what only looks like one.

use claviger_model::Finding;
use claviger_scan::Report;

/// Bytes of a line that are shown before and behind the place.
const REACH: usize = 80;
/// A word this long with letters and digits may be a secret.
const WORD_MIN: usize = 12;
/// So many digits may be somebody's number.
const DIGITS_MIN: usize = 7;

/// What is known of the words of a content.
pub(super) struct Known<'r> {
    /// Its secrets, with what may be shown of each.
    secrets: Vec<(&'r str, &'r str)>,
    /// Its ids, which are no secrets.
    ids: Vec<&'r str>,
}

impl<'r> Known<'r> {
    /// What a report knows.
    pub(super) fn of(report: &'r Report) -> Self {
        let found = report.findings.iter();
        let secrets = found.clone().filter_map(|finding| finding.secret.as_ref());
        let secrets = secrets.map(|secret| (secret.value.reveal(), secret.masked.as_str()));
        let ids = found.filter_map(|finding| finding.access_key_id.as_ref());
        Self { secrets: secrets.collect(), ids: ids.map(|id| id.as_str()).collect() }
    }
}

/// The line around a finding; `None` where it is no text. `bytes` reads from the content.
pub(super) fn around(
    finding: &Finding,
    known: &Known<'_>,
    bytes: impl Fn(usize, usize) -> Option<Vec<u8>>,
) -> Option<String> {
    let start = usize::try_from(finding.location.start).ok()?;
    let from = start.saturating_sub(REACH);
    let near = bytes(from, start + REACH)?;
    let at = (start - from).min(near.len());
    let begin = near[..at].iter().rposition(|byte| *byte == b'\n').map(|end| end + 1);
    let end = near[at..].iter().position(|byte| *byte == b'\n').map(|end| at + end);
    if near.contains(&0) {
        return None;
    }
    let line = String::from_utf8_lossy(&near[begin.unwrap_or(0)..end.unwrap_or(near.len())]);
    let mut line: &str = line.trim();
    // A word that is cut off cannot be told from part of a secret.
    if begin.is_none() && from > 0 {
        line = line.trim_start_matches(is_word);
    }
    if end.is_none() && near.len() > at {
        line = line.trim_end_matches(is_word);
    }
    let mut shown = line.replace(|character: char| character.is_control(), " ");
    for (secret, masked) in known.secrets.iter().filter(|(secret, _)| secret.len() > 3) {
        shown = shown.replace(secret, masked);
    }
    let shown = without_words(&shown, &known.ids);
    (!shown.trim().is_empty()).then(|| shown.trim().to_owned())
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || "+/_.…".contains(character)
}

/// Masks what looks like a secret or like a person's number, other than an id.
fn without_words(line: &str, ids: &[&str]) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while !rest.is_empty() {
        let end = rest.find(|character| !is_word(character)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let random = word.len() >= WORD_MIN && digits > 0 && digits < word.len();
        if !word.contains('…') && !ids.contains(&word) && (random || digits >= DIGITS_MIN) {
            shown.push_str(word.get(..2).unwrap_or_default());
            shown.push('…');
        } else {
            shown.push_str(word);
        }
        let mut characters = after.chars();
        shown.extend(characters.next());
        rest = characters.as_str();
    }
    shown
}

#[cfg(test)]
mod tests {
    use claviger_model::FingerprintKey;
    use claviger_scan::{Limits, Scanner};

    use super::*;

    fn check(text: &str) -> Vec<String> {
        let scanner = Scanner::builtin(FingerprintKey::new([7; 32]));
        let mut scan = scanner.open("a", Limits::default());
        scan.feed(text.as_bytes());
        let report = scan.finish();
        let known = Known::of(&report);
        let read =
            |from: usize, to: usize| Some(text.as_bytes()[from..to.min(text.len())].to_vec());
        let around = |finding| around(finding, &known, read).unwrap();
        report.findings.iter().map(around).collect()
    }

    #[test]
    fn a_line_shows_the_id_and_no_secret() {
        let text =
            "id=LTAI5tK9qW2mZ7rT4vB8nC3x secret=k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U by 13912345670\n";
        assert_eq!(check(text)[0], "id=LTAI5tK9qW2mZ7rT4vB8nC3x secret=k3…4U by 13…");
    }

    #[test]
    fn a_secret_that_the_window_cuts_is_not_shown_in_part() {
        let pad = "x ".repeat(8);
        let text = format!(
            "{pad}LTAI5tK9qW2mZ7rT4vB8nC3x, {} k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U",
            "y ".repeat(14)
        );
        for line in check(&text) {
            assert!(!line.contains("k3Jd"), "{line}");
        }
    }
}
