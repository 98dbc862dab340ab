//! The file system inside a compound file ([MS-CFB]): sectors, their chains, and the directory.

use std::collections::HashSet;

/// Marks that end a chain rather than name a sector.
const REGULAR_MAX: u32 = 0xFFFF_FFFA;

/// One entry of the directory.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) kind: u8,
    pub(super) left: u32,
    pub(super) right: u32,
    pub(super) child: u32,
    start: u32,
    size: u64,
}

/// A compound file in memory.
pub(super) struct Sectors<'c> {
    bytes: &'c [u8],
    sector: usize,
    /// The next sector of each.
    next: Vec<u32>,
    next_small: Vec<u32>,
    /// The stream in which small streams lie, in sectors of 64 bytes.
    small: Vec<u8>,
    cutoff: u64,
    pub(super) entries: Vec<Entry>,
}

impl<'c> Sectors<'c> {
    /// Reads header, tables and directory; `None` when they make no sense.
    pub(super) fn open(bytes: &'c [u8]) -> Option<Self> {
        let shift = short(bytes, 30)?;
        if !matches!(shift, 9 | 12) {
            return None;
        }
        let mut sectors = Self {
            bytes,
            sector: 1 << shift,
            next: Vec::new(),
            next_small: Vec::new(),
            small: Vec::new(),
            cutoff: u64::from(long(bytes, 56)?),
            entries: Vec::new(),
        };
        for sector in sectors.table_sectors()? {
            if let Some(table) = sectors.sector(sector) {
                let numbers = table.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four));
                sectors.next.extend(numbers);
            }
        }
        let directory = sectors.chain(long(bytes, 48)?, u64::MAX);
        sectors.entries = directory.as_chunks::<128>().0.iter().filter_map(read_entry).collect();
        let small = sectors.chain(long(bytes, 60)?, u64::MAX);
        sectors.next_small =
            small.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four)).collect();
        let root = sectors.entries.first()?;
        sectors.small = sectors.chain(root.start, root.size);
        Some(sectors)
    }

    /// The sectors that hold the table of chains: 109 in the header, the rest in a chain of their own.
    fn table_sectors(&self) -> Option<Vec<u32>> {
        let header = self.bytes.get(76..512)?;
        let mut found: Vec<u32> =
            header.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four)).collect();
        let (mut at, mut seen) = (long(self.bytes, 68)?, HashSet::new());
        while at < REGULAR_MAX && seen.insert(at) {
            let Some(sector) = self.sector(at) else { break };
            let numbers = sector.as_chunks::<4>().0;
            let Some((last, numbers)) = numbers.split_last() else { break };
            found.extend(numbers.iter().map(|four| u32::from_le_bytes(*four)));
            at = u32::from_le_bytes(*last);
        }
        found.retain(|sector| *sector < REGULAR_MAX);
        Some(found)
    }

    fn sector(&self, number: u32) -> Option<&'c [u8]> {
        let start = (usize::try_from(number).ok()? + 1).checked_mul(self.sector)?;
        let rest = self.bytes.get(start..)?;
        Some(&rest[..rest.len().min(self.sector)])
    }

    /// The bytes of the chain that begins at a sector, `size` of them at most. No chain visits a sector
    /// twice.
    fn chain(&self, start: u32, size: u64) -> Vec<u8> {
        let (mut made, mut at, mut left) = (Vec::new(), start, self.next.len().max(1));
        while at < REGULAR_MAX && left > 0 && (made.len() as u64) < size {
            let Some(sector) = self.sector(at) else { break };
            made.extend_from_slice(sector);
            at = self.next.get(at as usize).copied().unwrap_or(u32::MAX);
            left -= 1;
        }
        made.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        made
    }

    /// The bytes of a stream.
    pub(super) fn stream(&self, entry: &Entry) -> Vec<u8> {
        if entry.size >= self.cutoff {
            return self.chain(entry.start, entry.size);
        }
        let (mut made, mut at, mut left) = (Vec::new(), entry.start, self.next_small.len());
        while at < REGULAR_MAX && left > 0 && (made.len() as u64) < entry.size {
            let start = at as usize * 64;
            let Some(rest) = self.small.get(start..) else { break };
            made.extend_from_slice(&rest[..rest.len().min(64)]);
            at = self.next_small.get(at as usize).copied().unwrap_or(u32::MAX);
            left -= 1;
        }
        made.truncate(usize::try_from(entry.size).unwrap_or(usize::MAX));
        made
    }
}

fn read_entry(entry: &[u8; 128]) -> Option<Entry> {
    let bytes = usize::from(short(entry, 64)?).clamp(2, 64) - 2;
    let (name, _) = encoding_rs::UTF_16LE.decode_without_bom_handling(&entry[..bytes]);
    let size = entry[120..128].first_chunk().map(|size| u64::from_le_bytes(*size))?;
    Some(Entry {
        // Names of property streams begin with a control character.
        name: name.trim_start_matches(char::is_control).to_owned(),
        kind: entry[66],
        left: long(entry, 68)?,
        right: long(entry, 72)?,
        child: long(entry, 76)?,
        start: long(entry, 116)?,
        // Version 3 leaves rubbish in the upper half.
        size: size & 0xFFFF_FFFF,
    })
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|number| u16::from_le_bytes(*number))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|number| u32::from_le_bytes(*number))
}
