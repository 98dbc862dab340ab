//! Opens the files that the manifest names.

use std::fs::File;
use std::sync::Arc;

use crate::disk;
use crate::manifest::{FileEntry, Kind};
use crate::run::{ReadFailure, Run, Want};
use crate::segment::{SegmentIndex, SegmentRun};
use crate::shelf::Shelf;
use crate::state::State;

/// Memory for what segments tell about themselves: some thousand of them.
const SEGMENT_INDEX_BYTES: usize = 32 << 20;

/// What was read of files and is likely to be asked again.
#[derive(Debug)]
pub(crate) struct Shelves {
    segments: Shelf<SegmentIndex>,
}

impl Default for Shelves {
    fn default() -> Self {
        Self { segments: Shelf::new(SEGMENT_INDEX_BYTES) }
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

    /// Removes a file that the manifest no longer names.
    pub(crate) fn forget(&self, entry: &FileEntry) {
        self.shelves.segments.remove(entry.number);
        let path = entry.path(&self.dir);
        disk::discard(&path);
        // The folder of a day goes with its last file.
        path.parent().map(std::fs::remove_dir);
    }
}
