//! Writes events into a Parquet file of its own, for somebody to take away.

use std::path::Path;

use claviger_model::AccessEvent;

use crate::archive::{ArchiveWriter, Unit};
use crate::row::Row;
use crate::{HistoryError, disk};

/// Writes events of one key, in the order of time, into a Parquet file with the columns of the archives.
/// Gives how many there were. The file is for this user alone; one that is there already is replaced.
///
/// # Errors
/// The file could not be written, or an event could not be read: then there is no file.
pub fn write_parquet(
    path: &Path,
    events: impl IntoIterator<Item = Result<AccessEvent, HistoryError>>,
) -> Result<u64, HistoryError> {
    let fail = |error| HistoryError::of_write(path, error);
    let path = std::path::absolute(path).map_err(fail)?;
    let written = write(&path, events);
    if written.is_err() {
        disk::discard(&path);
    }
    written
}

fn write(
    path: &Path,
    events: impl IntoIterator<Item = Result<AccessEvent, HistoryError>>,
) -> Result<u64, HistoryError> {
    let mut writer = ArchiveWriter::create_alone(path, 0, Unit::Micros)?;
    for event in events {
        writer.push(&Row::of(&event?))?;
    }
    writer.finish_alone()
}
