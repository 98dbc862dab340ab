//! Sorts any number of rows in bounded memory: runs that no longer fit go to a file without a name, which
//! the system removes with its last reader.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::block::{Block, BlockBuilder};
use crate::memtable::Snapshot;
use crate::merge::{Merge, Order};
use crate::row::{Place, Row};
use crate::run::{ReadFailure, Run, Want};
use crate::{HistoryError, disk};

/// Runs in files that are merged at a time, of each of which a block is held, 2 MB at most. More of them
/// are first merged into one.
const RUNS_MAX: usize = 16;

/// Takes rows in any order.
pub(crate) struct Sorter {
    dir: PathBuf,
    order: Order,
    /// Bytes of rows that are sorted in memory.
    memory: usize,
    builder: BlockBuilder,
    blocks: Vec<Block>,
    bytes: usize,
    /// Runs in files, the oldest first.
    spilled: Vec<Spilled>,
}

impl Sorter {
    /// Spills what is more than so many bytes into this folder, or into the system's for temporary files
    /// where it may not be written.
    pub(crate) fn new(dir: &Path, order: Order, memory: usize) -> Self {
        Self {
            dir: dir.to_owned(),
            order,
            memory,
            builder: BlockBuilder::default(),
            blocks: Vec::new(),
            bytes: 0,
            spilled: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, row: &Row<'_>) -> Result<(), HistoryError> {
        self.builder.push(row);
        if self.builder.is_full() {
            self.end_block();
        }
        let is_full = !self.blocks.is_empty() && self.bytes >= self.memory;
        if is_full { self.spill() } else { Ok(()) }
    }

    fn end_block(&mut self) {
        let block = encoded(&mut self.builder);
        self.bytes += block.as_ref().map_or(0, Block::bytes);
        self.blocks.extend(block);
    }

    fn spill(&mut self) -> Result<(), HistoryError> {
        self.bytes = 0;
        let rows = Snapshot::of(std::mem::take(&mut self.blocks));
        let rows = rows.run(&Want::default(), self.order);
        let run = write(&self.dir, Merge::new(self.order, vec![Box::new(rows)]))?;
        self.spilled.push(run);
        if self.spilled.len() > RUNS_MAX {
            let merged = write(&self.dir, merge(self.order, &self.spilled, None)?)?;
            self.spilled = vec![merged];
        }
        Ok(())
    }

    /// All rows, to be read in order.
    pub(crate) fn finish(mut self) -> Sorted {
        if self.builder.rows() > 0 {
            self.end_block();
        }
        let memory = Snapshot::of(self.blocks);
        Sorted { order: self.order, spilled: self.spilled, memory }
    }
}

/// Rows that were sorted.
pub(crate) struct Sorted {
    order: Order,
    spilled: Vec<Spilled>,
    memory: Snapshot,
}

impl Sorted {
    /// Reads them from the first on; they may be read several times.
    pub(crate) fn merge(&self) -> Result<Merge, HistoryError> {
        merge(self.order, &self.spilled, Some(&self.memory))
    }
}

/// Runs as one, the newest first, so that of equal rows the newest counts.
fn merge(
    order: Order,
    spilled: &[Spilled],
    memory: Option<&Snapshot>,
) -> Result<Merge, HistoryError> {
    let mut runs: Vec<Box<dyn Run>> = Vec::new();
    if let Some(memory) = memory {
        runs.push(Box::new(memory.run(&Want::default(), order)));
    }
    for run in spilled.iter().rev() {
        runs.push(Box::new(SpilledRun::open(run).map_err(HistoryError::of_spill)?));
    }
    Ok(Merge::new(order, runs))
}

/// Writes rows into a file, in the order in which they come.
fn write(dir: &Path, mut rows: Merge) -> Result<Spilled, HistoryError> {
    let fail = |source| HistoryError::Temporary { path: dir.to_owned(), source };
    let mut file = nameless(dir).map_err(fail)?;
    let mut builder = BlockBuilder::default();
    let (mut blocks, mut end) = (Vec::new(), 0);
    loop {
        let is_end = rows.next(|row| builder.push(&row)).map_err(HistoryError::of_spill)?.is_none();
        if builder.is_full() || (is_end && builder.rows() > 0) {
            let mut bytes = Vec::new();
            builder.encode(&mut bytes);
            builder.clear();
            file.write_all(&bytes).map_err(fail)?;
            blocks.push((end, bytes.len()));
            end += bytes.len() as u64;
        }
        if is_end {
            break;
        }
    }
    Ok(Spilled { path: dir.to_owned(), file: Arc::new(file), blocks: blocks.into() })
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

/// A file of rows: where each of its blocks begins, and how long it is.
struct Spilled {
    /// The folder that it was made in.
    path: PathBuf,
    file: Arc<File>,
    blocks: Arc<[(u64, usize)]>,
}

/// A run in a file.
struct SpilledRun {
    path: PathBuf,
    file: Arc<File>,
    blocks: Arc<[(u64, usize)]>,
    /// The block to be read next.
    next: usize,
    block: Option<Block>,
    row: usize,
}

impl SpilledRun {
    fn open(spilled: &Spilled) -> Result<Self, ReadFailure> {
        let Spilled { path, file, blocks } = spilled;
        let mut run = Self {
            path: path.clone(),
            file: file.clone(),
            blocks: blocks.clone(),
            next: 0,
            block: None,
            row: 0,
        };
        run.load()?;
        Ok(run)
    }

    fn load(&mut self) -> Result<(), ReadFailure> {
        self.row = 0;
        self.block = None;
        let Some((start, length)) = self.blocks.get(self.next) else { return Ok(()) };
        self.next += 1;
        let fail = |error| ReadFailure::of(0, &self.path, error);
        let bytes = disk::read_at(&self.file, *start, *length).map_err(fail)?;
        let block = Block::parse(bytes);
        let damaged = || std::io::Error::new(std::io::ErrorKind::InvalidData, "it is no block");
        self.block = Some(block.ok_or_else(damaged).map_err(fail)?);
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
