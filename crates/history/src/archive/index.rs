//! The index of an archive.
//!
//! `magic | parts | head | CRC-32 of the head | its length | magic`. A part, with its CRC-32 behind it, holds
//! some keys with their ranges of rows, or the pages of one row group; the head tells where each part lies.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use parquet::file::metadata::ParquetMetaData;

use super::pages::{GroupPages, PagePlace};
use super::schema::Unit;
use crate::bloom::{Bloom, KeyHash};
use crate::disk;
use crate::moment::Moment;
use crate::wire::{Reader, put_optional_text, put_size, put_text, put_varint};

const MAGIC: &[u8; 8] = b"CLVGIDX2";

/// Bytes of `CRC-32 | length | magic` at the end.
const FOOT_BYTES: usize = 16;

/// Keys in a part: a lookup reads one.
const KEYS_A_PART: usize = 128;

/// The rows of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyRange {
    /// `None` for the events without a key.
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) first_row: u64,
    pub(crate) rows: u64,
    pub(crate) last: Moment,
}

impl KeyRange {
    /// Adds the next row to the ranges so far.
    pub(super) fn extend(ranges: &mut Vec<Self>, key: Option<&[u8]>, row: u64, time: Moment) {
        if let Some(range) = ranges.last_mut().filter(|range| range.key.as_deref() == key) {
            range.rows += 1;
            range.last = time;
            return;
        }
        let key = key.map(<[u8]>::to_vec);
        ranges.push(Self { key, first_row: row, rows: 1, last: time });
    }

    /// The ranges of a part: `first row | earliest last time | keys`. A key, of which what it shares with the
    /// one before is left out: `0, or 1 + bytes shared | rest | rows | last time`.
    fn encode_part(ranges: &[Self]) -> Vec<u8> {
        let mut out = Vec::new();
        let base = ranges.iter().map(|range| range.last.micros).min().unwrap_or_default();
        put_varint(&mut out, ranges.first().map_or(0, |range| range.first_row));
        out.extend_from_slice(&base.to_le_bytes());
        let mut before: &[u8] = &[];
        for range in ranges {
            let key = range.key.as_deref();
            let shared = before.iter().zip(key.unwrap_or_default()).take_while(|(a, b)| a == b);
            let shared = shared.count();
            put_varint(&mut out, if key.is_some() { shared as u64 + 1 } else { 0 });
            before = key.unwrap_or_default();
            let rest = before.get(shared..).unwrap_or_default();
            put_varint(&mut out, rest.len() as u64);
            out.extend_from_slice(rest);
            put_varint(&mut out, range.rows);
            put_varint(&mut out, range.last.micros.abs_diff(base));
            put_varint(&mut out, u64::from(range.last.nanos));
        }
        out
    }

    /// Finds a key among the ranges of a part; the outer `None` where it has another shape.
    fn find_in_part(part: &[u8], wanted: &[u8]) -> Option<Option<Self>> {
        let mut reader = Reader::new(part);
        let mut first_row = reader.varint()?;
        let base = reader.u64()?.cast_signed();
        let mut key: Vec<u8> = Vec::new();
        while !reader.is_at_end() {
            let has_key = match reader.varint()? {
                0 => None,
                shared => Some(usize::try_from(shared - 1).ok()?),
            };
            key.truncate(has_key.unwrap_or_default());
            let length = usize::try_from(reader.varint()?).ok()?;
            key.extend_from_slice(reader.take(length)?);
            let (rows, micros) = (reader.varint()?, base.checked_add_unsigned(reader.varint()?)?);
            let last = Moment { micros, nanos: u16::try_from(reader.varint()?).ok()? };
            if has_key.is_some() && key == wanted {
                return Some(Some(Self { key: Some(key), first_row, rows, last }));
            }
            first_row = first_row.checked_add(rows)?;
        }
        Some(None)
    }
}

/// Where a part lies in the file.
#[derive(Debug, Clone, Copy)]
struct Part {
    start: u64,
    length: usize,
}

impl Part {
    fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.start.to_le_bytes());
        put_size(out, self.length);
    }

    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self { start: reader.u64()?, length: reader.size()? })
    }

    fn read(self, file: &File) -> io::Result<Vec<u8>> {
        let mut bytes = disk::read_at(file, self.start, self.length + 4)?;
        let checksum = bytes.split_off(self.length);
        if crc32fast::hash(&bytes).to_le_bytes() != *checksum {
            return Err(damaged("the checksum of a part of the index is wrong"));
        }
        Ok(bytes)
    }
}

fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// One row group.
#[derive(Debug, Clone, Copy)]
struct Group {
    first_row: u64,
    rows: u64,
    pages: Part,
}

/// The head of an index, in memory.
#[derive(Debug)]
pub(crate) struct ArchiveIndex {
    pub(crate) recency: u64,
    pub(crate) unit: Unit,
    pub(crate) rows: u64,
    /// Parts with keys, each with its first.
    keys: Vec<(Option<Vec<u8>>, Part)>,
    groups: Vec<Group>,
    bloom: Bloom,
}

impl ArchiveIndex {
    /// Whether the archive may hold a key.
    pub(crate) fn may_hold(&self, hash: KeyHash) -> bool {
        self.bloom.may_hold(hash)
    }

    /// The rows of a key.
    pub(crate) fn find(&self, file: &File, key: &[u8]) -> io::Result<Option<KeyRange>> {
        let after = self.keys.partition_point(|(first, _)| first.as_deref() <= Some(key));
        let Some((_, part)) = after.checked_sub(1).and_then(|place| self.keys.get(place)) else {
            return Ok(None);
        };
        let bytes = part.read(file)?;
        KeyRange::find_in_part(&bytes, key).ok_or_else(|| damaged("the index has another shape"))
    }

