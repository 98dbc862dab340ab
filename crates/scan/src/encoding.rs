//! Which encoding a text is in, as far as it matters here: all that is a superset of ASCII is read as
//! it stands, UTF-16 is transcoded.
//!
//! GB 18030, Latin-1 and their like need no transcoding: keys, digits and addresses are ASCII in them.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

/// Below this many bytes a text without byte order mark gives no statistics.
const STATISTICS_MIN: usize = 32;

/// What the first bytes say of a text.
pub(crate) struct Recognised {
    /// The encoding to transcode from; `None` for a superset of ASCII.
    pub(crate) transcode: Option<&'static Encoding>,
    /// Bytes of byte order mark to skip.
    pub(crate) mark_bytes: usize,
    /// Whether this is no text: only keys are looked for, since numbers in it mean nothing.
    pub(crate) binary: bool,
}

/// Recognises an encoding by the byte order mark, else by where the zero bytes are.
pub(crate) fn recognise(head: &[u8]) -> Recognised {
    let (transcode, mark_bytes) = match head {
        [0xEF, 0xBB, 0xBF, ..] => (None, 3),
        [0xFF, 0xFE, 0, 0, ..] => (None, 0),
        [0xFF, 0xFE, ..] => (Some(UTF_16LE), 2),
        [0xFE, 0xFF, ..] => (Some(UTF_16BE), 2),
        _ => (by_zero_bytes(head), 0),
    };
    let binary = transcode.is_none() && is_binary(&head[mark_bytes..]);
    Recognised { transcode, mark_bytes, binary }
}

/// UTF-16 of mostly ASCII has a zero in almost every second byte and in no other.
fn by_zero_bytes(head: &[u8]) -> Option<&'static Encoding> {
    if head.len() < STATISTICS_MIN {
        return None;
    }
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), head.len() / 2);
    if odd * 10 > half * 7 && even == 0 {
        Some(UTF_16LE)
    } else if even * 10 > half * 7 && odd == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// A zero byte, or more than a tenth of control characters, is no text.
fn is_binary(head: &[u8]) -> bool {
    let control = |b: &&u8| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B);
    head.contains(&0) || head.iter().filter(control).count() * 10 > head.len()
}
