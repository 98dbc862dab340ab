//! Sorts any number of rows by time in bounded memory: runs that no longer fit go to a file without a
//! name, which the system removes with its last reader.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::block::{Block, BlockBuilder};
use crate::memtable::Snapshot;
use crate::merge::Order;
use crate::row::{Place, Row};
use crate::run::{ReadFailure, Run, Want};
use crate::{HistoryError, disk};

/// Bytes of rows that are sorted in memory: some 300,000 rows.
const MEMORY_BYTES: usize = 48 << 20;

/// Takes rows in any order.
pub(crate) struct Sorter {
    dir: PathBuf,
    builder: BlockBuilder,
    blocks: Vec<Block>,
    bytes: usize,
    runs: Vec<Box<dyn Run>>,
}

impl Sorter {
    /// Spills into this folder, or into the system's for temporary files where it may not be written.
    pub(crate) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            builder: BlockBuilder::default(),
            blocks: Vec::new(),
            bytes: 0,
            runs: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, row: &Row<'_>) -> Result<(), HistoryError> {
        self.builder.push(row);
        if self.builder.is_full() {
            self.end_block();
        }
        if self.bytes >= MEMORY_BYTES { self.spill() } else { Ok(()) }
    }

    fn end_block(&mut self) {
        let block = encoded(&mut self.builder);
        self.bytes += block.as_ref().map_or(0, Block::bytes);
        self.blocks.extend(block);
    }

    /// The rows so far that are in no file, in order.
    fn sorted(&mut self) -> impl Run + use<> {
        self.bytes = 0;
        let rows = Snapshot::of(std::mem::take(&mut self.blocks));
        rows.run(&Want::default(), Order::Time)
    }

    fn spill(&mut self) -> Result<(), HistoryError> {
        let mut sorted = self.sorted();
        let path = self.dir.clone();
        let fail = |error| HistoryError::of_write(&path, error);
        let mut out = nameless(&self.dir).map_err(fail)?;
        let (mut blocks, mut end) = (Vec::new(), 0);
        loop {
            let row = sorted.row();
            if let Some(row) = &row {
                self.builder.push(row);
            }
            let is_end = row.is_none();
            if self.builder.is_full() || (is_end && self.builder.rows() > 0) {
                let mut bytes = Vec::new();
                self.builder.encode(&mut bytes);
                self.builder.clear();
                out.write_all(&bytes).map_err(fail)?;
                blocks.push((end, bytes.len()));
                end += bytes.len() as u64;
            }
            if is_end {
                break;
            }
            // A run in memory cannot fail.
            sorted.advance().ok();
        }
        let run = SpilledRun::open(path, out, blocks).map_err(HistoryError::of_spill)?;
        self.runs.push(Box::new(run));
        Ok(())
    }

    /// The runs, each in the order of time.
    pub(crate) fn finish(mut self) -> Result<Vec<Box<dyn Run>>, HistoryError> {
        if self.builder.rows() > 0 {
            self.end_block();
        }
        let rest = self.sorted();
        self.runs.push(Box::new(rest));
        Ok(self.runs)
    }
}

fn encoded(builder: &mut BlockBuilder) -> Option<Block> {
    let mut bytes = Vec::new();
    builder.encode(&mut bytes);
    builder.clear();
    Block::parse(bytes)
}

/// A file that nobody else can open.
fn nameless(dir: &Path) -> std::io::Result<File> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(std::io::Error::other)?;
    let name = format!("spill-{:016x}.new", u64::from_le_bytes(random));
    let (own, temporary) = (dir.join(&name), std::env::temp_dir().join(&name));
    let (file, path) = match disk::create(&own) {
        Ok(file) => (file, own),
        Err(_) => (disk::create(&temporary)?, temporary),
    };
    disk::discard(&path);
    Ok(file)
}

/// A run in a file.
struct SpilledRun {
    path: PathBuf,
    file: Arc<File>,
    blocks: std::vec::IntoIter<(u64, usize)>,
    block: Option<Block>,
    row: usize,
}

impl SpilledRun {
    fn open(path: PathBuf, file: File, blocks: Vec<(u64, usize)>) -> Result<Self, ReadFailure> {
        let (file, blocks) = (Arc::new(file), blocks.into_iter());
        let mut run = Self { path, file, blocks, block: None, row: 0 };
        run.load()?;
        Ok(run)
    }

    fn load(&mut self) -> Result<(), ReadFailure> {
        self.row = 0;
        self.block = None;
        let Some((start, length)) = self.blocks.next() else { return Ok(()) };
        let bytes = disk::read_at(&self.file, start, length)
            .map_err(|error| ReadFailure::of(0, &self.path, error))?;
        self.block = Block::parse(bytes);
        Ok(())
    }
}

impl Run for SpilledRun {
    fn place(&self) -> Option<Place<'_>> {
        self.block.as_ref().map(|block| block.place(self.row))
    }

    fn row(&self) -> Option<Row<'_>> {
        self.block.as_ref().map(|block| block.row(self.row))
    }

    fn advance(&mut self) -> Result<(), ReadFailure> {
        self.row += 1;
        if self.block.as_ref().is_some_and(|block| self.row >= block.rows()) {
            self.load()
        } else {
            Ok(())
        }
    }
}
