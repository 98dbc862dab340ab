//! Listing a folder's files in the order of object names, a page at a time.
//!
//! Object stores order names as bytes, where `a-b` comes before `a/b`; so a folder is sorted as if its
//! name ended in `/`. What lies wholly before the start of the page is not opened. Memory is bounded by
//! the largest single folder and the page.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use claviger_model::Availability;
use jiff::Timestamp;

use crate::{CloudError, ObjectInfo};

/// A file as an object. Its size and time of change stand in for a hash of its content.
pub(super) fn info_of(name: &str, metadata: &Metadata) -> ObjectInfo {
    let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
    let last_modified = Timestamp::try_from(modified).unwrap_or(Timestamp::UNIX_EPOCH);
    ObjectInfo {
        name: name.to_owned(),
        bytes: metadata.len(),
        etag: format!("{:x}-{:x}", last_modified.as_nanosecond(), metadata.len()),
        last_modified,
        storage_class: None,
        availability: Availability::AtOnce,
    }
}

/// Where a page starts and ends.
pub(super) struct Page<'a> {
    pub(super) prefix: &'a str,
    /// Names up to and including this one are behind us; empty at the start.
    pub(super) after: &'a str,
    pub(super) max: usize,
}

/// One more object than `max` shows that another page follows.
pub(super) fn walk(root: &Path, page: &Page<'_>) -> Result<Vec<ObjectInfo>, CloudError> {
    let mut found = Vec::new();
    descend(root, "", page, &mut found)?;
    Ok(found)
}

struct Entry {
    /// Full object name; of a folder with `/` behind it.
    name: String,
    path: PathBuf,
    metadata: Metadata,
}

fn descend(
    folder: &Path,
    name: &str,
    page: &Page<'_>,
    found: &mut Vec<ObjectInfo>,
) -> Result<(), CloudError> {
    for entry in entries(folder, name)? {
        if found.len() > page.max {
            return Ok(());
        }
        let is_folder = entry.metadata.is_dir();
        if is_folder && may_hold(&entry.name, page) {
            descend(&entry.path, &entry.name, page, found)?;
        }
        let wanted = entry.name.starts_with(page.prefix) && entry.name.as_str() > page.after;
        if !is_folder && wanted {
            found.push(info_of(&entry.name, &entry.metadata));
        }
    }
    Ok(())
}

/// Whether names that begin with `folder` can be on the page.
fn may_hold(folder: &str, page: &Page<'_>) -> bool {
    let in_prefix = folder.starts_with(page.prefix) || page.prefix.starts_with(folder);
    let behind = folder < page.after && !page.after.starts_with(folder);
    in_prefix && !behind
}

/// The files and folders in a folder, sorted as object names. Links, sockets and devices are left out;
/// what vanishes meanwhile too.
fn entries(folder: &Path, name: &str) -> Result<Vec<Entry>, CloudError> {
    let failed = |source| CloudError::File { call: "list", path: folder.to_owned(), source };
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        // Does not follow a link.
        let Ok(metadata) = entry.metadata() else { continue };
        let slash = match (metadata.is_file(), metadata.is_dir()) {
            (true, _) => "",
            (_, true) => "/",
            _ => continue,
        };
        let name = format!("{name}{}{slash}", entry.file_name().to_string_lossy());
        entries.push(Entry { name, path: entry.path(), metadata });
    }
    entries.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(entries)
}
