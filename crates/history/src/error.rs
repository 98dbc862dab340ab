//! What can go wrong with the history, and the way out.

use std::io;
use std::path::{Path, PathBuf};

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
    /// Events could not be written; none of the file's earlier events is harmed.
    #[error("cannot append to the history file `{}`", path.display())]
    Append {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no room left; none of the file's earlier events is harmed.
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
    /// An event has no JSON form, or a longer one than a frame holds.
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
            Self::Append { path, .. } | Self::Read { path, .. } => format!(
                "look at the disk and at the rights of `{}`; nothing is lost, the log is read again",
                path.display()
            ),
            Self::Full { path, .. } => format!(
                "free space on the disk that holds `{}` or move the data folder to a larger one; \
                 nothing is lost, the log is read again from where it stopped",
                path.display()
            ),
            Self::Encode { .. } => {
                "look at the log line of this event: a field of it is far too long".to_owned()
            }
        }
    }

    /// Whether the disk or the quota is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }

    /// The failure of a write, told apart by whether there was room.
    pub(crate) fn of_write(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full { path, source }
            }
            _ => Self::Append { path, source },
        }
    }

    /// The failure of a read.
    pub(crate) fn of_read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }
}
