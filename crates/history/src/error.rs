//! What can go wrong with the history, and the way out.

use std::io;
use std::path::{Path, PathBuf};

use crate::run::{ReadCause, ReadFailure};

/// An operation on the history that failed.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The folder could not be made or listed.
    #[error("cannot open the history in `{}`", path.display())]
    Open {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process writes this history.
    #[error("the history in `{}` is written by another process", path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// It was opened to read.
    #[error("the history in `{}` is open to read alone", path.display())]
    OpenToRead {
        /// The folder.
        path: PathBuf,
    },
    /// A file could not be written; nothing that was there before is harmed.
    #[error("cannot write the history file `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no room left; nothing that was there before is harmed.
    #[error("no room left for the history file `{}`", path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file or folder could not be read.
    #[error("cannot read the history in `{}`", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Rows that no longer fit into memory could not be put aside.
    #[error("cannot write a temporary file in `{}`", path.display())]
    Temporary {
        /// The folder that was tried first.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An event has a longer text than the history takes.
    #[error("access event `{event_id}` cannot be written: {why}")]
    Encode {
        /// The event.
        event_id: String,
        /// Why, in words.
        why: String,
    },
}

impl HistoryError {
    /// The way out, in words.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Open { path, .. } => format!(
                "make sure that `{}` is a folder that this user may read and write",
                path.display()
            ),
            Self::Occupied { path } => format!(
                "stop the process that works in `{}`, or read the history through it",
                path.display()
            ),
            Self::OpenToRead { .. } => {
                "write through the process that opened the history to write".to_owned()
            }
            Self::Write { path, .. } | Self::Read { path, .. } => format!(
                "look at the disk and at the rights of `{}`; nothing is lost, the log is read again",
                path.display()
            ),
            Self::Full { path, .. } => format!(
                "free space on the disk that holds `{}` or move the data folder to a larger one; \
                 nothing is lost, the log is read again from where it stopped",
                path.display()
            ),
            Self::Temporary { .. } => format!(
                "free space in `{}`, or name a folder on a larger disk by `TMPDIR`",
                std::env::temp_dir().display()
            ),
            Self::Encode { .. } => {
                "look at the log line of this event: a field of it is far too long".to_owned()
            }
        }
    }

    /// Whether the disk or the quota is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let is_full = |source: &io::Error| {
            matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        };
        match self {
            Self::Full { .. } => true,
            Self::Temporary { source, .. } => is_full(source),
            _ => false,
        }
    }

    /// The failure of a write, told apart by whether there was room.
    pub(crate) fn of_write(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full { path, source }
            }
            _ => Self::Write { path, source },
        }
    }

    /// The failure of a read.
    pub(crate) fn of_read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    /// The failure of a file that only this process knows.
    pub(crate) fn of_spill(failure: ReadFailure) -> Self {
        let source = match failure.cause {
            ReadCause::Damaged(why) => io::Error::new(io::ErrorKind::InvalidData, why),
            ReadCause::System(error) => error,
        };
        Self::Read { path: failure.path, source }
    }

    /// The same for somebody else who waited for the same write.
    pub(crate) fn for_another(&self) -> Self {
        match self {
            Self::Full { path, source } => Self::of_write(path, again(source)),
            Self::Open { path, source }
            | Self::Write { path, source }
            | Self::Read { path, source } => {
                Self::Write { path: path.clone(), source: again(source) }
            }
            Self::Temporary { path, source } => {
                Self::Temporary { path: path.clone(), source: again(source) }
            }
            Self::Occupied { path } => Self::Occupied { path: path.clone() },
            Self::OpenToRead { path } => Self::OpenToRead { path: path.clone() },
            Self::Encode { event_id, why } => {
                Self::Encode { event_id: event_id.clone(), why: why.clone() }
            }
        }
    }
}

fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}
