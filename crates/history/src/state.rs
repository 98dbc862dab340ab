//! What the threads of a process share about one history, and the two ways to change it: editing the
//! manifest, and taking a number for a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::files::Shelves;
use crate::journal::Journal;
use crate::manifest::Manifest;
use crate::memtable::Snapshot;
use crate::{Damage, HistoryError};

/// Locks; what a panicking thread left is whole, because changes are made by replacing.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The lock of a folder that this process writes.
#[derive(Debug)]
pub(crate) struct Owner(pub(crate) File);

impl Drop for Owner {
    /// Gives the lock back by name: closing the file does not, while a program that is being started still
    /// has it open too (`flock(2)`).
    fn drop(&mut self) {
        self.0.unlock().ok();
    }
}

/// One history. Locks are taken in the order of the fields, from the top.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) dir: PathBuf,
    /// Held as long as this process writes; `None` where it reads alone.
    pub(crate) owner: Option<Owner>,
    /// Held while files are merged or removed.
    pub(crate) upkeep: Mutex<()>,
    /// Held while the write-ahead log becomes segments.
    pub(crate) flushing: Mutex<()>,
    /// Where events come in.
    pub(crate) journal: Journal,
    manifest: Mutex<Arc<Manifest>>,
    /// The number of the next file.
    next_number: AtomicU64,
    /// Files that could not be read this time, by number: they are not lost yet.
    pub(crate) unreadable: Mutex<BTreeMap<u64, Damage>>,
    /// The write-ahead log of another process: what was read of it, by file, with the file's length.
    pub(crate) foreign: Mutex<BTreeMap<u64, (u64, Snapshot)>>,
    pub(crate) shelves: Shelves,
}

impl State {
    pub(crate) fn new(
        dir: PathBuf,
        owner: Option<Owner>,
        manifest: Manifest,
        journal: Journal,
    ) -> Self {
        Self {
            dir,
            owner,
            upkeep: Mutex::default(),
            flushing: Mutex::default(),
            journal,
            next_number: AtomicU64::new(manifest.next),
            manifest: Mutex::new(Arc::new(manifest)),
            unreadable: Mutex::default(),
            foreign: Mutex::default(),
            shelves: Shelves::default(),
        }
    }

    /// The manifest in force. A reader's is what it was when it was opened: see [`State::view`].
    pub(crate) fn manifest(&self) -> Arc<Manifest> {
        locked(&self.manifest).clone()
    }

    /// A number for a new file. Until the manifest names it, the file is garbage.
    pub(crate) fn take_number(&self) -> u64 {
        self.next_number.fetch_add(1, Ordering::Relaxed)
    }

    /// Changes the manifest, durable when this returns. After an error the change may have been made or not:
    /// files of either must stay, and the next start removes what is in excess.
    pub(crate) fn edit(&self, change: impl FnOnce(&mut Manifest)) -> Result<(), HistoryError> {
        self.must_own()?;
        let mut current = locked(&self.manifest);
        let mut next = Manifest::clone(&current);
        change(&mut next);
        next.generation += 1;
        next.next = self.next_number.load(Ordering::Relaxed);
        next.write(&self.dir)?;
        *current = Arc::new(next);
        Ok(())
    }

    /// Refuses where this process only reads.
    pub(crate) fn must_own(&self) -> Result<(), HistoryError> {
        match self.owner {
            Some(_) => Ok(()),
            None => Err(HistoryError::OpenToRead { path: self.dir.clone() }),
        }
    }
}
