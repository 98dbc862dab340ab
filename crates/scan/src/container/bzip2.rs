//! bzip2: one stream, in one member or several (as `pbzip2` writes them).

use super::Kind;
use super::packed::{Format, NO_HEAD, Packed};
use crate::codec::Bzip2;

/// Recognises `BZh`, the level, and the mark of a block or of the end.
pub(super) const KIND: Kind = Kind {
    recognises: |head, _| {
        let mark = head.get(4..10).unwrap_or_default();
        begins(head) && matches!(mark, b"\x31\x41\x59\x26\x53\x59" | b"\x17\x72\x45\x38\x50\x90")
    },
    open: || Packed::open(&FORMAT),
};

const FORMAT: Format = Format {
    name: "bzip2",
    suffixes: &[(".bz2", ""), (".tbz2", ".tar"), (".tbz", ".tar"), (".bz", "")],
    begins,
    codec: || Box::new(Bzip2::new()),
    head_bytes: NO_HEAD,
};

fn begins(bytes: &[u8]) -> bool {
    matches!(bytes, [b'B', b'Z', b'h', b'1'..=b'9', ..])
}
