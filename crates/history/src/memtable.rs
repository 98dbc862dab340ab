//! What the write-ahead log holds, in memory: blocks as they came, found by key, sorted when asked.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::block::{Block, BlockBuilder};
use crate::bloom::KeyHash;
use crate::merge::Order;
use crate::moment::Moment;
use crate::row::Text;
use crate::run::{MemoryRun, Want};

/// Rows from which a block is kept as it came; smaller ones are gathered into larger.
const ROWS_KEPT: usize = 1024;

/// A block with what tells that it may be passed by.
#[derive(Debug, Clone)]
struct Sealed {
    block: Arc<Block>,
    /// Hashes of its keys, in order.
    keys: Arc<[KeyHash]>,
    first: Moment,
    last: Moment,
}

impl Sealed {
    fn of(block: Block) -> Self {
        let mut keys: Vec<KeyHash> = block.keys().map(KeyHash::of).collect();
        keys.sort_unstable();
        let times = || (0..block.rows()).map(|row| block.time(row));
        Self {
            keys: keys.into(),
            first: times().min().unwrap_or(Moment::MIN),
            last: times().max().unwrap_or(Moment::MIN),
            block: Arc::new(block),
        }
    }

    fn may_hold(&self, want: &Want) -> bool {
        want.until.is_none_or(|until| self.first < until)
            && want.since.is_none_or(|since| since <= self.last)
            && want.key.as_ref().is_none_or(|key| self.keys.binary_search(&key.hash).is_ok())
    }
}

/// Blocks that are added to.
#[derive(Debug, Default)]
pub(crate) struct Memtable {
    sealed: Vec<Sealed>,
    /// Small appends, gathered.
    open: BlockBuilder,
    /// The open rows as a block, until another is added.
    view: Option<Sealed>,
    /// Bytes of all blocks.
    bytes: usize,
}

impl Memtable {
    pub(crate) fn add(&mut self, block: Block) {
        self.bytes += block.bytes();
        if block.rows() >= ROWS_KEPT {
            self.seal_open();
            self.sealed.push(Sealed::of(block));
            return;
        }
        self.view = None;
        for row in 0..block.rows() {
            self.open.push(&block.row(row));
            if self.open.is_full() {
                self.seal_open();
            }
        }
    }

    fn seal_open(&mut self) {
        self.view = None;
        self.sealed.extend(self.open_block());
        self.open.clear();
    }

    fn open_block(&self) -> Option<Sealed> {
        if self.open.rows() == 0 {
            return None;
        }
        let mut bytes = Vec::new();
        self.open.encode(&mut bytes);
        Block::parse(bytes).map(Sealed::of)
    }

    /// Bytes that were added.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sealed.is_empty() && self.open.rows() == 0
    }

    /// The blocks as they are now, the latest last.
    pub(crate) fn snapshot(&mut self) -> Snapshot {
        if self.view.is_none() {
            self.view = self.open_block();
        }
        Snapshot { blocks: self.sealed.iter().chain(&self.view).cloned().collect() }
    }
}

/// Blocks that do not change any more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    blocks: Vec<Sealed>,
}

impl Snapshot {
    /// The blocks of a file that was read.
    pub(crate) fn of(blocks: Vec<Block>) -> Self {
        let mut memtable = Memtable::default();
        blocks.into_iter().for_each(|block| memtable.add(block));
        memtable.snapshot()
    }

    /// These and later ones.
    pub(crate) fn followed_by(&mut self, later: &Self) {
        self.blocks.extend(later.blocks.iter().cloned());
    }

    /// The wanted rows in order, each event once.
    pub(crate) fn run(&self, want: &Want, order: Order) -> MemoryRun {
        let blocks: Vec<Arc<Block>> = self
            .blocks
            .iter()
            .filter(|sealed| sealed.may_hold(want))
            .map(|sealed| sealed.block.clone())
            .collect();
        let mut rows: Vec<(u32, u16)> = Vec::new();
        for (number, block) in (0..).zip(&blocks) {
            for row in 0..block.rows() {
                let wanted = |key: &[u8]| block.text(Text::AccessKeyId, row) == Some(key);
                if want.has_time(block.time(row))
                    && want.key.as_ref().is_none_or(|key| wanted(&key.text))
                {
                    rows.push((number, u16::try_from(row).unwrap_or_default()));
                }
            }
        }
        sort(&blocks, &mut rows, order);
        MemoryRun::new(blocks, rows)
    }

