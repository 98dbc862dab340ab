//! Loads the folder of place data: tables of networks and countries, hosting networks, Tor exits.
//!
//! Everything of it is bounded, since somebody may name the wrong folder.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use claviger_watch::{PLACE_FILE_BYTES_MAX, PlaceError, PlaceFile, Places};
use jiff::Timestamp;

/// Folders below the named one: packages lie in `node_modules/@scope/name`.
const DEPTH_MAX: usize = 6;

/// Files of a folder of data, and their bytes in all. The packages that `docs/places.md` names have 40
/// files with 180 MB.
const FILES_MAX: usize = 2_000;
const BYTES_MAX: u64 = 1 << 30;

/// The folder of place data cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PlacesError {
    /// Something in it cannot be read.
    #[error("the place data `{path}` cannot be read")]
    Unreadable {
        /// What.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It holds far more than any set of tables.
    #[error("`{path}` holds more than {FILES_MAX} files or 1 GiB: it is no folder of place data")]
    TooMuch {
        /// The folder.
        path: String,
    },
}

impl PlacesError {
    /// The way out, in words.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        "name the folder that holds the tables; `claviger places` says how to get them"
    }
}

/// Reads a folder, or one file. What is in it but cannot be used is told beside the rest.
///
/// # Errors
/// The folder cannot be read, or is far too large.
pub fn load_places(path: &Path) -> Result<(Places, Vec<PlaceError>), PlacesError> {
    let mut files = Vec::new();
    list(path, DEPTH_MAX, &mut files).map_err(|(path, source)| unreadable(&path, source))?;
    if files.len() > FILES_MAX {
        return Err(PlacesError::TooMuch { path: path.display().to_string() });
    }
    files.sort();
    let mut total = 0_u64;
    let mut held = Vec::new();
    for file in files {
        let (bytes, modified) = read(&file).map_err(|source| unreadable(&file, source))?;
        total += bytes.len() as u64;
        if total > BYTES_MAX {
            return Err(PlacesError::TooMuch { path: path.display().to_string() });
        }
        held.push((file.display().to_string(), bytes, modified));
    }
    let files: Vec<PlaceFile<'_>> = held
        .iter()
        .map(|(name, bytes, modified)| PlaceFile { name, bytes, modified: *modified })
        .collect();
    Ok(Places::read(&files))
}

fn unreadable(path: &Path, source: io::Error) -> PlacesError {
    PlacesError::Unreadable { path: path.display().to_string(), source }
}

/// The files below a path, hidden ones apart.
fn list(path: &Path, depth: usize, to: &mut Vec<PathBuf>) -> Result<(), (PathBuf, io::Error)> {
    let failed = |source| (path.to_owned(), source);
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        to.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        // Links are followed to files alone, so that no folder is walked twice.
        let is_file = entry.path().is_file();
        let is_folder = entry.file_type().map_err(failed)?.is_dir();
        if to.len() > FILES_MAX || is_hidden || !(is_file || is_folder && depth > 0) {
            continue;
        }
        list(&entry.path(), depth.saturating_sub(1), to)?;
    }
    Ok(())
}

fn read(path: &Path) -> io::Result<(Vec<u8>, Option<Timestamp>)> {
    let file = File::open(path)?;
    let modified = file.metadata()?.modified().ok();
    let mut bytes = Vec::new();
    file.take(PLACE_FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok((bytes, modified.and_then(|at| Timestamp::try_from(at).ok())))
}
