//! The one list of what the history consists of. A file that is not in it is garbage: what a killed process
//! left half-done, or what was replaced.
//!
//! It is one line of JSON and its checksum, replaced whole: written beside, made durable, renamed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Damage, DroppedDays, HistoryError, disk};

const NAME: &str = "manifest";

/// The layout that this code writes.
const VERSION: u32 = 1;

/// What kind a file is, and thereby where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// What one flush, or several together, held of a day.
    Segment,
    /// A day, or a part of it, as Parquet with its index beside it.
    Archive,
}

/// A file with rows of one day, sorted by key, time and event id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileEntry {
    /// Names it for ever.
    pub(crate) number: u64,
    /// What it is.
    pub(crate) kind: Kind,
    /// The day, in UTC, of all its rows.
    pub(crate) day: Date,
    /// How often its rows were merged.
    pub(crate) level: u8,
    /// Of two files with the same event, the one with the higher number has the later one.
    pub(crate) recency: u64,
    pub(crate) rows: u64,
    /// With what stands beside it.
    pub(crate) bytes: u64,
    /// Whether all its times are whole milliseconds.
    pub(crate) in_millis: bool,
}

impl FileEntry {
    /// Where it lies below the folder of the history.
    pub(crate) fn path(&self, dir: &Path) -> PathBuf {
        path_of(dir, self.kind, self.day, self.number)
    }

    pub(crate) fn is_segment(&self) -> bool {
        self.kind == Kind::Segment
    }
}

/// Where a file lies below the folder of the history. The folders of days are named so that every engine
/// that reads partitions has the day as a column.
pub(crate) fn path_of(dir: &Path, kind: Kind, day: Date, number: u64) -> PathBuf {
    let (folder, ending) = match kind {
        Kind::Segment => ("segments", "segment"),
        Kind::Archive => ("days", "parquet"),
    };
    dir.join(folder).join(format!("day={day}")).join(format!("{number:010}.{ending}"))
}

/// Where a file of the write-ahead log lies.
pub(crate) fn wal_path(dir: &Path, number: u64) -> PathBuf {
    dir.join("wal").join(format!("{number:010}.wal"))
}

/// What the history consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    version: u32,
    /// Grows with each that is written.
    pub(crate) generation: u64,
    /// The number of the next file.
    pub(crate) next: u64,
    /// Files of the write-ahead log, the one that is appended to last.
    pub(crate) wals: Vec<u64>,
    /// Files with rows.
    pub(crate) files: Vec<FileEntry>,
    /// What was lost, until somebody says that it is known.
    pub(crate) damage: Vec<Damage>,
    /// Days that were dropped on purpose, the oldest first.
    #[serde(default)]
    pub(crate) dropped: Vec<DroppedDays>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            version: VERSION,
            generation: 0,
            next: 1,
            wals: Vec::new(),
            files: Vec::new(),
            damage: Vec::new(),
            dropped: Vec::new(),
        }
    }
}

impl Manifest {
    pub(crate) fn path(dir: &Path) -> PathBuf {
        dir.join(NAME)
    }

    /// Reads the manifest; the error says in words why it is none.
    pub(crate) fn read(dir: &Path) -> Result<Result<Self, String>, std::io::Error> {
        let text = match std::fs::read(Self::path(dir)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Err("there is none".to_owned()));
            }
            read => read?,
        };
        Ok(Self::parse(&text))
    }

    fn parse(text: &[u8]) -> Result<Self, String> {
        let mut lines = text.split(|byte| *byte == b'\n');
        let body = lines.next().unwrap_or_default();
        let checksum = format!("{:08x}", crc32fast::hash(body));
        if lines.next() != Some(checksum.as_bytes()) {
            return Err("its checksum is wrong".to_owned());
        }
        let manifest: Self = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        if manifest.version != VERSION {
            return Err(format!("it is of version {}", manifest.version));
        }
        Ok(manifest)
    }

    /// Puts this manifest in the place of the one that is there.
    pub(crate) fn write(&self, dir: &Path) -> Result<(), HistoryError> {
        let path = Self::path(dir);
        let fail = |error: serde_json::Error| HistoryError::of_write(&path, error.into());
        let mut text = serde_json::to_vec(self).map_err(fail)?;
        let checksum = format!("\n{:08x}\n", crc32fast::hash(&text));
        text.extend_from_slice(checksum.as_bytes());
        disk::replace(&path, &text)
    }

    /// The files of each day, the oldest day first, of a day the newest first.
    pub(crate) fn days(&self) -> BTreeMap<Date, Vec<FileEntry>> {
        let mut days: BTreeMap<Date, Vec<FileEntry>> = BTreeMap::new();
        for file in &self.files {
            days.entry(file.day).or_default().push(file.clone());
        }
        let newest_first = |file: &FileEntry| std::cmp::Reverse((file.recency, file.number));
        days.values_mut().for_each(|files| files.sort_by_key(newest_first));
        days
    }
}
