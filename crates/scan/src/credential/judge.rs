//! Whether a value that only its name gives away is a credential: what people, programs and templates
//! write in its place is told apart, each with its reason.

mod other_name;
mod program;
mod stand_in;
#[cfg(test)]
mod tests;

pub(super) use self::other_name::names_other;
pub(super) use self::program::is_constant;
pub(super) use self::program::{echoes, is_listed};
use self::program::{is_code, is_expression, is_identifier, is_path};
pub(super) use self::stand_in::stands_in;
use crate::rule::{entropy, is_placeholder, is_random, is_worded};

/// Shortest password that is reported.
const PASSWORD_MIN: usize = 6;
/// Shortest token or key that is reported.
const TOKEN_MIN: usize = 12;
/// Longest of either: what is longer is a document.
const VALUE_MAX: usize = 512;
/// Longest password that a person or a generator makes.
const PASSWORD_MAX: usize = 128;
/// Share of the entropy of random text of the same length and alphabet, below which text was made up.
pub(super) const ENTROPY_SHARE: f64 = 0.7;
/// The same where some of the text is drawn from fewer characters than the rest.
pub(super) const ENTROPY_SHARE_MIXED: f64 = 0.5;
/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Worth {
    /// A credential, so sure.
    Credential(f64),
    /// None; the reason in words.
    Not(&'static str),
    /// Nothing that anybody would ask about.
    Nothing,
}

/// What the value of a password is worth.
pub(super) fn password(value: &[u8], quoted: bool, leads: bool, sure: f64) -> Worth {
    if value.len() < PASSWORD_MIN || value.len() > VALUE_MAX {
        return Worth::Nothing;
    }
    if let Some(why) = stands_in(value) {
        return Worth::Not(why);
    }
    if value.len() > PASSWORD_MAX {
        return Worth::Nothing;
    }
    if is_uuid(value) {
        return Worth::Not("a UUID");
    }
    if value.contains(&b' ') || !value.iter().all(u8::is_ascii_graphic) {
        return Worth::Nothing;
    }
    let digits = value.iter().any(u8::is_ascii_digit);
    let letters = value.iter().any(u8::is_ascii_alphabetic);
    let cases =
        value.iter().any(u8::is_ascii_uppercase) && value.iter().any(u8::is_ascii_lowercase);
    let signs = value.iter().any(|byte| b"!@#$%^&*+=~?".contains(byte));
    let plain = quoted || leads;
    let counted = value.iter().all(u8::is_ascii_alphanumeric) && digits;
    if is_path(value) || is_constant(value) || (is_identifier(value) && !(plain && counted)) {
        return Worth::Nothing;
    }
    if (!quoted && is_expression(value)) || (!plain && (is_code(value) || is_worded(value))) {
        return Worth::Nothing;
    }
    if is_made_up(value) {
        return Worth::Not("a made-up value");
    }
    match (digits && letters, signs && letters, cases) {
        (true, true, _) => Worth::Credential(sure + 0.15),
        (true, false, true) => Worth::Credential(sure + 0.1),
        (true, ..) | (false, true, _) if quoted || leads => Worth::Credential(sure),
        (true, ..) | (false, true, _) => Worth::Credential(sure - 0.1),
        _ => Worth::Nothing,
    }
}

/// What the value of a token, a secret or a key is worth.
pub(super) fn token(value: &[u8], plain: bool, sure: f64) -> Worth {
    if value.len() < TOKEN_MIN || value.len() > VALUE_MAX {
        return Worth::Nothing;
    }
    if let Some(why) = stands_in(value) {
        return Worth::Not(why);
    }
    if is_uuid(value) {
        return Worth::Not("a UUID");
    }
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-.~:!@#$%^&*".contains(byte);
    // A drawn value of signs of all kinds, as frameworks make them.
    let drawn = plain && value.len() >= 40 && value.iter().all(u8::is_ascii_graphic);
    let body: Vec<u8> = value.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    // A drawn value may begin with a slash.
    let is_path =
        is_path(value) && !(body.len() + 4 >= value.len() && is_random(&body) && !is_worded(&body));
    if !(drawn || value.iter().all(fits)) || is_path || is_constant(value) {
        return Worth::Nothing;
    }
    if !plain && (is_code(value) || is_expression(value)) {
        return Worth::Nothing;
    }
    let hexadecimal = value.iter().all(u8::is_ascii_hexdigit);
    if is_made_up(value) {
        return Worth::Not("a made-up value");
    }
    if !is_dense(&body, if hexadecimal { 16 } else { 62 }, ENTROPY_SHARE) {
        return Worth::Nothing;
    }
    if hexadecimal {
        let mixed = body.iter().any(u8::is_ascii_digit) && body.iter().any(u8::is_ascii_alphabetic);
        return match value.len() {
            16.. if mixed => Worth::Credential(sure),
            _ => Worth::Nothing,
        };
    }
    if is_worded(&body) {
        return Worth::Nothing;
    }
    let digits = body.iter().filter(|byte| byte.is_ascii_digit()).count();
    match is_random(&body) {
        true if body.len() >= 20 => Worth::Credential(sure + 0.15),
        true => Worth::Credential(sure),
        // One case and digits: as random as base 32 or 36 is.
        false if digits * 8 >= body.len() && !is_identifier(value) && body.len() >= 20 => {
            Worth::Credential(sure - 0.1)
        }
        false => Worth::Nothing,
    }
}

/// Whether text has its share of the entropy of random text drawn from so many characters.
pub(super) fn is_dense(text: &[u8], alphabet: usize, share: f64) -> bool {
    let most = (text.len().min(alphabet).max(2) as f64).log2();
    entropy(text) >= share * most
}

/// Whether text is typed along the keyboard, repeated or counted.
pub(super) fn is_made_up(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let rows = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx"];
    let typed = rows.iter().any(|row| {
        row.as_bytes().windows(6).any(|keys| memchr::memmem::find(&lower, keys).is_some())
    });
    typed || is_placeholder(text)
}

/// Whether text is words with hyphens or underscores between them: `pa-1-protect-and-limit-users`.
pub(super) fn is_phrase(text: &[u8]) -> bool {
    const WORDS_MIN: usize = 3;
    let is_word = |part: &&[u8]| part.len() >= 3 && part.iter().all(u8::is_ascii_lowercase);
    text.split(|byte| b"-_".contains(byte)).filter(is_word).count() >= WORDS_MIN
}

/// RFC 9562: 8-4-4-4-12 hexadecimal digits.
pub(super) fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
