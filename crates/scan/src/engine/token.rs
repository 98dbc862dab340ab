//! Runs of the characters that keys are made of, and what may stand beside one.
//!
//! Escapes are taken for what they mean, since keys travel in JSON inside JSON, in addresses and in
//! coloured terminal output: in `"a\nLTAI…"` the `n` is no part of the id, and `%2F` is a slash.

use crate::decode::hex_byte;

/// Runs are kept up to this many characters: no secret is longer.
const RUN_MAX: usize = 128;
/// Backslashes that one escape may have: JSON in JSON in JSON.
const BACKSLASHES_MAX: usize = 8;
/// How far a run of base64 is followed beside an id.
const BASE64_REACH: usize = 128;
/// Shortest neighbour that can tell base64 from words.
const BASE64_MIN: usize = 12;

/// A run of letters, digits, `+` and `/`.
pub(crate) struct Run<'r> {
    /// First byte in the text.
    pub(crate) start: usize,
    /// One past the last byte.
    pub(crate) end: usize,
    /// Its characters, with escapes resolved; empty when there are more than [`RUN_MAX`].
    pub(crate) symbols: &'r [u8],
    /// Characters, also when there are more than [`RUN_MAX`].
    pub(crate) length: usize,
    /// The first four characters, whatever the length.
    pub(crate) prefix: [u8; 4],
}

/// Calls `found` for each run that starts in `from..to`, and returns where to go on. With `fresh`, a
/// run that `from` cuts is passed over; else `from` is where the last call left off.
pub(crate) fn runs(
    text: &[u8],
    from: usize,
    to: usize,
    fresh: bool,
    mut found: impl FnMut(&Run<'_>),
) -> usize {
    let mut at = from;
    if fresh && from > 0 && is_symbol(text[from - 1]) {
        at += text[from..].iter().take_while(|byte| is_symbol(**byte)).count();
    }
    let mut symbols = Vec::with_capacity(RUN_MAX);
    while at < to {
        let start = at;
        let mut length = 0;
        let mut prefix = [0; 4];
        symbols.clear();
        while at < text.len() {
            let (symbol, bytes) = symbol(&text[at..]);
            let Some(symbol) = symbol else { break };
            if length < prefix.len() {
                prefix[length] = symbol;
            }
            if length < RUN_MAX {
                symbols.push(symbol);
            }
            length += 1;
            at += bytes;
        }
        if length > RUN_MAX {
            symbols.clear();
        }
        if length > 0 {
            found(&Run { start, end: at, symbols: &symbols, length, prefix });
        }
        if at < text.len() {
            at += symbol(&text[at..]).1;
        } else {
            break;
        }
    }
    at
}

/// The character that a text begins with, `None` where it belongs to no run, and its bytes.
fn symbol(text: &[u8]) -> (Option<u8>, usize) {
    let known = |byte: u8| is_symbol(byte).then_some(byte);
    match *text {
        [byte, ..] if is_symbol(byte) => (Some(byte), 1),
        [b'\\', ..] => {
            let slashes = text.iter().take(BACKSLASHES_MAX).take_while(|b| **b == b'\\').count();
            match text[slashes..] {
                [b'/', ..] => (Some(b'/'), slashes + 1),
                [b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'0', ..] => (None, slashes + 1),
                [b'u', b'0', b'0', high, low, ..] => match hex_byte(high, low) {
                    Some(byte) => (known(byte), slashes + 5),
                    None => (None, slashes),
                },
                [b'x', high, low, ..] => match hex_byte(high, low) {
                    Some(byte) => (known(byte), slashes + 3),
                    None => (None, slashes),
                },
                _ => (None, slashes),
            }
        }
        [b'%', high, low, ..] => match hex_byte(high, low) {
            Some(byte) => (known(byte), 3),
            None => (None, 1),
        },
        [0x1B, b'[', ..] => {
            let arguments = text[2..].iter().take(16);
            let length = arguments.take_while(|b| b.is_ascii_digit() || **b == b';').count();
            (None, 3 + length)
        }
        _ => (None, 1),
    }
}

/// The padding of base64 (RFC 4648 §4) that a text begins with, two at most: how many signs, and their bytes,
/// also where they are escaped (`\\u003d`, `%3D`).
pub(super) fn padding(text: &[u8]) -> (usize, usize) {
    let (mut signs, mut at) = (0, 0);
    while signs < 2 {
        let rest = &text[at..];
        let escaped: [&[u8]; 4] = [b"=", b"\\u003d", b"\\u003D", b"%3D"];
        let Some(sign) = escaped.iter().find(|sign| rest.starts_with(sign)) else { break };
        signs += 1;
        at += sign.len();
    }
    (signs, at)
}

fn is_symbol(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

/// Whether a word may begin at `at`: no letter or digit before it, unless as the end of an escape.
pub(crate) fn begins_word(text: &[u8], at: usize) -> bool {
    let before = &text[..at];
    match *before {
        [.., last] if !last.is_ascii_alphanumeric() => true,
        [] => true,
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'0'] => true,
        [.., b'%', high, low] | [.., b'\\', b'x', high, low] => hex_byte(high, low).is_some(),
        [.., b'\\', b'u', _, _, high, low] => hex_byte(high, low).is_some(),
        [.., b'm'] => {
            let digits = before[..at - 1]
                .iter()
                .rev()
                .take(16)
                .take_while(|byte| byte.is_ascii_digit() || **byte == b';')
                .count();
            before[..at - 1 - digits].ends_with(b"\x1b[")
        }
        _ => false,
    }
}

/// Whether the bytes from `start` to `end` are tied by `.`, `_`, `-` or `~` to a longer word, as the
/// parts of a JSON web token, a UUID or a host name are.
pub(crate) fn is_tied(text: &[u8], start: usize, end: usize) -> bool {
    let ties = |byte: &&u8| matches!(**byte, b'.' | b'_' | b'-' | b'~');
    // Two in a row occur in base64url; a longer row is a rule under a heading.
    let left = text[..start].iter().rev().take(2).take_while(ties).count();
    let right = text[end..].iter().take(2).take_while(ties).count();
    let word =
        |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    (left > 0 && word(start.checked_sub(left + 1))) || (right > 0 && word(Some(end + right)))
}

/// The word of base64url that the bytes from `start` to `end` are part of, up to [`RUN_MAX`] bytes to
/// each side.
pub(crate) fn tied(text: &[u8], start: usize, end: usize) -> (usize, usize) {
    let in_word = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'-' | b'_');
    let before = text[..start].iter().rev().take(RUN_MAX).take_while(in_word).count();
    let after = text[end..].iter().take(RUN_MAX).take_while(in_word).count();
    let begin = start - before;
    ((begin + escaped(text, begin)).min(start), end + after)
}

