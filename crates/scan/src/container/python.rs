//! Compiled Python (`.pyc` of CPython 3): the strings in the order of the file, one a line, so that they are
//! told apart.
//!
//! Source: `Python/marshal.c`. Code is not understood: constants and names stand in the order in which
//! they were written, a constant mostly near the name that it is given.

use super::Kind;
use super::held::{Format, Held};
use super::made::tell;
use crate::walk::Walk;

/// Recognises the magic of CPython 3: a number and `\r\n`, flags that exist, and code behind the header.
pub(super) const KIND: Kind = Kind {
    recognises: |head, _| {
        let code = [16, 12].map(|at| head.get(at).copied());
        matches!(head, [_, 0x0C..=0x0E, b'\r', b'\n', 0..=3, 0, 0, 0, ..])
            && code.contains(&Some(CODE))
    },
    open: || Held::open(&Format { name: "compiled Python", read }),
};

/// The type of a code object, with the mark of one that may be referred to.
const CODE: u8 = b'c' | 0x80;
/// Longest string.
const STRING_MAX: usize = 16 << 20;

fn read(bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), String> {
    let (mut text, mut at) = (String::new(), 12);
    while let Some(kind) = bytes.get(at).copied() {
        if !walk.take_steps(1) {
            break;
        }
        let (head, length) = match kind & 0x7F {
            // Short and long, in ASCII or not, interned or not.
            b'z' | b'Z' => (2, bytes.get(at + 1).map(|length| usize::from(*length))),
            b'a' | b'A' | b'u' | b't' | b's' => {
                let length = bytes.get(at + 1..).and_then(<[u8]>::first_chunk);
                (5, length.map(|length| u32::from_le_bytes(*length) as usize))
            }
            _ => (0, None),
        };
        let string = length
            .filter(|length| (1..STRING_MAX).contains(length))
            .and_then(|length| bytes.get(at + head..at + head + length))
            .filter(|string| is_text(string));
        match string {
            Some(string) => {
                text.push_str(&String::from_utf8_lossy(string));
                text.push('\n');
                at += head + string.len();
            }
            None => at += 1,
        }
    }
    tell("strings", &text, walk);
    Ok(())
}

/// Bytecode is a string of bytes too.
fn is_text(string: &[u8]) -> bool {
    std::str::from_utf8(string).is_ok_and(|text| {
        !text.chars().any(|character| character.is_control() && !character.is_ascii_whitespace())
    })
}
