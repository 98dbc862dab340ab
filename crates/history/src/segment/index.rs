//! What a segment tells about itself at its end.

use std::fs::File;
use std::io;

use super::{FOOT_BYTES, MAGIC, MAGIC_UNPACKED};
use crate::block::Block;
use crate::bloom::{Bloom, KeyHash};
use crate::disk;
use crate::wire::{Reader, put_optional_text, put_size, put_text};

/// One block of a segment.
#[derive(Debug, Clone)]
pub(crate) struct BlockEntry {
    /// Where its bytes begin.
    pub(crate) start: u64,
    pub(crate) length: usize,
    /// Its bytes once they are unpacked; `None` of one that is whole, as it was built.
    pub(crate) unpacked: Option<usize>,
    pub(crate) checksum: u32,
    pub(crate) rows: usize,
    pub(crate) first_key: Option<Vec<u8>>,
    pub(crate) last_key: Option<Vec<u8>>,
}

impl BlockEntry {
    /// Reads the block.
    pub(crate) fn read(&self, file: &File) -> io::Result<Block> {
        let bytes = disk::read_at(file, self.start, self.length)?;
        let damaged = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why);
        if crc32fast::hash(&bytes) != self.checksum {
            return Err(damaged("the checksum of a block is wrong"));
        }
        let block = match self.unpacked {
            Some(length) => Block::parse_short(&zstd::bulk::decompress(&bytes, length)?),
            None => Block::parse(bytes),
        };
        block.ok_or_else(|| damaged("a block has another shape"))
    }
}

/// What is where.
#[derive(Debug)]
pub(crate) struct SegmentIndex {
    /// Of two segments with the same event, the one with the higher number has the later one.
    pub(crate) recency: u64,
    pub(crate) rows: u64,
    /// Whether all times are whole milliseconds.
    pub(crate) in_millis: bool,
    pub(crate) blocks: Vec<BlockEntry>,
    pub(crate) bloom: Bloom,
}

impl SegmentIndex {
    /// Whether the segment may hold a key.
    pub(crate) fn may_hold(&self, hash: KeyHash) -> bool {
        self.bloom.may_hold(hash)
    }

    /// Bytes that it holds in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        let keys = |block: &BlockEntry| {
            let length = |key: &Option<Vec<u8>>| key.as_ref().map_or(0, Vec::len);
            length(&block.first_key) + length(&block.last_key)
        };
        self.bloom.as_bytes().len()
            + self.blocks.iter().map(|block| size_of::<BlockEntry>() + keys(block)).sum::<usize>()
    }

    /// The index and the foot of the file.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend_from_slice(&self.recency.to_le_bytes());
        out.extend_from_slice(&self.rows.to_le_bytes());
        out.push(u8::from(self.in_millis));
        put_size(&mut out, self.blocks.len());
        for block in &self.blocks {
            out.extend_from_slice(&block.start.to_le_bytes());
            put_size(&mut out, block.length);
            put_size(&mut out, block.unpacked.unwrap_or(block.length));
            out.extend_from_slice(&block.checksum.to_le_bytes());
            put_size(&mut out, block.rows);
            put_optional_text(&mut out, block.first_key.as_deref());
            put_optional_text(&mut out, block.last_key.as_deref());
        }
        put_text(&mut out, self.bloom.as_bytes());
        let (checksum, length) = (crc32fast::hash(&out), out.len());
        out.extend_from_slice(&checksum.to_le_bytes());
        put_size(&mut out, length);
        out.extend_from_slice(MAGIC);
        out
    }

    /// Reads the index of a file.
    pub(crate) fn read(file: &File) -> io::Result<Self> {
        let damaged = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why);
        let length = file.metadata()?.len();
        let foot_start =
            length.checked_sub(FOOT_BYTES as u64).ok_or_else(|| damaged("the file is cut"))?;
        let foot = disk::read_at(file, foot_start, FOOT_BYTES)?;
        let mut reader = Reader::new(&foot);
        let (checksum, size) =
            reader.u32().zip(reader.size()).ok_or_else(|| damaged("the file is cut"))?;
        let is_packed = foot.ends_with(MAGIC);
        let is_known = is_packed || foot.ends_with(MAGIC_UNPACKED);
        let start = foot_start.checked_sub(size as u64).filter(|_| is_known);
        let start = start.ok_or_else(|| damaged("the end of the file is another one's"))?;
        let bytes = disk::read_at(file, start, size)?;
        if crc32fast::hash(&bytes) != checksum {
            return Err(damaged("the checksum of the index is wrong"));
        }
        Self::decode(&bytes, is_packed).ok_or_else(|| damaged("the index has another shape"))
    }

    fn decode(bytes: &[u8], is_packed: bool) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let (recency, rows) = (reader.u64()?, reader.u64()?);
        let in_millis = reader.u8()? != 0;
        let mut blocks = Vec::new();
        for _ in 0..reader.size()? {
            blocks.push(BlockEntry {
                start: reader.u64()?,
                length: reader.size()?,
                unpacked: if is_packed { Some(reader.size()?) } else { None },
                checksum: reader.u32()?,
                rows: reader.size()?,
                first_key: reader.optional_text()?.map(<[u8]>::to_vec),
                last_key: reader.optional_text()?.map(<[u8]>::to_vec),
            });
        }
        let bloom = Bloom::from_bytes(reader.text()?)?;
        Some(Self { recency, rows, in_millis, blocks, bloom })
    }
}