/// Bytes of an escape that begins before `at`, as of the `3D` in `%3DWord`.
fn escaped(text: &[u8], at: usize) -> usize {
    let is_hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    match (text[..at].last(), &text[at..]) {
        (Some(b'%'), [a, b, ..]) if is_hex(&[*a, *b]) => 2,
        (Some(b'\\'), [b'u', a, b, c, d, ..]) if is_hex(&[*a, *b, *c, *d]) => 5,
        (Some(b'\\'), [b'x', a, b, ..]) if is_hex(&[*a, *b]) => 3,
        (Some(b'\\'), [b'n' | b'r' | b't', ..]) => 1,
        _ => 0,
    }
}

/// Whether what looks like an id is a piece of a longer run of base64. A neighbour after `/` that has
/// just the length of a secret is one: `id/secret`.
pub(crate) fn inside_base64(text: &[u8], start: usize, end: usize, secrets: &[usize]) -> bool {
    let reach = |byte: &&u8| is_symbol(**byte);
    let left = text[..start].iter().rev().take(BASE64_REACH).take_while(reach).count();
    let right = text[end..].iter().take(BASE64_REACH).take_while(reach).count();
    let is_secret = text[end..].starts_with(b"/") && secrets.contains(&(right - 1));
    looks_random(&text[start - left..start])
        || (!is_secret && looks_random(&text[end..end + right]))
}

/// Whether upper case, lower case and digits all occur, and change places as often as in random text.
fn looks_random(part: &[u8]) -> bool {
    part.len() >= BASE64_MIN && mixes_classes(part) && changes(part) >= RANDOM_CHANGES
}

/// Random text of letters and digits changes its class after 62 % of its characters (2 × 26/62 letters,
/// 10/62 digits), camel case after a quarter: half of the former lies 3.5 standard deviations below it
/// at 30 characters.
pub(crate) const RANDOM_CHANGES: f64 = 0.31;

/// Whether upper case, lower case and digits all occur.
pub(crate) fn mixes_classes(token: &[u8]) -> bool {
    token.iter().any(u8::is_ascii_uppercase)
        && token.iter().any(u8::is_ascii_lowercase)
        && token.iter().any(u8::is_ascii_digit)
}

/// The share of neighbours that are of different classes, 0 to 1.
pub(crate) fn changes(token: &[u8]) -> f64 {
    let class =
        |byte: u8| (byte.is_ascii_uppercase(), byte.is_ascii_lowercase(), byte.is_ascii_digit());
    let neighbours = token.len().saturating_sub(1).max(1);
    let changed = token.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    changed as f64 / neighbours as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        runs(text.as_bytes(), 0, text.len(), true, |run| {
            found.push(String::from_utf8(run.symbols.to_vec()).unwrap());
        });
        found
    }

    #[test]
    fn an_escape_before_a_word_is_no_part_of_it() {
        for lead in ["=", "%3D", "\\u003d", "\\x3d", "\\n"] {
            let text = format!("{lead}LEAkUp_6fJ-wZ");
            let at = lead.len();
            let end = at + "LEAkUp".len();
            assert_eq!(tied(text.as_bytes(), at, end), (at, text.len()), "{text}");
        }
        assert_eq!(tied(b"a_3DWord", 4, 8), (0, 8));
    }

    #[test]
    fn escapes_are_taken_for_what_they_mean() {
        assert_eq!(words(r#"{"a":"x\nab\/cd"}"#), ["a", "x", "ab/cd"]);
        assert_eq!(words(r#"\\nab \u003dcd \u002Fef"#), ["ab", "cd", "/ef"]);
        assert_eq!(words("k%3Dab%2Fcd%2B"), ["k", "ab/cd+"]);
        assert_eq!(words("\x1b[1;31mab\x1b[0m"), ["ab"]);
    }

    #[test]
    fn a_word_begins_after_an_escape_and_not_inside_a_word() {
        for (text, begins) in
            [("\\nab", true), ("nab", false), ("%0Aab", true), ("\x1b[0mab", true), ("=ab", true)]
        {
            assert_eq!(begins_word(text.as_bytes(), text.len() - 2), begins, "{text:?}");
        }
    }
}
