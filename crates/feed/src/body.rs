//! A pushed body: how it is packed, and its bytes unpacked within a budget.
//!
//! A sender says how a body is packed, or its first bytes do. What grows beyond the budget is refused as
//! soon as it does, so a bomb costs the budget and no more.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::FeedError;

/// The first bytes of a gzip member (RFC 1952, section 2.3.1).
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];

/// The first bytes of a Zstandard frame (RFC 8878, section 3.1.1).
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// The largest window of a Zstandard frame: what a decoder must keep. RFC 8878, section 3.1.1.1.2,
/// recommends to support 8 MiB; `zstd -19` uses it. A larger one is refused, it is memory on demand.
const ZSTD_WINDOW_MAX: u64 = 8 << 20;

/// Bytes that a Zstandard decoder hands over at a time.
const ZSTD_STEP: usize = 1 << 20;

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all, unless its first bytes say otherwise.
    Plain,
    /// gzip, any number of members.
    Gzip,
    /// Zstandard, any number of frames.
    Zstd,
}

impl Encoding {
    /// The encoding of a `Content-Encoding` header (RFC 9110, section 8.4.1).
    ///
    /// # Errors
    /// It names one that is not known, or several.
    pub fn of_header(value: Option<&str>) -> Result<Self, FeedError> {
        let name = value.unwrap_or_default().trim();
        match name.to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Plain),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "zstd" => Ok(Self::Zstd),
            _ => Err(FeedError::UnknownEncoding { name: name.chars().take(64).collect() }),
        }
    }
}

/// The bytes of a body, unpacked.
///
/// # Errors
/// It is not what it is said to be, breaks off, or is longer than `limit` bytes.
pub fn unpack(encoding: Encoding, body: &[u8], limit: u64) -> Result<Cow<'_, [u8]>, FeedError> {
    match encoding {
        Encoding::Gzip => gzip(body, limit).map(Cow::Owned),
        Encoding::Zstd => zstd(body, limit).map(Cow::Owned),
        Encoding::Plain if body.starts_with(GZIP_MAGIC) => gzip(body, limit).map(Cow::Owned),
        Encoding::Plain if body.starts_with(ZSTD_MAGIC) => zstd(body, limit).map(Cow::Owned),
        Encoding::Plain if body.len() as u64 > limit => Err(FeedError::TooLarge { limit }),
        Encoding::Plain => Ok(Cow::Borrowed(body)),
    }
}

fn gzip(body: &[u8], limit: u64) -> Result<Vec<u8>, FeedError> {
    let mut plain = Vec::new();
    let read = MultiGzDecoder::new(body).take(limit.saturating_add(1)).read_to_end(&mut plain);
    let unpacked = plain.len() as u64;
    if unpacked > limit {
        return Err(FeedError::TooLarge { limit });
    }
    read.map_err(|source| FeedError::Damaged { encoding: "gzip", unpacked, source })?;
    Ok(plain)
}

fn zstd(mut body: &[u8], limit: u64) -> Result<Vec<u8>, FeedError> {
    let mut plain = Vec::new();
    let mut decoder = FrameDecoder::new();
    while !body.is_empty() {
        if let Some(rest) = skippable(body) {
            body = rest;
            continue;
        }
        if window(body).is_none_or(|window| window > ZSTD_WINDOW_MAX) {
            return Err(damaged(&plain, "the frame's window is larger than 8 MiB, or unreadable"));
        }
        decoder.reset(&mut body).map_err(|error| damaged(&plain, error))?;
        while !decoder.is_finished() {
            decoder
                .decode_blocks(&mut body, BlockDecodingStrategy::UptoBytes(ZSTD_STEP))
                .map_err(|error| damaged(&plain, error))?;
            if let Some(block) = decoder.collect() {
                plain.extend_from_slice(&block);
            }
            if plain.len() as u64 > limit {
                return Err(FeedError::TooLarge { limit });
            }
        }
        if let Some(block) = decoder.collect() {
            plain.extend_from_slice(&block);
        }
        if plain.len() as u64 > limit {
            return Err(FeedError::TooLarge { limit });
        }
    }
    Ok(plain)
}

fn damaged(plain: &[u8], error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> FeedError {
    let source = std::io::Error::new(std::io::ErrorKind::InvalidData, error);
    FeedError::Damaged { encoding: "zstd", unpacked: plain.len() as u64, source }
}

/// What stands behind a skippable frame (RFC 8878, section 3.1.2).
fn skippable(body: &[u8]) -> Option<&[u8]> {
    let magic = u32::from_le_bytes(body.get(..4)?.try_into().ok()?);
    let length = u32::from_le_bytes(body.get(4..8)?.try_into().ok()?);
    if magic & 0xffff_fff0 != 0x184d_2a50 {
        return None;
    }
    body.get(8_usize.checked_add(usize::try_from(length).ok()?)?..)
}

/// The window that a frame's header asks for (RFC 8878, section 3.1.1.1).
fn window(body: &[u8]) -> Option<u64> {
    let header = body.strip_prefix(ZSTD_MAGIC)?;
    let descriptor = *header.first()?;
    let single_segment = descriptor & 0x20 != 0;
    if !single_segment {
        let byte = u64::from(*header.get(1)?);
        let base = 1_u64 << (10 + (byte >> 3));
        return Some(base + (base / 8) * (byte & 7));
    }
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let size = match descriptor >> 6 {
        0 => 1,
        1 => 2,
        2 => 4,
        _ => 8,
    };
    let mut bytes = [0_u8; 8];
    bytes[..size].copy_from_slice(header.get(1 + dictionary..1 + dictionary + size)?);
    let length = u64::from_le_bytes(bytes);
    Some(if size == 2 { length + 256 } else { length })
}
