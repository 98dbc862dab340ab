//! Runs of escapes, and addresses that were escaped twice.

use super::readable::is_readable;
use super::run::{LONG, Notation, Run};
use crate::decode::hex_byte;

/// Shortest run of escapes, in characters that they stand for.
const ESCAPES_MIN: usize = 8;
/// How far before its first percent sign an address begins at most.
const ADDRESS_BEFORE: usize = 512;

/// Runs of `\x4c`, `\u004c` and `%4c`.
pub(super) fn escapes(
    text: &[u8],
    signs: impl Iterator<Item = usize>,
    cursor: &mut usize,
    to: usize,
    found: &mut Vec<Run>,
) {
    for start in signs {
        let begins = matches!(text[start..], [b'\\', b'x' | b'u', ..] | [b'%', _, _, b'%', ..]);
        if !begins || start < *cursor {
            continue;
        }
        let (mut end, mut bytes) = (start, Vec::new());
        while let Some((byte, length)) = escape(&text[end..]).filter(|_| bytes.len() < LONG) {
            bytes.push(byte);
            end += length;
        }
        *cursor = end.max(start + 1);
        if bytes.len() >= ESCAPES_MIN && is_readable(&bytes) {
            found.push(Run {
                start,
                end,
                notation: Notation::Escapes,
                decoded: bytes,
                is_wrapped: false,
                is_long: false,
            });
        }
    }
    *cursor = to.max(*cursor);
}

/// The byte that an escape stands for, and its length.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'\\', b'x', high, low, ..] => Some((hex_byte(*high, *low)?, 4)),
        [b'%', high, low, ..] => Some((hex_byte(*high, *low)?, 3)),
        [b'\\', b'u', b'0', b'0', high, low, ..] => Some((hex_byte(*high, *low)?, 6)),
        _ => None,
    }
}

/// Addresses in which percent signs are escaped themselves.
pub(super) fn percent(
    text: &[u8],
    signs: impl Iterator<Item = usize>,
    cursor: &mut usize,
    to: usize,
    found: &mut Vec<Run>,
) {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'<' | b'>');
    for at in signs {
        if at < *cursor || !text[at..].starts_with(b"%25") {
            continue;
        }
        let twice = text.get(at + 3..at + 5).is_some_and(|d| hex_byte(d[0], d[1]).is_some());
        if !twice {
            *cursor = at + 3;
            continue;
        }
        let least = at.saturating_sub(ADDRESS_BEFORE);
        let start = text[least..at].iter().rposition(ends).map_or(least, |end| least + end + 1);
        let most = text.len().min(at + LONG);
        let end = text[at..most].iter().position(ends).map_or(most, |end| at + end);
        *cursor = end;
        let once = unescaped(&text[start..end]);
        if is_readable(&once) {
            found.push(Run {
                start,
                end,
                notation: Notation::Percent,
                decoded: once,
                is_wrapped: false,
                is_long: false,
            });
        }
    }
    *cursor = to.max(*cursor);
}

/// A text with its percent escapes resolved, until one round is left.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..3 {
        if memchr::memmem::find(&text, b"%25").is_none() {
            break;
        }
        let (mut plain, mut at) = (Vec::with_capacity(text.len()), 0);
        while let Some(byte) = text.get(at) {
            let digits = text.get(at + 1..at + 3).filter(|_| *byte == b'%');
            match digits.and_then(|digits| hex_byte(digits[0], digits[1])) {
                Some(byte) => {
                    plain.push(byte);
                    at += 3;
                }
                None => {
                    plain.push(*byte);
                    at += 1;
                }
            }
        }
        text = plain;
    }
    text
}
