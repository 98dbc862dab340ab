//! Zstandard (RFC 8878): one frame, taken block by block, or a skippable frame, passed over.

use std::io::Read;

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{Codec, OUTPUT, Step, WINDOW_MAX};

/// RFC 8878 §3.1.1, little endian.
const MAGIC: u32 = 0xFD2F_B528;
/// RFC 8878 §3.1.2: sixteen magic numbers, whose last four bits say nothing.
const SKIPPABLE: u32 = 0x184D_2A50;

enum Stage {
    Header,
    Blocks,
    /// Everything is decoded; the last bytes are on their way out.
    Draining,
    /// So many bytes of a skippable frame to come.
    Skipping(u64),
}

/// A Zstandard frame.
pub(crate) struct Zstd {
    decoder: FrameDecoder,
    stage: Stage,
    /// Whether a checksum follows the last block.
    has_checksum: bool,
}

impl Zstd {
    pub(crate) fn new() -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW_MAX);
        Self { decoder, stage: Stage::Header, has_checksum: false }
    }

    /// Whether bytes begin a frame of either kind.
    pub(crate) fn begins(bytes: &[u8]) -> bool {
        bytes.first_chunk().is_some_and(|magic| {
            let magic = u32::from_le_bytes(*magic);
            magic == MAGIC || magic & !0xF == SKIPPABLE
        })
    }

    fn header(&mut self, input: &[u8]) -> Result<Step, String> {
        let starved = Ok(Step { taken: 0, done: false });
        let Some((magic, rest)) = input.split_first_chunk::<4>() else { return starved };
        let magic = u32::from_le_bytes(*magic);
        if magic & !0xF == SKIPPABLE {
            let Some(length) = rest.first_chunk() else { return starved };
            self.stage = Stage::Skipping(u64::from(u32::from_le_bytes(*length)));
            return Ok(Step { taken: 8, done: false });
        }
        let Some(bytes) = header_bytes(rest).map(|bytes| 4 + bytes) else { return starved };
        let Some(mut header) = input.get(..bytes) else { return starved };
        self.has_checksum = rest[0] & 4 != 0;
        self.decoder.init(&mut header).map_err(|error| error.to_string())?;
        self.stage = Stage::Blocks;
        Ok(Step { taken: bytes, done: false })
    }

    /// Decodes the next block, when all of it is there.
    fn block(&mut self, input: &[u8]) -> Result<Step, String> {
        let starved = Ok(Step { taken: 0, done: false });
        let Some([a, b, c]) = input.first_chunk() else { return starved };
        let header = u32::from_le_bytes([*a, *b, *c, 0]);
        let (last, kind, size) = (header & 1 != 0, header >> 1 & 3, (header >> 3) as usize);
        let content = if kind == 1 { 1 } else { size };
        let checksum = if last && self.has_checksum { 4 } else { 0 };
        let bytes = 3 + content + checksum;
        let Some(mut block) = input.get(..bytes) else { return starved };
        let one = BlockDecodingStrategy::UptoBlocks(1);
        self.decoder.decode_blocks(&mut block, one).map_err(|error| error.to_string())?;
        if last {
            self.stage = Stage::Draining;
        }
        Ok(Step { taken: bytes, done: false })
    }

    /// Moves out what no later block can refer to; whether anything is left.
    fn drain(&mut self, output: &mut Vec<u8>) -> Result<bool, String> {
        let made = output.len();
        let fresh = self.decoder.can_collect().min(OUTPUT);
        output.resize(made + fresh, 0);
        let read = self.decoder.read(&mut output[made..]).map_err(|error| error.to_string())?;
        output.truncate(made + read);
        Ok(self.decoder.can_collect() > 0)
    }

    fn verdict(&self) -> Result<(), String> {
        let (told, counted) =
            (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum());
        match (told, counted) {
            (Some(told), Some(counted)) if told != counted && self.has_checksum => {
                Err("checksum does not match: what was read may be wrong".to_owned())
            }
            _ => Ok(()),
        }
    }
}

impl Codec for Zstd {
    fn step(&mut self, input: &[u8], _last: bool, output: &mut Vec<u8>) -> Result<Step, String> {
        match self.stage {
            Stage::Header => self.header(input),
            Stage::Skipping(left) => {
                let taken = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
                self.stage = Stage::Skipping(left - taken as u64);
                Ok(Step { taken, done: left == taken as u64 })
            }
            Stage::Blocks if self.decoder.can_collect() == 0 => self.block(input),
            Stage::Blocks => {
                self.drain(output)?;
                Ok(Step { taken: 0, done: false })
            }
            Stage::Draining => {
                let more = self.drain(output)?;
                if !more {
                    self.verdict()?;
                }
                Ok(Step { taken: 0, done: !more })
            }
        }
    }
}

/// Bytes of a frame's header after its magic number; `None` when the first is missing.
fn header_bytes(rest: &[u8]) -> Option<usize> {
    let descriptor = *rest.first()?;
    let single = descriptor & 0x20 != 0;
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let size = match descriptor >> 6 {
        0 => usize::from(single),
        bits => 1 << bits,
    };
    Some(1 + usize::from(!single) + dictionary + size)
}