    /// The row group that holds a row: its first row, its rows, and its pages.
    pub(super) fn group_of(&self, file: &File, row: u64) -> io::Result<(u64, u64, GroupPages)> {
        let after = self.groups.partition_point(|group| group.first_row <= row);
        let group = after.checked_sub(1).and_then(|place| self.groups.get(place));
        let group = group.ok_or_else(|| damaged("the index lacks a row group"))?;
        let pages = GroupPages::decode(&group.pages.read(file)?);
        let pages = pages.ok_or_else(|| damaged("the index has another shape"))?;
        Ok((group.first_row, group.rows, pages))
    }

    /// Bytes that it holds in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        let keys = self.keys.iter().map(|(key, _)| key.as_ref().map_or(0, Vec::len) + 48);
        keys.sum::<usize>() + self.groups.len() * 40 + self.bloom.as_bytes().len()
    }

    /// Reads the head of an index.
    pub(crate) fn read(file: &File) -> io::Result<Self> {
        let foot_start = file.metadata()?.len().checked_sub(FOOT_BYTES as u64);
        let foot_start = foot_start.ok_or_else(|| damaged("the index is cut"))?;
        let foot = disk::read_at(file, foot_start, FOOT_BYTES)?;
        let mut reader = Reader::new(&foot);
        let (checksum, length) =
            reader.u32().zip(reader.size()).ok_or_else(|| damaged("the index is cut"))?;
        let start = foot_start.checked_sub(length as u64).filter(|_| foot.ends_with(MAGIC));
        let start = start.ok_or_else(|| damaged("the end of the index is another file's"))?;
        let bytes = disk::read_at(file, start, length)?;
        if crc32fast::hash(&bytes) != checksum {
            return Err(damaged("the checksum of the index is wrong"));
        }
        Self::decode(&bytes).ok_or_else(|| damaged("the index has another shape"))
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = self.recency.to_le_bytes().to_vec();
        out.push(u8::from(self.unit == Unit::Millis));
        out.extend_from_slice(&self.rows.to_le_bytes());
        put_size(&mut out, self.keys.len());
        for (first, part) in &self.keys {
            put_optional_text(&mut out, first.as_deref());
            part.encode(&mut out);
        }
        put_size(&mut out, self.groups.len());
        for group in &self.groups {
            out.extend_from_slice(&group.first_row.to_le_bytes());
            out.extend_from_slice(&group.rows.to_le_bytes());
            group.pages.encode(&mut out);
        }
        put_text(&mut out, self.bloom.as_bytes());
        let (checksum, length) = (crc32fast::hash(&out), out.len());
        out.extend_from_slice(&checksum.to_le_bytes());
        put_size(&mut out, length);
        out.extend_from_slice(MAGIC);
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let recency = reader.u64()?;
        let unit = if reader.u8()? == 1 { Unit::Millis } else { Unit::Micros };
        let rows = reader.u64()?;
        let mut keys = Vec::new();
        for _ in 0..reader.size()? {
            let first = reader.optional_text()?.map(<[u8]>::to_vec);
            keys.push((first, Part::decode(&mut reader)?));
        }
        let mut groups = Vec::new();
        for _ in 0..reader.size()? {
            let (first_row, rows) = (reader.u64()?, reader.u64()?);
            groups.push(Group { first_row, rows, pages: Part::decode(&mut reader)? });
        }
        let bloom = Bloom::from_bytes(reader.text()?)?;
        Some(Self { recency, unit, rows, keys, groups, bloom })
    }
}

/// What an index is made from.
pub(super) struct IndexWriter<'a> {
    pub(super) recency: u64,
    pub(super) unit: Unit,
    pub(super) keys: Vec<KeyRange>,
    /// What the Parquet file tells, with its offset index.
    pub(super) metadata: &'a ParquetMetaData,
}

impl IndexWriter<'_> {
    /// Writes the index of a Parquet file, durable but for its name. Gives its bytes.
    pub(super) fn write(&self, parquet: &Path, index: &Path) -> io::Result<u64> {
        let parquet = File::open(parquet)?;
        let mut out = MAGIC.to_vec();
        let mut add = |part: Vec<u8>| {
            let place = Part { start: out.len() as u64, length: part.len() };
            out.extend_from_slice(&part);
            out.extend_from_slice(&crc32fast::hash(&part).to_le_bytes());
            place
        };
        let mut keys = Vec::new();
        for some in self.keys.chunks(KEYS_A_PART) {
            let first = some.first().and_then(|range| range.key.clone());
            keys.push((first, add(KeyRange::encode_part(some))));
        }
        let (mut groups, mut first_row) = (Vec::new(), 0);
        for (number, group) in self.metadata.row_groups().iter().enumerate() {
            let places = PagePlace::of_group(self.metadata, number)?;
            let mut part = Vec::new();
            GroupPages::checked(places, &parquet)?.encode(&mut part);
            let rows = u64::try_from(group.num_rows()).unwrap_or_default();
            groups.push(Group { first_row, rows, pages: add(part) });
            first_row += rows;
        }
        let hashes: Vec<KeyHash> =
            self.keys.iter().filter_map(|range| range.key.as_deref().map(KeyHash::of)).collect();
        let (recency, unit, bloom) = (self.recency, self.unit, Bloom::of(&hashes));
        let head = ArchiveIndex { recency, unit, rows: first_row, keys, groups, bloom };
        out.extend_from_slice(&head.encode());
        let mut file = disk::create(index)?;
        file.write_all(&out)?;
        file.sync_all()?;
        Ok(out.len() as u64)
    }
}
