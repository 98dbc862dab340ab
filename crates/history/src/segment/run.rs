//! Reads a segment.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::SegmentIndex;
use crate::block::Block;
use crate::moment::Moment;
use crate::row::{Place, Row};
use crate::run::{ReadFailure, Run, Want};

/// The wanted rows of a segment, in the order of files.
pub(crate) struct SegmentRun {
    number: u64,
    path: PathBuf,
    file: File,
    index: Arc<SegmentIndex>,
    want: Want,
    /// The block after the current one.
    next_block: usize,
    block: Option<Block>,
    row: usize,
}

impl SegmentRun {
    /// Begins at the first wanted row.
    pub(crate) fn open(
        number: u64,
        path: &Path,
        file: File,
        index: Arc<SegmentIndex>,
        want: Want,
    ) -> Result<Self, ReadFailure> {
        let next_block = match &want.key {
            Some(key) => {
                let wanted = Some(&*key.text);
                index.blocks.partition_point(|block| block.last_key.as_deref() < wanted)
            }
            None => 0,
        };
        let path = path.to_owned();
        let mut run = Self { number, path, file, index, want, next_block, block: None, row: 0 };
        run.load()?;
        run.find()?;
        Ok(run)
    }

    /// Takes up the next block and stands at its first row that may be wanted.
    fn load(&mut self) -> Result<(), ReadFailure> {
        self.block = None;
        self.row = 0;
        let Some(entry) = self.index.blocks.get(self.next_block) else { return Ok(()) };
        let wanted = self.want.key.as_ref().map(|key| &*key.text);
        if wanted.is_some() && entry.first_key.as_deref() > wanted {
            return Ok(());
        }
        self.next_block += 1;
        let read = entry.read(&self.file);
        let block = read.map_err(|error| ReadFailure::of(self.number, &self.path, error))?;
        if wanted.is_some() {
            let since = self.want.since.unwrap_or(Moment::MIN);
            let first = Place { key: wanted, time: since, event_id: &[] };
            self.row = block.partition_point(|place| place.by_key(&first).is_lt());
        }
        self.block = Some(block);
        Ok(())
    }

    /// Goes on from the current row to the first that is wanted.
    fn find(&mut self) -> Result<(), ReadFailure> {
        while let Some(block) = &self.block {
            if self.row >= block.rows() {
                self.load()?;
                continue;
            }
            let place = block.place(self.row);
            if self.want.has(&place) {
                return Ok(());
            }
            let wanted = self.want.key.as_ref().map(|key| &*key.text);
            if wanted.is_some() && place.key > wanted {
                self.block = None;
                return Ok(());
            }
            self.row += 1;
        }
        Ok(())
    }
}

impl Run for SegmentRun {
    fn place(&self) -> Option<Place<'_>> {
        self.block.as_ref().map(|block| block.place(self.row))
    }

    fn row(&self) -> Option<Row<'_>> {
        self.block.as_ref().map(|block| block.row(self.row))
    }

    fn advance(&mut self) -> Result<(), ReadFailure> {
        self.row += 1;
        self.find()
    }
}
