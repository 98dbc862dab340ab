//! Files and folders as the history wants them: for this user alone, durable when a function returns, and
//! read at a place without moving anybody else's.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::HistoryError;

/// The folder, below that of the history, for files that could not be read.
pub(crate) const QUARANTINE: &str = "quarantine";

/// Makes a folder that only this user may look into: the history tells who did what. It and the folders
/// above it survive a power cut once this returns.
pub(crate) fn make_dir(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    sync_dir(path.parent().filter(|parent| parent.is_dir()).unwrap_or(path))
}

/// Makes the entries of a folder durable.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes a file that only this user may read; one that is there already is emptied.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Puts a file in the place of another, whole or not at all, durable when this returns.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), HistoryError> {
    let temporary = path.with_extension("new");
    let fail = |error| HistoryError::of_write(path, error);
    let written = create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(error) = written {
        std::fs::remove_file(&temporary).ok();
        return Err(fail(error));
    }
    std::fs::rename(&temporary, path).map_err(fail)?;
    sync_dir(path.parent().unwrap_or(path)).map_err(fail)
}

/// Reads so many bytes at a place of a file.
pub(crate) fn read_at(file: &File, start: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    read_exact_at(file, &mut bytes, start)?;
    Ok(bytes)
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], start: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, start)
}

#[cfg(not(unix))]
fn read_exact_at(file: &File, bytes: &mut [u8], start: u64) -> io::Result<()> {
    use std::io::{Read, Seek};
    let mut own = file.try_clone()?;
    own.seek(io::SeekFrom::Start(start))?;
    own.read_exact(bytes)
}

/// Removes a file that nobody needs; one that stays costs room and is removed at the next start.
pub(crate) fn discard(path: &Path) {
    std::fs::remove_file(path).ok();
}

/// What a folder holds; nothing where there is none.
pub(crate) fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed?.map(|entry| entry.map(|entry| entry.path())).collect(),
    }
}

/// Bytes of all files below the folder of a history, but for what was moved aside.
pub(crate) fn bytes_below(dir: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for path in entries(dir)? {
        // A file may go while the folder is listed.
        let Ok(metadata) = path.symlink_metadata() else { continue };
        if metadata.is_dir() && path.file_name().is_some_and(|name| name != QUARANTINE) {
            bytes += bytes_below(&path)?;
        } else if metadata.is_file() {
            bytes += metadata.len();
        }
    }
    Ok(bytes)
}
