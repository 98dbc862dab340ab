//! Opens the files that the manifest names.

use std::fs::File;
use std::sync::Arc;

use crate::archive::{self, ArchiveIndex, ArchiveRun};
use crate::disk;
use crate::manifest::{FileEntry, Kind};
use crate::run::{ReadFailure, Run, Want};
use crate::segment::{SegmentIndex, SegmentRun};
use crate::shelf::Shelf;
use crate::state::State;

/// Memory for what segments tell about themselves: some thousand of them.
const SEGMENT_INDEX_BYTES: usize = 32 << 20;

/// Memory for what archives tell about themselves: those of a year where a day has ten thousand keys.
const ARCHIVE_INDEX_BYTES: usize = 32 << 20;

/// What was read of files and is likely to be asked again.
#[derive(Debug)]
pub(crate) struct Shelves {
    segments: Shelf<SegmentIndex>,
    archives: Shelf<ArchiveIndex>,
}

impl Default for Shelves {
    fn default() -> Self {
        Self {
            segments: Shelf::new(SEGMENT_INDEX_BYTES),
            archives: Shelf::new(ARCHIVE_INDEX_BYTES),
        }
    }
}

impl Shelves {
    /// Forgets what was read of a file.
    pub(crate) fn forget(&self, number: u64) {
        self.segments.remove(number);
        self.archives.remove(number);
    }
}

impl State {
    /// The wanted rows of a file, in the order of files; `None` where it surely holds none.
    pub(crate) fn open_run(
        &self,
        entry: &FileEntry,
        want: &Want,
    ) -> Result<Option<Box<dyn Run>>, ReadFailure> {
        match entry.kind {
            Kind::Segment => self.open_segment(entry, want),
            Kind::Archive => self.open_archive(entry, want),
        }
    }

    fn open_segment(
        &self,
        entry: &FileEntry,
        want: &Want,
    ) -> Result<Option<Box<dyn Run>>, ReadFailure> {
        let path = entry.path(&self.dir);
        let fail = |error| ReadFailure::of(entry.number, &path, error);
        let held = self.shelves.segments.get(entry.number);
        let is_out =
            |index: &SegmentIndex| want.key.as_ref().is_some_and(|key| !index.may_hold(key.hash));
        if held.as_deref().is_some_and(is_out) {
            return Ok(None);
        }
        let file = File::open(&path).map_err(fail)?;
        let index = match held {
            Some(index) => index,
            None => {
                let index = Arc::new(SegmentIndex::read(&file).map_err(fail)?);
                self.shelves.segments.put(entry.number, &index, index.bytes());
                index
            }
        };
        if is_out(&index) {
            return Ok(None);
        }
        let run = SegmentRun::open(entry.number, &path, file, index, want.clone())?;
        Ok(Some(Box::new(run)))
    }

    fn open_archive(
        &self,
        entry: &FileEntry,
        want: &Want,
    ) -> Result<Option<Box<dyn Run>>, ReadFailure> {
        let path = entry.path(&self.dir);
        let fail = |error| ReadFailure::of(entry.number, &archive::index_path(&path), error);
        let held = self.shelves.archives.get(entry.number);
        let is_out =
            |index: &ArchiveIndex| want.key.as_ref().is_some_and(|key| !index.may_hold(key.hash));
        if held.as_deref().is_some_and(is_out) {
            return Ok(None);
        }
        let (file, index) = match held {
            Some(index) => (File::open(archive::index_path(&path)).map_err(fail)?, index),
            None => {
                let (file, index) = archive::open_index(&path).map_err(fail)?;
                let index = Arc::new(index);
                self.shelves.archives.put(entry.number, &index, index.bytes());
                (file, index)
            }
        };
        if is_out(&index) {
            return Ok(None);
        }
        let run = ArchiveRun::open(entry.number, &path, file, index, want.clone())?;
        Ok(run.map(|run| -> Box<dyn Run> { Box::new(run) }))
    }

    /// Removes a file that the manifest no longer names.
    pub(crate) fn forget(&self, entry: &FileEntry) {
        self.shelves.forget(entry.number);
        let path = entry.path(&self.dir);
        disk::discard(&path);
        if entry.kind == Kind::Archive {
            disk::discard(&archive::index_path(&path));
        }
        // The folder of a day goes with its last file.
        path.parent().map(std::fs::remove_dir);
    }
}
