//! Segments: what one flush of the write-ahead log held of one day, sorted by key and time.
//!
//! `magic | blocks | index | CRC-32 of the index | its length | magic`, a block being `length u32 | CRC-32 |
//! bytes`, which are a Zstandard frame of the block without what follows from the rest of it. The index tells the first and last key of each block and holds the Bloom
//! filter of all keys.

mod index;
mod run;
mod writer;

pub(crate) use self::index::{BlockEntry, SegmentIndex};
pub(crate) use self::run::SegmentRun;
pub(crate) use self::writer::SegmentWriter;

/// Begins and ends every file of this kind.
const MAGIC: &[u8; 8] = b"CLVGSEG3";

/// The same of files whose blocks are whole, as they were built.
const MAGIC_UNPACKED: &[u8; 8] = b"CLVGSEG2";

/// How hard a block is compressed: about 10 % of the time that a row takes, for half of its bytes.
const COMPRESSION: i32 = 1;

/// Bytes before a block.
const BLOCK_HEAD_BYTES: usize = 8;

/// Bytes of `CRC-32 | length | magic` at the end.
const FOOT_BYTES: usize = 16;