    /// The rows of each day, numbered as [`Moment::day_number`] does, in the order of files.
    pub(crate) fn days(&self) -> BTreeMap<i64, MemoryRun> {
        let blocks: Vec<Arc<Block>> =
            self.blocks.iter().map(|sealed| sealed.block.clone()).collect();
        let mut days: BTreeMap<i64, Vec<(u32, u16)>> = BTreeMap::new();
        for (number, block) in (0..).zip(&blocks) {
            for row in 0..block.rows() {
                let place = (number, u16::try_from(row).unwrap_or_default());
                days.entry(block.time(row).day_number()).or_default().push(place);
            }
        }
        let sorted = days.into_iter().map(|(day, mut rows)| {
            sort(&blocks, &mut rows, Order::Key);
            (day, MemoryRun::new(blocks.clone(), rows))
        });
        sorted.collect()
    }

    /// How many rows it has of each day.
    pub(crate) fn rows_by_day(&self) -> BTreeMap<i64, u64> {
        let mut days = BTreeMap::new();
        for sealed in &self.blocks {
            let (first, last) = (sealed.first.day_number(), sealed.last.day_number());
            if first == last {
                *days.entry(first).or_default() += sealed.block.rows() as u64;
                continue;
            }
            for row in 0..sealed.block.rows() {
                *days.entry(sealed.block.time(row).day_number()).or_default() += 1;
            }
        }
        days
    }
}

/// What a row is sorted by before its event id must be looked at: the rank of its key where that counts,
/// and its time.
type Rank = (u32, Moment);

/// Puts rows in order and leaves the latest of each event.
fn sort(blocks: &[Arc<Block>], rows: &mut Vec<(u32, u16)>, order: Order) {
    let ranks = if order == Order::Key { key_ranks(blocks) } else { Vec::new() };
    let rank = |&(block, row): &(u32, u16)| -> Option<Rank> {
        let (ranks, block) = (ranks.get(block as usize), blocks.get(block as usize)?);
        let row = usize::from(row);
        let key = ranks.zip(block.key_place(row)).and_then(|(ranks, place)| ranks.get(place));
        Some((key.copied().unwrap_or_default(), block.time(row)))
    };
    let place = |&(block, row): &(u32, u16)| {
        blocks.get(block as usize).map(|block| block.place(usize::from(row)))
    };
    let mut keyed: Vec<(Option<Rank>, (u32, u16))> =
        rows.iter().map(|row| (rank(row), *row)).collect();
    keyed.sort_unstable_by(|(left_rank, left), (right_rank, right)| {
        left_rank.cmp(right_rank).then_with(|| {
            let by_place = match (place(left), place(right)) {
                (Some(left), Some(right)) => order.compare(&left, &right),
                _ => std::cmp::Ordering::Equal,
            };
            // The later comes first, and stays.
            by_place.then(Reverse(left).cmp(&Reverse(right)))
        })
    });
    keyed.dedup_by(|later, kept| later.0 == kept.0 && place(&later.1) == place(&kept.1));
    rows.clear();
    rows.extend(keyed.into_iter().map(|(_, row)| row));
}

/// The ranks of the keys of each block, by their places in it: all keys numbered from 1 in order.
fn key_ranks(blocks: &[Arc<Block>]) -> Vec<Vec<u32>> {
    let mut ranks: HashMap<&[u8], u32> = HashMap::new();
    ranks.extend(blocks.iter().flat_map(|block| block.keys()).map(|key| (key, 0)));
    let mut keys: Vec<&[u8]> = ranks.keys().copied().collect();
    keys.sort_unstable();
    ranks.extend(keys.into_iter().zip(1..));
    let of_block = |block: &Arc<Block>| {
        block.keys().map(|key| ranks.get(key).copied().unwrap_or_default()).collect()
    };
    blocks.iter().map(of_block).collect()
}
