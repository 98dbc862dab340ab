//! LZ4 frames (frame format 1.6): current, legacy and skippable ones.
//!
//! Checksums of headers and blocks are passed over: that of the whole content says as much.

use std::hash::Hasher;

use lz4_flex::block::{decompress_into, decompress_into_with_dict};
use twox_hash::XxHash32;

use super::{Codec, Step};

const MAGIC: u32 = 0x184D_2204;
const LEGACY: u32 = 0x184C_2102;
const SKIPPABLE: u32 = 0x184D_2A50;
/// How far back a linked block may refer.
const DICTIONARY: usize = 64 * 1024;
/// Blocks of the legacy format unpack to at most this.
const LEGACY_BLOCK: usize = 8 << 20;

#[derive(Clone, Copy)]
enum Stage {
    Magic,
    Blocks(Blocks),
    Legacy,
    Skipping(u64),
    Checksum,
}

/// What a frame's header says of its blocks.
#[derive(Clone, Copy)]
struct Blocks {
    linked: bool,
    has_block_checksums: bool,
    has_checksum: bool,
    size_max: usize,
}

/// An LZ4 frame.
pub(crate) struct Lz4 {
    stage: Stage,
    /// The end of what was unpacked, for linked blocks.
    dictionary: Vec<u8>,
    checksum: XxHash32,
}

impl Lz4 {
    pub(crate) fn new() -> Self {
        Self { stage: Stage::Magic, dictionary: Vec::new(), checksum: XxHash32::with_seed(0) }
    }

    /// Whether bytes begin a frame of any kind.
    pub(crate) fn begins(bytes: &[u8]) -> bool {
        bytes.first_chunk().is_some_and(|magic| {
            let magic = u32::from_le_bytes(*magic);
            matches!(magic, MAGIC | LEGACY) || magic & !0xF == SKIPPABLE
        })
    }

    fn magic(&mut self, input: &[u8]) -> Result<Step, String> {
        let starved = Ok(Step { taken: 0, done: false });
        let Some(magic) = number(input, 0) else { return starved };
        let (stage, taken) = match magic {
            LEGACY => (Stage::Legacy, 4),
            magic if magic & !0xF == SKIPPABLE => {
                let Some(length) = number(input, 4) else { return starved };
                (Stage::Skipping(u64::from(length)), 8)
            }
            _ => {
                let Some([flags, size]) = input.get(4..6).and_then(<[u8]>::first_chunk) else {
                    return starved;
                };
                if flags >> 6 != 1 {
                    return Err("unknown version of LZ4".to_owned());
                }
                let bytes =
                    7 + if flags & 8 != 0 { 8 } else { 0 } + if flags & 1 != 0 { 4 } else { 0 };
                if input.len() < bytes {
                    return starved;
                }
                let size_max = match size >> 4 & 7 {
                    size @ 4..=7 => 1usize << (8 + 2 * size),
                    _ => return Err("unknown block size of LZ4".to_owned()),
                };
                let blocks = Blocks {
                    linked: flags & 0x20 == 0,
                    has_block_checksums: flags & 0x10 != 0,
                    has_checksum: flags & 4 != 0,
                    size_max,
                };
                (Stage::Blocks(blocks), bytes)
            }
        };
        self.stage = stage;
        Ok(Step { taken, done: false })
    }

    fn block(
        &mut self,
        blocks: Blocks,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<Step, String> {
        let starved = Ok(Step { taken: 0, done: false });
        let Some(header) = number(input, 0) else { return starved };
        if header == 0 {
            if blocks.has_checksum {
                self.stage = Stage::Checksum;
            }
            return Ok(Step { taken: 4, done: !blocks.has_checksum });
        }
        let (stored, size) = (header >> 31 != 0, (header & 0x7FFF_FFFF) as usize);
        if size > blocks.size_max {
            return Err("an LZ4 block is longer than its header allows".to_owned());
        }
        let taken = 4 + size + if blocks.has_block_checksums { 4 } else { 0 };
        if input.len() < taken {
            return starved;
        }
        let (block, made) = (&input[4..4 + size], output.len());
        if stored {
            output.extend_from_slice(block);
        } else {
            output.resize(made + blocks.size_max.min(room_of(block)), 0);
            let room = &mut output[made..];
            let fresh = match blocks.linked {
                true => decompress_into_with_dict(block, room, &self.dictionary),
                false => decompress_into(block, room),
            };
            output.truncate(made + fresh.as_ref().copied().unwrap_or(0));
            fresh.map_err(|error| error.to_string())?;
        }
        if blocks.has_checksum {
            self.checksum.write(&output[made..]);
        }
        if blocks.linked {
            self.remember(&output[made..]);
        }
        Ok(Step { taken, done: false })
    }

    fn remember(&mut self, made: &[u8]) {
        self.dictionary.extend_from_slice(&made[made.len().saturating_sub(DICTIONARY)..]);
        let old = self.dictionary.len().saturating_sub(DICTIONARY);
        self.dictionary.drain(..old);
    }

    /// Legacy frames have no end mark: they end with the file, or where another frame begins.
    fn legacy(&self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, String> {
        let Some(size) = number(input, 0) else {
            return Ok(Step { taken: 0, done: last && input.is_empty() });
        };
        if Self::begins(input) {
            return Ok(Step { taken: 0, done: true });
        }
        let size = size as usize;
        if size > LEGACY_BLOCK + LEGACY_BLOCK / 128 {
            return Err("an LZ4 block is longer than its format allows".to_owned());
        }
        let Some(block) = input.get(4..4 + size) else {
            return Ok(Step { taken: 0, done: false });
        };
        let made = output.len();
        output.resize(made + LEGACY_BLOCK.min(room_of(block)), 0);
        let fresh = decompress_into(block, &mut output[made..]);
        output.truncate(made + fresh.as_ref().copied().unwrap_or(0));
        fresh.map_err(|error| error.to_string())?;
        Ok(Step { taken: 4 + size, done: false })
    }
}

impl Codec for Lz4 {
    fn step(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, String> {
        match self.stage {
            Stage::Magic => self.magic(input),
            Stage::Blocks(blocks) => self.block(blocks, input, output),
            Stage::Legacy => self.legacy(input, last, output),
            Stage::Skipping(left) => {
                let taken = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
                self.stage = Stage::Skipping(left - taken as u64);
                Ok(Step { taken, done: left == taken as u64 })
            }
            Stage::Checksum => match number(input, 0) {
                None => Ok(Step { taken: 0, done: false }),
                Some(told) if told == self.checksum.finish_32() => {
                    Ok(Step { taken: 4, done: true })
                }
                Some(_) => Err("checksum does not match: what was read may be wrong".to_owned()),
            },
        }
    }
}

/// Unpacks a bare block, as tables have it, to at most `most` bytes.
///
/// # Errors
/// The block is damaged or longer; the reason in words.
pub(crate) fn lz4_block(block: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let mut output = vec![0; most.min(room_of(block))];
    let made = decompress_into(block, &mut output).map_err(|error| error.to_string())?;
    output.truncate(made);
    Ok(output)
}

/// What a block can unpack to at most: a byte of a length stands for 255 bytes.
fn room_of(block: &[u8]) -> usize {
    block.len().saturating_mul(255).saturating_add(64)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|number| u32::from_le_bytes(*number))
}
