//! What is merged: rows in order, from wherever they lie.

use std::path::PathBuf;
use std::sync::Arc;

use crate::block::Block;
use crate::bloom::KeyHash;
use crate::moment::Moment;
use crate::row::{Place, Row};

/// Rows in order, one at a time. It begins at its first row.
pub(crate) trait Run: Send {
    /// Where the current row stands; `None` at the end.
    fn place(&self) -> Option<Place<'_>>;

    /// The current row.
    fn row(&self) -> Option<Row<'_>>;

    /// Goes on to the next row.
    fn advance(&mut self) -> Result<(), ReadFailure>;
}

/// A file that could not be read.
#[derive(Debug)]
pub(crate) struct ReadFailure {
    /// The file, as the manifest numbers it.
    pub(crate) number: u64,
    /// Its path.
    pub(crate) path: PathBuf,
    /// What is wrong.
    pub(crate) cause: ReadCause,
}

/// Why a file could not be read.
#[derive(Debug)]
pub(crate) enum ReadCause {
    /// It is not what was written, in words.
    Damaged(String),
    /// The system says so.
    System(std::io::Error),
}

impl ReadFailure {
    pub(crate) fn of(number: u64, path: &std::path::Path, error: std::io::Error) -> Self {
        let path = path.to_owned();
        let cause = match error.kind() {
            std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::InvalidData => {
                ReadCause::Damaged(error.to_string())
            }
            _ => ReadCause::System(error),
        };
        Self { number, path, cause }
    }
}

/// Which rows are asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Want {
    /// Those of one key; of all keys, and of none, unless given.
    pub(crate) key: Option<WantedKey>,
    /// Not before this.
    pub(crate) since: Option<Moment>,
    /// Before this.
    pub(crate) until: Option<Moment>,
    /// So many of the last rows of each file suffice.
    pub(crate) last: Option<usize>,
}

/// A key with what stands for it.
#[derive(Debug, Clone)]
pub(crate) struct WantedKey {
    pub(crate) text: Arc<[u8]>,
    /// In the filters of files.
    pub(crate) hash: KeyHash,
    /// In memory.
    pub(crate) checksum: u32,
}

impl WantedKey {
    pub(crate) fn of(key: &str) -> Self {
        let key = key.as_bytes();
        Self { text: key.into(), hash: KeyHash::of(key), checksum: crc32fast::hash(key) }
    }
}

impl Want {
    pub(crate) fn has_time(&self, time: Moment) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }

    pub(crate) fn has(&self, place: &Place<'_>) -> bool {
        let wanted = self.key.as_ref().is_none_or(|key| place.key == Some(&*key.text));
        wanted && self.has_time(place.time)
    }
}

/// Rows of blocks in memory.
pub(crate) struct MemoryRun {
    blocks: Vec<Arc<Block>>,
    /// Block and row of each row, in order.
    order: Vec<(u32, u16)>,
    next: usize,
}

impl MemoryRun {
    pub(crate) fn new(blocks: Vec<Arc<Block>>, order: Vec<(u32, u16)>) -> Self {
        Self { blocks, order, next: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    fn here(&self) -> Option<(&Block, usize)> {
        let (block, row) = *self.order.get(self.next)?;
        Some((self.blocks.get(block as usize)?, usize::from(row)))
    }
}

impl Run for MemoryRun {
    fn place(&self) -> Option<Place<'_>> {
        self.here().map(|(block, row)| block.place(row))
    }

    fn row(&self) -> Option<Row<'_>> {
        self.here().map(|(block, row)| block.row(row))
    }

    fn advance(&mut self) -> Result<(), ReadFailure> {
        self.next += 1;
        Ok(())
    }
}
