//! Bare zlib streams (RFC 1950), and the loose objects of git, which are such streams.

use super::Kind;
use super::packed::{Format, NO_HEAD, Packed};
use crate::codec::{Codec, Deflate};

/// Recognises the two bytes of the header, and that something unpacks without damage.
pub(super) const KIND: Kind =
    Kind { recognises: |head, _| is_zlib(head), open: || Packed::open(&FORMAT) };

const FORMAT: Format = Format {
    name: "zlib",
    suffixes: &[(".zz", ""), (".zlib", "")],
    begins: |_| false,
    codec: || Box::new(Deflate::zlib()),
    head_bytes: NO_HEAD,
};

/// Fewer bytes than this are too few to tell a stream from chance.
const UNPACKED_MIN: usize = 8;

fn is_zlib(head: &[u8]) -> bool {
    let [method, flags, ..] = head else { return false };
    // RFC 1950 §2.2: deflate, a window of at most 32 KiB, no preset dictionary, and a check.
    let fits = method & 0xF == 8 && method >> 4 <= 7 && flags & 0x20 == 0;
    if !fits || (u16::from(*method) << 8 | u16::from(*flags)) % 31 != 0 {
        return false;
    }
    let mut output = Vec::new();
    let step = Deflate::zlib().step(head, false, &mut output);
    step.is_ok_and(|step| step.done || output.len() >= UNPACKED_MIN)
}
