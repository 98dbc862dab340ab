//! Why a file of place data could not be read, and the way out.

use crate::unpack::UnpackError;

/// A file of place data could not be read. Nothing of it counts.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// A line is not what its format has.
    #[error("{file}:{line}: {why}")]
    Line {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It is in no format that can be read.
    #[error("`{file}` is in no format of place data")]
    Unknown {
        /// The file.
        file: String,
    },
    /// It has more ranges than any table of the whole internet.
    #[error("`{file}` has more than {limit} ranges")]
    TooMany {
        /// The file.
        file: String,
        /// How many are read.
        limit: usize,
    },
    /// The database is damaged.
    #[error("`{file}` is a damaged MaxMind database")]
    Database {
        /// The file.
        file: String,
        /// What is wrong with it.
        #[source]
        cause: maxminddb::MaxMindDbError,
    },
    /// It cannot be unpacked.
    #[error("`{file}` cannot be unpacked")]
    Packed {
        /// The file.
        file: String,
        /// What is wrong with it.
        #[source]
        cause: UnpackError,
    },
}

impl PlaceError {
    /// The way out, in words.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Line { .. } => "install the file again: one that was cut off ends like this",
            Self::Unknown { .. } => {
                "take it out of the folder; `docs/places.md` names the formats that are read"
            }
            Self::TooMany { .. } => {
                "put fewer ranges into it; the whole internet has about a million"
            }
            Self::Database { .. } | Self::Packed { .. } => "install the file again",
        }
    }
}

/// What is wrong inside a file, before it is said which.
#[derive(Debug)]
pub(super) enum Fault {
    Line { line: usize, why: &'static str },
    TooMany,
    Database(maxminddb::MaxMindDbError),
}

impl Fault {
    pub(super) fn of_file(self, file: &str) -> PlaceError {
        let file = file.to_owned();
        match self {
            Self::Line { line, why } => PlaceError::Line { file, line, why },
            Self::TooMany => PlaceError::TooMany { file, limit: super::rows::RANGES_MAX },
            Self::Database(cause) => PlaceError::Database { file, cause },
        }
    }
}
