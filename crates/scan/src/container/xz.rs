//! xz, lzip and the `.lzma` files before them.

use super::Kind;
use super::packed::{Format, NO_HEAD, Packed};
use crate::codec::{Lzip, Lzma, Xz};

/// Recognises xz by its header magic.
pub(super) const XZ: Kind =
    Kind { recognises: |head, _| head.starts_with(MAGIC), open: || Packed::open(&XZ_FORMAT) };

/// Recognises lzip by its magic and its version.
pub(super) const LZIP: Kind = Kind {
    recognises: |head, _| head.starts_with(b"LZIP\x01"),
    open: || Packed::open(&LZIP_FORMAT),
};

/// Recognises `.lzma`, which has no magic, by properties and a dictionary that encoders write, a
/// believable length, and the zero that every range coder begins with.
pub(super) const LZMA: Kind =
    Kind { recognises: |head, _| is_lzma(head), open: || Packed::open(&LZMA_FORMAT) };

const MAGIC: &[u8] = b"\xFD7zXZ\0";
/// Longest unpacked length that is believed.
const LENGTH_MAX: u64 = 1 << 40;

const XZ_FORMAT: Format = Format {
    name: "xz",
    suffixes: &[(".xz", ""), (".txz", ".tar")],
    begins: |bytes| bytes.starts_with(&MAGIC[..4]),
    codec: || Box::new(Xz::new()),
    head_bytes: NO_HEAD,
};

const LZIP_FORMAT: Format = Format {
    name: "lzip",
    suffixes: &[(".lz", ""), (".tlz", ".tar")],
    begins: |bytes| bytes.starts_with(b"LZIP"),
    codec: || Box::new(Lzip::new()),
    head_bytes: NO_HEAD,
};

const LZMA_FORMAT: Format = Format {
    name: "lzma",
    suffixes: &[(".lzma", ""), (".tlz", ".tar")],
    begins: |_| false,
    codec: || Box::new(Lzma::file()),
    head_bytes: NO_HEAD,
};

fn is_lzma(head: &[u8]) -> bool {
    let Some((properties, dictionary, length, first)) = fields(head) else { return false };
    let power = dictionary.is_power_of_two() || (dictionary / 3).is_power_of_two();
    properties == 0x5D
        && power
        && (1 << 12..=1 << 27).contains(&dictionary)
        && (length == u64::MAX || (1..LENGTH_MAX).contains(&length))
        && first == 0
}

fn fields(head: &[u8]) -> Option<(u8, u32, u64, u8)> {
    let (properties, rest) = head.split_first()?;
    let (dictionary, rest) = rest.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    Some((
        *properties,
        u32::from_le_bytes(*dictionary),
        u64::from_le_bytes(*length),
        *rest.first()?,
    ))
}
