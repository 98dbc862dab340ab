//! A file of the write-ahead log, and the one way to it: appending whole groups of frames.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::frame::{self, Salt, Scan};
use crate::{HistoryError, disk};

/// The file that is appended to.
#[derive(Debug)]
pub(crate) struct WalFile {
    path: PathBuf,
    file: File,
    salt: Salt,
    /// One past the last whole append.
    end: u64,
    /// Bytes may follow the end that could not be cut: nothing may be appended behind them.
    is_torn: bool,
}

impl WalFile {
    /// Makes a file, durable when this returns.
    pub(crate) fn create(path: &Path) -> Result<Self, HistoryError> {
        let fail = |error| HistoryError::of_write(path, error);
        let mut salt = Salt::default();
        getrandom::fill(&mut salt).map_err(|error| fail(io::Error::other(error)))?;
        let made = disk::create(path).and_then(|mut file| {
            file.write_all(&frame::head(salt))?;
            file.sync_all()?;
            disk::sync_dir(path.parent().unwrap_or(path))
        });
        if let Err(error) = made {
            disk::discard(path);
            return Err(fail(error));
        }
        Self::append_to(path, salt, frame::HEAD_BYTES as u64).map_err(fail)
    }

    /// Takes up a file that an earlier process left: reads it and cuts its torn tail. A file whose head is
    /// not readable gives nothing.
    pub(crate) fn take_up(path: &Path) -> Result<(Option<Self>, Scan), HistoryError> {
        let (salt, scan) = read(path).map_err(|error| HistoryError::of_read(path, error))?;
        let Some(salt) = salt else { return Ok((None, scan)) };
        let fail = |error| HistoryError::of_write(path, error);
        let end = scan.whole_end as u64;
        let wal = Self::append_to(path, salt, end).map_err(fail)?;
        if wal.file.metadata().map_err(fail)?.len() > end {
            wal.file.set_len(end).and_then(|()| wal.file.sync_all()).map_err(fail)?;
        }
        Ok((Some(wal), scan))
    }

    fn append_to(path: &Path, salt: Salt, end: u64) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).open(path)?;
        Ok(Self { path: path.to_owned(), file, salt, end, is_torn: false })
    }

    pub(crate) fn salt(&self) -> Salt {
        self.salt
    }

    /// Whether the next append needs another file.
    pub(crate) fn is_torn(&self) -> bool {
        self.is_torn
    }

    /// Appends frames, which are durable when this returns. After an error none of them is there.
    pub(crate) fn append(&mut self, frames: &[u8]) -> Result<(), HistoryError> {
        let written = self.file.write_all(frames).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // What cannot be cut is cut at the next start, or read then: an append that was refused and
            // is made again is a repeat.
            self.is_torn = self.file.set_len(self.end).is_err();
            return Err(HistoryError::of_write(&self.path, error));
        }
        self.end += frames.len() as u64;
        Ok(())
    }
}

/// Whether anything can be in a file: a process that was killed while it made one leaves its head, or less.
pub(crate) fn was_begun(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.len() > frame::HEAD_BYTES as u64)
}

/// Reads a file without changing it.
pub(crate) fn read(path: &Path) -> io::Result<(Option<Salt>, Scan)> {
    let bytes = std::fs::read(path)?;
    let salt = frame::salt_of(&bytes);
    Ok((salt, salt.map(|salt| frame::scan(&bytes, salt)).unwrap_or_default()))
}
