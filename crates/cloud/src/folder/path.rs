//! From an object's name to its file, never by a link and never outside.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::CloudError;

/// The file of a name, if every part of it that exists is a real folder or file. The file itself need
/// not exist.
pub(super) fn file_of(root: &Path, name: &str) -> Result<PathBuf, CloudError> {
    let outside = || CloudError::OutsideFolder { name: name.to_owned() };
    let mut path = root.to_owned();
    for part in name.split('/') {
        if matches!(part, "" | "." | "..") || part.contains('\0') {
            return Err(outside());
        }
        path.push(entry_of(&path, part));
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.file_type().is_symlink() => return Err(outside()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) if error.kind() == ErrorKind::NotADirectory => {}
            Err(source) => return Err(CloudError::File { call: "look at", path, source }),
        }
    }
    match path.starts_with(root) && path != root {
        true => Ok(path),
        false => Err(outside()),
    }
}

/// A part of a name as the folder spells it: listings show bytes that are no text as U+FFFD, so a part
/// with that character may stand for such an entry.
fn entry_of(folder: &Path, part: &str) -> OsString {
    if part.contains('\u{fffd}') && !folder.join(part).exists() {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names = entries.map(|entry| entry.file_name());
        if let Some(name) = names.find(|name| name.to_string_lossy() == part) {
            return name;
        }
    }
    OsString::from(part)
}
