//! One block in the write-ahead log: `salt 8 | length u32 | CRC-32 u32 | flags u8 | block`.
//!
//! The salt is drawn for each file. It begins every frame, so that a reader that met damage finds the next
//! whole frame, and nobody who can write a log line can write something that looks like one.

use claviger_model::AccessEvent;
use memchr::memmem;

use crate::HistoryError;
use crate::block::{Block, BlockBuilder};
use crate::row::Row;

/// Bytes that begin every file of this kind.
const MAGIC: &[u8; 8] = b"CLVGWAL2";

/// Bytes of `MAGIC | salt | CRC-32 of both`.
pub(crate) const HEAD_BYTES: usize = 20;

/// Bytes before the flags.
const FRAME_HEAD_BYTES: usize = 16;

/// Texts of one event. An event is some hundred bytes; log readers bound their lines below this.
const EVENT_BYTES_MAX: usize = 16 << 20;

/// Begins what one append wrote.
const FIRST: u8 = 1;
/// Ends what one append wrote.
const LAST: u8 = 2;

/// Eight random bytes.
pub(crate) type Salt = [u8; 8];

pub(crate) fn head(salt: Salt) -> Vec<u8> {
    let mut bytes = [MAGIC.as_slice(), &salt].concat();
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// The salt of a file, out of its first bytes.
pub(crate) fn salt_of(file: &[u8]) -> Option<Salt> {
    let (head, checksum) = file.get(..HEAD_BYTES)?.split_at(HEAD_BYTES - 4);
    let is_whole = crc32fast::hash(head).to_le_bytes() == checksum;
    head.strip_prefix(MAGIC).filter(|_| is_whole)?.try_into().ok()
}

/// The frames of one append, not yet bound to a file.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    /// Encoded blocks, each with its flags.
    blocks: Vec<(u8, Vec<u8>)>,
}

impl Frames {
    /// Encodes events.
    pub(crate) fn of(events: &[AccessEvent]) -> Result<Self, HistoryError> {
        let mut blocks = Vec::new();
        let mut builder = BlockBuilder::default();
        for event in events {
            let row = Row::of(event);
            let bytes = row.text_bytes();
            if bytes > EVENT_BYTES_MAX {
                let event_id = event.event_id.to_string();
                let why = format!("its texts have {bytes} bytes");
                return Err(HistoryError::Encode { event_id, why });
            }
            builder.push(&row);
            if builder.is_full() {
                blocks.push((0, encoded(&mut builder)));
            }
        }
        if builder.rows() > 0 {
            blocks.push((0, encoded(&mut builder)));
        }
        if let Some((flags, _)) = blocks.first_mut() {
            *flags |= FIRST;
        }
        if let Some((flags, _)) = blocks.last_mut() {
            *flags |= LAST;
        }
        Ok(Self { blocks })
    }

    /// Appends the frames as a file with this salt holds them.
    pub(crate) fn write_to(&self, salt: Salt, out: &mut Vec<u8>) {
        out.reserve(self.bytes());
        for (flags, block) in &self.blocks {
            let length = u32::try_from(block.len() + 1).unwrap_or(u32::MAX).to_le_bytes();
            out.extend_from_slice(&salt);
            out.extend_from_slice(&length);
            out.extend_from_slice(&checksum(length, *flags, block));
            out.push(*flags);
            out.extend_from_slice(block);
        }
    }

    /// Bytes that they take in a file.
    pub(crate) fn bytes(&self) -> usize {
        self.blocks.iter().map(|(_, block)| block.len() + FRAME_HEAD_BYTES + 1).sum()
    }

    /// The blocks themselves.
    pub(crate) fn into_blocks(self) -> impl Iterator<Item = Block> {
        self.blocks.into_iter().filter_map(|(_, block)| Block::parse(block))
    }
}

fn encoded(builder: &mut BlockBuilder) -> Vec<u8> {
    let mut block = Vec::new();
    builder.encode(&mut block);
    builder.clear();
    block
}

fn checksum(length: [u8; 4], flags: u8, block: &[u8]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length);
    hasher.update(&[flags]);
    hasher.update(block);
    hasher.finalize().to_le_bytes()
}

/// What a file holds.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Every block of an append that was written to its end.
    pub(crate) blocks: Vec<Block>,
    /// One past the last such append; what follows is a torn tail.
    pub(crate) whole_end: usize,
    /// Bytes between whole frames: damage, not a torn tail.
    pub(crate) damaged: u64,
}

/// Reads the frames of a file.
pub(crate) fn scan(file: &[u8], salt: Salt) -> Scan {
    let mut scan = Scan { whole_end: HEAD_BYTES, ..Scan::default() };
    // Blocks of an append whose end was not seen yet, and damage since the last whole append.
    let (mut open, mut skipped) = (Vec::new(), 0);
    let mut position = HEAD_BYTES;
    while let Some((flags, block, end)) = next_frame(file, salt, &mut position, &mut skipped) {
        if flags & FIRST != 0 {
            // An append whose last frame was lost to damage.
            scan.blocks.append(&mut open);
        }
        open.push(block);
        if flags & LAST != 0 {
            scan.blocks.append(&mut open);
            scan.whole_end = end;
            scan.damaged += std::mem::take(&mut skipped);
        }
    }
    scan
}

/// The next whole frame at or after a position, which then stands behind it.
fn next_frame(
    file: &[u8],
    salt: Salt,
    position: &mut usize,
    skipped: &mut u64,
) -> Option<(u8, Block, usize)> {
    loop {
        let rest = file.get(*position..)?;
        if let Some((flags, block, length)) = frame_at(rest, salt) {
            *position += length;
            return Some((flags, block, *position));
        }
        let next = memmem::find(rest.get(1..)?, &salt)? + 1;
        *skipped += next as u64;
        *position += next;
    }
}

/// The frame that some bytes begin with, and its length.
fn frame_at(bytes: &[u8], salt: Salt) -> Option<(u8, Block, usize)> {
    let rest = bytes.strip_prefix(&salt)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (expected, rest) = rest.split_first_chunk::<4>()?;
    let payload = rest.get(..u32::from_le_bytes(*length) as usize)?;
    let (flags, block) = payload.split_first()?;
    if checksum(*length, *flags, block) != *expected {
        return None;
    }
    Some((*flags, Block::parse(block.to_vec())?, FRAME_HEAD_BYTES + payload.len()))
}
