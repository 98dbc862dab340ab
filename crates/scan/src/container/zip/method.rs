//! How zip entries are compressed (APPNOTE 4.4.5).

use super::directory::Entry;
use crate::codec::{Bzip2, Codec, Deflate, Lzma, Store, Xz, Zstd};

/// Most bytes of an entry's data that belong to its compression rather than to the stream.
pub(super) const PREFIX_MAX: usize = 9;

/// APPNOTE 4.4.4: with LZMA, bit 1 says that a mark ends the stream.
const HAS_END_MARK: u16 = 2;

/// The codec of an entry; takes from `data` what is not part of the stream.
///
/// # Errors
/// The compression is not known here; the reason in words.
pub(super) fn codec(entry: &Entry, data: &mut &[u8]) -> Result<Box<dyn Codec>, String> {
    Ok(match entry.method {
        0 => Box::new(Store::new(entry.size)),
        8 => Box::new(Deflate::bare()),
        12 => Box::new(Bzip2::new()),
        14 => {
            // APPNOTE 5.8.8: version, length of the properties, properties.
            let damaged = || "damaged zip entry: its LZMA header is not whole".to_owned();
            let (prefix, rest) = data.split_at_checked(PREFIX_MAX).ok_or_else(damaged)?;
            let properties = prefix[4..].first_chunk().copied().ok_or_else(damaged)?;
            *data = rest;
            let size = if entry.flags & HAS_END_MARK != 0 { u64::MAX } else { entry.size };
            Box::new(Lzma::bare(properties, size)?)
        }
        93 => Box::new(Zstd::new()),
        95 => Box::new(Xz::new()),
        other => {
            let name = match other {
                1 => "shrink",
                2..=5 => "reduce",
                6 => "implode",
                9 => "deflate64",
                97 => "WavPack",
                98 => "PPMd",
                _ => "unknown",
            };
            return Err(format!(
                "zip compression method {other} ({name}) is not supported: not read"
            ));
        }
    })
}
