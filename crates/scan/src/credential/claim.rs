//! What is known about a credential before it is kept, and how what has the shape of a rule is judged.

use super::check::Verdict;
use super::index::Shaped;
use super::judge;
use super::rule::At;
use crate::rule::{Rules, is_random};

/// Shorter text has too few characters to say how random it is.
const DENSITY_MIN: usize = 8;

/// What is known about a credential before it is kept.
pub(super) struct Claim {
    pub(super) rule: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    /// So sure it is, or the reason why it is none.
    pub(super) judged: Result<f64, &'static str>,
    pub(super) why: Vec<String>,
}

/// The part of a text in lower case, as far as there is one.
pub(super) fn lower(text: &[u8], start: usize, end: usize) -> Vec<u8> {
    text[start..end.min(text.len())].to_ascii_lowercase()
}

/// Judges what has the shape of a rule by its inside.
pub(super) fn judged(text: &[u8], rules: &Rules, shaped: Shaped) -> Claim {
    let Shaped { rule: index, shape, start, end } = shaped;
    let rule = rules.credentials().rule(index);
    let shape = &rule.shapes[shape];
    let token = &text[start..end];
    let body = &token[shape.prefix().len()..];
    let claim = |judged, why| Claim { rule: index, start, end, judged, why };
    let mut why = Vec::new();
    let mut sure = rule.confidence;
    match rule.check.map(|check| check.run(token, shape.prefix().len())) {
        Some(Verdict::Holds(reason)) => {
            why.push(reason);
            sure = sure.max(0.95);
        }
        Some(Verdict::Fails(reason)) => return claim(Err(reason), why),
        Some(Verdict::Unknown) | None => {}
    }
    if rule.at == At::Named && judge::is_constant(token) {
        return claim(Err("a constant of a program"), why);
    }
    if judge::is_made_up(body) || judge::stands_in(body) == Some("a placeholder") {
        return claim(Err("a placeholder"), why);
    }
    if judge::is_phrase(body) {
        return claim(Err("words of a text"), why);
    }
    if rule.at != At::Named && is_inside_base64(text, start) {
        return claim(Err("a part of a longer text in base64"), why);
    }
    // Hexadecimal is drawn from 16 characters, whatever else the shape allows.
    let hexadecimal = body.iter().all(u8::is_ascii_hexdigit);
    let alphabet = if hexadecimal { 16 } else { shape.alphabet() };
    let share = if shape.is_mixed() { judge::ENTROPY_SHARE_MIXED } else { judge::ENTROPY_SHARE };
    if body.len() >= DENSITY_MIN && !judge::is_dense(body, alphabet, share) {
        return claim(Err("too uniform to be random"), why);
    }
    claim(Ok(sure), why)
}

/// Whether what begins at a place goes on from a long text in base64, of which `/` and `+` are signs: no path is drawn
/// from so many characters.
fn is_inside_base64(text: &[u8], start: usize) -> bool {
    const LONG: usize = 80;
    let reach = &text[start.saturating_sub(LONG)..start];
    matches!(reach, [.., b'/' | b'+'])
        && reach.len() == LONG
        && reach.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte))
        && is_random(reach)
}
