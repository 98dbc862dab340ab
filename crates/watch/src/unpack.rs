//! Takes the gzip wrapping off a log file.
//!
//! Only the wrapping that log deliveries really use; archives are the business of the scan engine.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

/// The first two bytes of a gzip member (RFC 1952, section 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Why a log file could not be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// The unpacked log is longer than the caller allows.
    #[error("the log is longer than {limit} bytes when unpacked")]
    TooLong {
        /// What the caller allows, in bytes.
        limit: u64,
    },
    /// The gzip stream is broken.
    #[error("the gzip stream breaks off or is damaged after {unpacked} unpacked bytes")]
    Damaged {
        /// How far it could be read, in unpacked bytes.
        unpacked: u64,
        /// What the decoder says.
        #[source]
        cause: std::io::Error,
    },
}

impl UnpackError {
    /// The way out, in words.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "split the log into smaller files",
            Self::Damaged { .. } => {
                "fetch the file again; `gzip -t FILE` tells whether it is whole"
            }
        }
    }
}

/// The log's bytes: unpacked where they are gzip (any number of members), else as they are.
///
/// # Errors
/// The gzip stream is damaged or cut off, or the log is longer than `limit` bytes.
pub fn unpack(bytes: &[u8], limit: u64) -> Result<Cow<'_, [u8]>, UnpackError> {
    if !bytes.starts_with(&GZIP_MAGIC) {
        if bytes.len() as u64 > limit {
            return Err(UnpackError::TooLong { limit });
        }
        return Ok(Cow::Borrowed(bytes));
    }
    let mut unpacked = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(limit.saturating_add(1)).read_to_end(&mut unpacked);
    if unpacked.len() as u64 > limit {
        return Err(UnpackError::TooLong { limit });
    }
    match read {
        Ok(_) => Ok(Cow::Owned(unpacked)),
        Err(cause) => Err(UnpackError::Damaged { unpacked: unpacked.len() as u64, cause }),
    }
}
