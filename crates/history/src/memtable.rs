//! What the write-ahead log holds, in memory: blocks as they came, found by key, sorted when asked.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::block::{Block, BlockBuilder, Numbered};
use crate::merge::Order;
use crate::moment::Moment;
use crate::row::Text;
use crate::run::{MemoryRun, Want, WantedKey};

/// Rows from which a block is kept as it came; smaller ones are gathered into larger.
const ROWS_KEPT: usize = 1024;

/// A row: the place of its block among those that are looked at, and its own in the block.
type Place = (u32, u16);

/// A block with what tells that it may be passed by.
#[derive(Debug, Clone)]
struct Sealed {
    block: Arc<Block>,
    /// Checksums of its keys, in order, each with the key's place among them.
    keys: Arc<[(u32, usize)]>,
    first: Moment,
    last: Moment,
}

impl Sealed {
    fn of(block: Block) -> Self {
        let mut keys: Vec<(u32, usize)> = block.keys().map(crc32fast::hash).zip(0..).collect();
        keys.sort_unstable();
        let times = || (0..block.rows()).map(|row| block.time(row));
        Self {
            keys: keys.into(),
            first: times().min().unwrap_or(Moment::MIN),
            last: times().max().unwrap_or(Moment::MIN),
            block: Arc::new(block),
        }
    }

    /// Whether times that are wanted may be in it.
    fn may_have_time(&self, want: &Want) -> bool {
        want.until.is_none_or(|until| self.first < until)
            && want.since.is_none_or(|since| since <= self.last)
    }

    /// The place of a key among its keys.
    fn place_of(&self, key: &WantedKey) -> Option<usize> {
        let begin = self.keys.partition_point(|(checksum, _)| *checksum < key.checksum);
        let alike = self.keys[begin..].iter().take_while(|(checksum, _)| *checksum == key.checksum);
        let mut places = alike.map(|(_, place)| *place);
        places.find(|place| self.block.key(*place) == Some(&*key.text))
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
        let (mut blocks, mut rows): (Vec<Arc<Block>>, Vec<Place>) = (Vec::new(), Vec::new());
        for sealed in self.blocks.iter().filter(|sealed| sealed.may_have_time(want)) {
            let wanted = want.key.as_ref().map(|key| sealed.place_of(key));
            if wanted == Some(None) {
                continue;
            }
            let (block, number) = (&sealed.block, u32::try_from(blocks.len()).unwrap_or_default());
            for row in 0..block.rows() {
                if wanted.is_none_or(|wanted| block.key_place(row) == wanted)
                    && want.has_time(block.time(row))
                {
                    rows.push((number, u16::try_from(row).unwrap_or_default()));
                }
            }
            blocks.push(block.clone());
        }
        let is_by_key = order == Order::Key && want.key.is_none();
        let ranks = is_by_key.then(|| Numbered::new(blocks.clone()));
        let rank = |(block, row): Place| ranks.as_ref().map_or(0, |all| all.key_rank(block, row));
        sort(&blocks, &mut rows, order, rank);
        MemoryRun::new(blocks, rows)
    }

    /// The rows of each day, numbered as [`Moment::day_number`] does, in the order of files.
    pub(crate) fn days(&self) -> (Numbered, BTreeMap<i64, Vec<Place>>) {
        let blocks: Vec<Arc<Block>> =
            self.blocks.iter().map(|sealed| sealed.block.clone()).collect();
        let mut days: BTreeMap<i64, Vec<Place>> = BTreeMap::new();
        for (number, block) in (0..).zip(&blocks) {
            for row in 0..block.rows() {
                let place = (number, u16::try_from(row).unwrap_or_default());
                days.entry(block.time(row).day_number()).or_default().push(place);
            }
        }
        let numbered = Numbered::new(blocks.clone());
        for rows in days.values_mut() {
            sort(&blocks, rows, Order::Key, |(block, row)| numbered.key_rank(block, row));
        }
        (numbered, days)
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

/// Puts rows in order and leaves the latest of each event. Keys are compared by their ranks.
fn sort(blocks: &[Arc<Block>], rows: &mut Vec<Place>, order: Order, rank: impl Fn(Place) -> u32) {
    let block =
        |place: Place| blocks.get(place.0 as usize).map(|block| (block, usize::from(place.1)));
    let time = |place| block(place).map_or(Moment::MIN, |(block, row)| block.time(row));
    let first = rows.iter().map(|row| time(*row)).min().unwrap_or(Moment::MIN);
    let digest = |place: Place| {
        let id = block(place).and_then(|(block, row)| block.text(Text::EventId, row));
        let id = id.unwrap_or_default();
        if order == Order::Id { head(id) } else { digest(rank(place), first, time(place), id) }
    };
    let place = |place: Place| block(place).map(|(block, row)| block.place(row));
    let mut sorted: Vec<(u128, Place)> = rows.iter().map(|row| (digest(*row), *row)).collect();
    sorted.sort_unstable_by(|(left_digest, left), (right_digest, right)| {
        left_digest.cmp(right_digest).then_with(|| {
            let by_place = match (place(*left), place(*right)) {
                (Some(left), Some(right)) => order.compare(&left, &right),
                _ => std::cmp::Ordering::Equal,
            };
            // The later comes first, and stays where repeats are dropped.
            by_place.then(Reverse(left).cmp(&Reverse(right)))
        })
    });
    if order.drops_repeats() {
        sorted.dedup_by(|later, kept| later.0 == kept.0 && place(later.1) == place(kept.1));
    }
    rows.clear();
    rows.extend(sorted.into_iter().map(|(_, row)| row));
}

/// A number that is the smaller of two where a row comes first, and mostly another for each row: of rank,
/// time since the first row, and the beginning of the event id.
fn digest(rank: u32, first: Moment, time: Moment, event_id: &[u8]) -> u128 {
    const MICROS_BITS: u32 = 37;
    const NANOS_BITS: u32 = 10;
    const ID_BITS: u32 = 128 - 32 - MICROS_BITS - NANOS_BITS;
    let above = |bits: u32, value: u64| u128::from(value) << bits;
    let rank = above(128 - 32, u64::from(rank));
    let micros = time.micros.abs_diff(first.micros);
    if micros >> MICROS_BITS > 0 {
        // More than a day after the first: all such are alike here.
        return rank | (u128::MAX >> 32);
    }
    rank | above(NANOS_BITS + ID_BITS, micros)
        | above(ID_BITS, u64::from(time.nanos))
        | (head(event_id) >> (u128::BITS - ID_BITS))
}

/// The first sixteen bytes of an event id, whose order is that of the ids where they differ.
fn head(event_id: &[u8]) -> u128 {
    let mut head = [0; 16];
    head.iter_mut().zip(event_id).for_each(|(byte, of_id)| *byte = *of_id);
    u128::from_be_bytes(head)
}
