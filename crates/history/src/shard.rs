//! One file of the history: the events of one day whose keys share the first byte of their hash.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use claviger_model::AccessKeyId;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use sha2::{Digest, Sha256};

use crate::HistoryError;
use crate::frame::Frames;

/// The day, in UTC, whose folder holds an instant.
pub(crate) fn day_of(time: Timestamp) -> Date {
    Offset::UTC.to_datetime(time).date()
}

/// The file of a key inside the folder of a day; events without a key share one file.
pub(crate) fn file_name(key: Option<&AccessKeyId>) -> String {
    match key {
        Some(key) => format!("{:02x}.log", Sha256::digest(key.as_str().as_bytes())[0]),
        None => "anonymous.log".to_owned(),
    }
}

/// Appends frames to a file and makes them durable. A torn tail is cut first; `known_end` is where the
/// last whole frame ended when this process wrote last. Returns where it ends now.
pub(crate) fn append(
    path: &Path,
    frames: &[u8],
    known_end: Option<u64>,
) -> Result<u64, HistoryError> {
    let fail = |error| HistoryError::of_write(path, error);
    let mut file = open_for_append(path).map_err(fail)?;
    // Another process may write too; its lock ends with its file handle.
    file.lock().map_err(fail)?;
    let length = file.metadata().map_err(fail)?.len();
    let end = if known_end == Some(length) {
        length
    } else {
        whole_end(&file, known_end.unwrap_or(0), length).map_err(fail)?
    };
    if end < length {
        file.set_len(end).map_err(fail)?;
    }
    let written = file.write_all(frames).and_then(|()| file.sync_data());
    if let Err(error) = written {
        // The half-written frame is cut now where the disk lets us, else at the next append.
        file.set_len(end).ok();
        return Err(fail(error));
    }
    Ok(end + frames.len() as u64)
}

/// One past the last whole frame of a file of `length` bytes.
fn whole_end(file: &File, known_end: u64, length: u64) -> io::Result<u64> {
    let start = if known_end <= length { known_end } else { 0 };
    let mut frames = Frames::new(file, start, length)?;
    while frames.next_json()?.is_some() {}
    Ok(frames.whole_end())
}

/// Opens a file for appending. A new one, and the folder it stands in, survive a power cut once this
/// returns.
fn open_for_append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        opened => return opened,
    }
    let day = path.parent().unwrap_or(path);
    if !day.is_dir() {
        make_dir(day)?;
        sync_dir(day.parent().unwrap_or(day))?;
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.create(true).open(path)?;
    sync_dir(day)?;
    Ok(file)
}

/// Makes a folder that only this user may look into: the history tells who did what.
pub(crate) fn make_dir(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes the entries of a folder durable.
fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// The days that the history holds between two instants, newest first, each with its folder.
pub(crate) fn days_between(
    dir: &Path,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
) -> io::Result<Vec<PathBuf>> {
    let first = since.map(day_of);
    let last = until.map(day_of);
    let mut days: Vec<(Date, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(day) = name.to_str().and_then(|name| name.parse::<Date>().ok()) else { continue };
        if first.is_none_or(|first| first <= day) && last.is_none_or(|last| day <= last) {
            days.push((day, entry.path()));
        }
    }
    days.sort_by_key(|(day, _)| std::cmp::Reverse(*day));
    Ok(days.into_iter().map(|(_, path)| path).collect())
}
