//! The history as its users see it: append events, read the past of one key.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use jiff::Timestamp;

use crate::HistoryError;
use crate::frame::{self, Frames};
use crate::shard;

/// Files whose ends are remembered between appends: four days of all 257 files. One file is open at
/// a time.
const ENDS_MAX: usize = 1028;

/// Every access event, for years, by key. Shared between threads; appends take turns.
#[derive(Debug)]
pub struct History {
    dir: PathBuf,
    /// Where the last whole frame of a file ends, as this process left it. A file with another length
    /// was written by somebody else or torn, and is looked through before the next append.
    ends: Mutex<HashMap<PathBuf, u64>>,
}

impl History {
    /// Opens the history in a folder, which is made if need be.
    ///
    /// # Errors
    /// The folder can be neither used nor made.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, HistoryError> {
        let dir = dir.as_ref().to_owned();
        let fail = |source| HistoryError::Open { path: dir.clone(), source };
        shard::make_dir(&dir).map_err(fail)?;
        std::fs::read_dir(&dir).map_err(fail)?;
        Ok(Self { dir, ends: Mutex::default() })
    }

    /// Appends events. They are durable when this returns; after an error some of them may be, so that
    /// the caller appends all of them again: an event that is there twice is read once.
    ///
    /// # Errors
    /// A file could not be written, or there is no room.
    pub fn append(&self, events: &[AccessEvent]) -> Result<(), HistoryError> {
        let mut frames: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
        for event in events {
            let path = self
                .dir
                .join(shard::day_of(event.time).to_string())
                .join(shard::file_name(event.access_key_id.as_ref()));
            frame::encode(event, frames.entry(path).or_default())?;
        }
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        for (path, frames) in frames {
            let end = shard::append(&path, &frames, ends.remove(&path))?;
            if ends.len() >= ENDS_MAX {
                ends.clear();
            }
            ends.insert(path, end);
        }
        Ok(())
    }

    /// The events of one key with `since <= time < until`, each once, in the order of (time, event
    /// id). Of more than `limit`, the latest are given, and the flag says so; it also says that a
    /// damaged stretch had to be stepped over.
    ///
    /// # Errors
    /// A file of the key's shard could not be read.
    pub fn of_key(
        &self,
        key: &AccessKeyId,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        limit: usize,
    ) -> Result<(Vec<AccessEvent>, bool), HistoryError> {
        let days = shard::days_between(&self.dir, since, until)
            .map_err(|error| HistoryError::of_read(&self.dir, error))?;
        let name = shard::file_name(Some(key));
        let wanted = Wanted { key, since, until };
        let mut found = Latest { events: BTreeMap::new(), limit, partial: false };
        for day in days {
            // Days come newest first: what an older one holds would not be among the latest.
            if found.partial && found.events.len() >= limit {
                break;
            }
            let path = day.join(&name);
            read_shard(&path, &wanted, &mut found)
                .map_err(|error| HistoryError::of_read(&path, error))?;
        }
        Ok((found.events.into_values().collect(), found.partial))
    }

    /// Bytes of all files.
    ///
    /// # Errors
    /// A folder could not be listed.
    pub fn bytes(&self) -> Result<u64, HistoryError> {
        let mut bytes = 0;
        let days = shard::days_between(&self.dir, None, None)
            .map_err(|error| HistoryError::of_read(&self.dir, error))?;
        for day in days {
            let fail = |error| HistoryError::of_read(&day, error);
            for entry in std::fs::read_dir(&day).map_err(fail)? {
                bytes += entry.and_then(|entry| entry.metadata()).map_err(fail)?.len();
            }
        }
        Ok(bytes)
    }
}

/// Which events of a shard are asked for.
struct Wanted<'a> {
    key: &'a AccessKeyId,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Wanted<'_> {
    fn has(&self, event: &AccessEvent) -> bool {
        event.access_key_id.as_ref() == Some(self.key)
            && self.since.is_none_or(|since| since <= event.time)
            && self.until.is_none_or(|until| event.time < until)
    }
}

/// The latest events seen so far, at most `limit`.
struct Latest {
    events: BTreeMap<(Timestamp, EventId), AccessEvent>,
    limit: usize,
    partial: bool,
}

impl Latest {
    fn add(&mut self, event: AccessEvent) {
        self.events.insert((event.time, event.event_id.clone()), event);
        if self.events.len() > self.limit {
            self.events.pop_first();
            self.partial = true;
        }
    }
}

/// Gathers the wanted events of one file, which may not exist.
fn read_shard(path: &Path, wanted: &Wanted<'_>, found: &mut Latest) -> std::io::Result<()> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let length = file.metadata()?.len();
    let mut frames = Frames::new(file, 0, length)?;
    while let Some(json) = frames.next_json()? {
        match serde_json::from_slice::<AccessEvent>(&json) {
            Ok(event) if wanted.has(&event) => found.add(event),
            Ok(_) => {}
            // A whole frame of another version's event: it is there, and this answer lacks it.
            Err(_) => found.partial = true,
        }
    }
    found.partial |= frames.damaged() > 0;
    Ok(())
}
