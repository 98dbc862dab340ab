//! Zstandard: frames, and skippable frames between them (as `pzstd` and seekable files have them).

use super::Kind;
use super::packed::{Format, NO_HEAD, Packed};
use crate::codec::Zstd;

/// Recognises the magic of a frame, after skippable frames.
pub(super) const KIND: Kind = Kind {
    recognises: |head, _| past_skippable(head).starts_with(&[0x28, 0xB5, 0x2F, 0xFD]),
    open: || Packed::open(&FORMAT),
};

const FORMAT: Format = Format {
    name: "Zstandard",
    suffixes: &[(".zst", ""), (".zstd", ""), (".tzst", ".tar"), (".tzs", ".tar")],
    begins: Zstd::begins,
    codec: || Box::new(Zstd::new()),
    head_bytes: NO_HEAD,
};

/// What follows the skippable frames that a head begins with, which Zstandard and LZ4 share.
pub(super) fn past_skippable(mut head: &[u8]) -> &[u8] {
    while let [0x50..=0x5F, 0x2A, 0x4D, 0x18, a, b, c, d, rest @ ..] = head {
        let length = u32::from_le_bytes([*a, *b, *c, *d]);
        let Some(rest) = usize::try_from(length).ok().and_then(|length| rest.get(length..)) else {
            return &[];
        };
        head = rest;
    }
    head
}
