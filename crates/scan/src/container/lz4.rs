//! LZ4 frames, current and legacy (as Linux kernels have them).

use super::Kind;
use super::packed::{Format, NO_HEAD, Packed};
use super::zstd::past_skippable;
use crate::codec::Lz4;

/// Recognises the magic of a frame, after skippable frames.
pub(super) const KIND: Kind = Kind {
    recognises: |head, _| {
        matches!(past_skippable(head), [4, 0x22, 0x4D, 0x18, ..] | [2, 0x21, 0x4C, 0x18, ..])
    },
    open: || Packed::open(&FORMAT),
};

const FORMAT: Format = Format {
    name: "LZ4",
    suffixes: &[(".lz4", ""), (".tlz4", ".tar")],
    begins: Lz4::begins,
    codec: || Box::new(Lz4::new()),
    head_bytes: NO_HEAD,
};
