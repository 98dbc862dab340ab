//! What follows where a file cannot be read: it is moved aside and told, and the rest answers.

use std::collections::BTreeSet;
use std::io::ErrorKind;

use crate::damage::{below, quarantine};
use crate::manifest::{FileEntry, Kind};
use crate::run::{ReadCause, ReadFailure};
use crate::state::{State, locked};
use crate::{Damage, HistoryError, archive, disk};

impl State {
    /// Makes sure that the next look at the files does not fail for the same reason: what was replaced
    /// meanwhile is found anew, what is damaged is moved aside, what cannot be read now is left out.
    pub(crate) fn cope(
        &self,
        failure: ReadFailure,
        left_out: &mut BTreeSet<u64>,
    ) -> Result<(), HistoryError> {
        let latest = self.latest_manifest()?;
        let Some(entry) = latest.files.iter().find(|file| file.number == failure.number) else {
            // Nothing that the manifest names: a file of this process alone, or one replaced meanwhile.
            return match failure.cause {
                ReadCause::System(error) if error.kind() != ErrorKind::NotFound => {
                    Err(HistoryError::of_read(&failure.path, error))
                }
                _ => Ok(()),
            };
        };
        let of_index = entry.kind == Kind::Archive
            && failure.path == archive::index_path(&entry.path(&self.dir));
        let why = match failure.cause {
            ReadCause::Damaged(why) => why,
            ReadCause::System(error) if error.kind() == ErrorKind::NotFound => {
                "the file is gone".to_owned()
            }
            ReadCause::System(error) if is_of_the_process(&error) => {
                return Err(HistoryError::of_read(&failure.path, error));
            }
            ReadCause::System(error) => {
                self.leave_out(entry, error.to_string(), left_out);
                return Ok(());
            }
        };
        let is_repaired = self.owner.is_some()
            && (of_index && self.repair_index(entry, &why) || self.set_aside(entry, &why).is_ok());
        if !is_repaired {
            self.leave_out(entry, why, left_out);
        }
        Ok(())
    }

    fn leave_out(&self, entry: &FileEntry, why: String, left_out: &mut BTreeSet<u64>) {
        left_out.insert(entry.number);
        let damage = self.damage_of(entry, why);
        locked(&self.unreadable).insert(entry.number, damage);
    }

    fn damage_of(&self, entry: &FileEntry, why: String) -> Damage {
        Damage {
            file: below(&self.dir, &entry.path(&self.dir)),
            moved_to: None,
            first_day: Some(entry.day),
            last_day: Some(entry.day),
            events: Some(entry.rows),
            bytes: entry.bytes,
            why,
        }
    }

    /// Makes the index of an archive again, and says so. Whether that could be done.
    fn repair_index(&self, entry: &FileEntry, why: &str) -> bool {
        let path = entry.path(&self.dir);
        self.shelves.forget(entry.number);
        if archive::make_index_again(&path).is_err() {
            return false;
        }
        let mut damage = self.damage_of(entry, format!("{why}; the index was made again"));
        damage.file = below(&self.dir, &archive::index_path(&path));
        (damage.events, damage.bytes) = (Some(0), 0);
        // Nothing was lost: that the notice could not be written changes no answer.
        self.edit(|manifest| manifest.damage.push(damage)).ok();
        true
    }

    /// Moves a file out of the history, and says so.
    fn set_aside(&self, entry: &FileEntry, why: &str) -> Result<(), HistoryError> {
        let mut damage = self.damage_of(entry, why.to_owned());
        let is_named =
            |manifest: &crate::manifest::Manifest| manifest.files.iter().any(|file| file == entry);
        // Another thread may have been faster.
        if !is_named(&self.manifest()) {
            return Ok(());
        }
        let path = entry.path(&self.dir);
        damage.moved_to = quarantine(&self.dir, &path);
        self.shelves.forget(entry.number);
        if entry.kind == Kind::Archive {
            disk::discard(&archive::index_path(&path));
        }
        self.edit(|manifest| {
            if is_named(manifest) {
                manifest.files.retain(|file| file != entry);
                manifest.damage.push(damage);
            }
        })
    }

    /// Merges files, and merges again without those that turn out damaged.
    pub(crate) fn coping<T>(
        &self,
        inputs: &[FileEntry],
        mut merge: impl FnMut(&[FileEntry]) -> Result<T, ReadFailure>,
    ) -> Result<T, HistoryError> {
        let mut left = inputs.to_vec();
        loop {
            let failure = match merge(&left) {
                Ok(merged) => return Ok(merged),
                Err(failure) => failure,
            };
            let (number, path) = (failure.number, failure.path.clone());
            let mut left_out = BTreeSet::new();
            self.cope(failure, &mut left_out)?;
            let before = left.len();
            left.retain(|file| file.number != number);
            if !left_out.is_empty() || left.len() == before {
                // It may be readable again later: nothing is merged without it.
                let why = "a file that should be merged cannot be read now";
                return Err(HistoryError::of_read(&path, std::io::Error::other(why)));
            }
        }
    }

    /// What was lost, or could not be read.
    pub(crate) fn damage(&self) -> Result<Vec<Damage>, HistoryError> {
        let mut all = self.latest_manifest()?.damage.clone();
        all.extend(locked(&self.unreadable).values().cloned());
        Ok(all)
    }
}

/// Whether the failure says nothing about the file: this process has too much open, or too little memory.
fn is_of_the_process(error: &std::io::Error) -> bool {
    // EMFILE and ENFILE of POSIX, which have no kind of their own.
    error.kind() == ErrorKind::OutOfMemory || matches!(error.raw_os_error(), Some(23 | 24))
}
