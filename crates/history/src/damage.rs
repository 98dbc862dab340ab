//! What was lost or could not be read, for a person who must know.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::disk::{QUARANTINE, make_dir};

/// One file that is not whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// The file, below the folder of the history.
    pub file: PathBuf,
    /// Where it was moved to, below the folder of the history; `None` where it is gone, or was left
    /// where it is.
    pub moved_to: Option<PathBuf>,
    /// The first day that may lack events; `None` where that is not known.
    pub first_day: Option<Date>,
    /// The last day that may lack events; `None` where that is not known.
    pub last_day: Option<Date>,
    /// Events that are no longer found, where that is known.
    pub events: Option<u64>,
    /// Bytes that could not be read.
    pub bytes: u64,
    /// What is wrong, in words.
    pub why: String,
}

impl Damage {
    /// Whether events between two days may be missing.
    #[must_use]
    pub fn touches(&self, first: Option<Date>, last: Option<Date>) -> bool {
        let begins_after = self.first_day.zip(last).is_some_and(|(own, last)| own > last);
        let ends_before = self.last_day.zip(first).is_some_and(|(own, first)| own < first);
        // Nothing was lost where only what can be made again was.
        self.events != Some(0) && !begins_after && !ends_before
    }
}

/// Where [`quarantine`] moves a file, below the folder of the history.
pub(crate) fn place_of(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_string_lossy();
    let folder = path.parent().and_then(Path::file_name).map(|folder| folder.to_string_lossy());
    let day = folder.as_deref().and_then(|folder| folder.strip_prefix("day="));
    let name = day.map_or_else(|| name.clone().into_owned(), |day| format!("{day}-{name}"));
    Some(Path::new(QUARANTINE).join(name))
}

/// Moves a file where nobody reads it. Gives where it is, below the folder of the history.
pub(crate) fn quarantine(dir: &Path, path: &Path) -> Option<PathBuf> {
    make_dir(&dir.join(QUARANTINE)).ok()?;
    let place = place_of(path)?;
    std::fs::rename(path, dir.join(&place)).ok()?;
    Some(place)
}

/// A path as reports name it.
pub(crate) fn below(dir: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(dir).unwrap_or(path).to_owned()
}
