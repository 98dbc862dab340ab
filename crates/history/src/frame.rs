//! One event on disk: `length u32 LE | CRC-32 u32 LE | JSON`.
//!
//! A reader that meets damage looks for the next whole frame. Content cannot pretend to be one: JSON
//! text holds no NUL byte, and the length of a frame (below 16 MiB) always does.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};

use claviger_model::AccessEvent;

use crate::HistoryError;

/// Bytes before the JSON.
const HEAD_BYTES: u64 = 8;

/// Longest JSON of one event. An event is some hundred bytes; log readers bound their lines far below
/// this, so that only damage reaches it. Must stay below 2²⁴, see the head of this file.
const JSON_BYTES_MAX: usize = (1 << 24) - 1;

/// Appends the frame of one event to `frames`.
pub(crate) fn encode(event: &AccessEvent, frames: &mut Vec<u8>) -> Result<(), HistoryError> {
    let fail = |why: String| HistoryError::Encode { event_id: event.event_id.to_string(), why };
    let json = serde_json::to_vec(event).map_err(|error| fail(error.to_string()))?;
    let length = u32::try_from(json.len())
        .ok()
        .filter(|_| json.len() <= JSON_BYTES_MAX)
        .ok_or_else(|| fail(format!("its JSON has {} bytes", json.len())))?;
    frames.extend_from_slice(&length.to_le_bytes());
    frames.extend_from_slice(&crc32fast::hash(&json).to_le_bytes());
    frames.extend_from_slice(&json);
    Ok(())
}

/// Reads the frames of one file, oldest first, and steps over damage.
pub(crate) struct Frames<R> {
    reader: BufReader<R>,
    /// Where the next frame is looked for.
    position: u64,
    /// Length of the file when reading began; what is appended later is not read.
    end: u64,
    /// One past the last whole frame.
    whole_end: u64,
    /// Bytes between whole frames: damage inside the file, not a torn tail.
    damaged: u64,
}

impl<R: Read + Seek> Frames<R> {
    /// Reads from byte `start`, which must be the start of a frame, to byte `end`.
    pub(crate) fn new(mut file: R, start: u64, end: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(start))?;
        let reader = BufReader::with_capacity(64 * 1024, file);
        Ok(Self { reader, position: start, end, whole_end: start, damaged: 0 })
    }

    /// The JSON of the next whole frame; `None` at the end. What follows the last whole frame is a
    /// torn tail.
    pub(crate) fn next_json(&mut self) -> io::Result<Option<Vec<u8>>> {
        while self.position + HEAD_BYTES < self.end {
            if let Some(json) = self.json_here()? {
                self.damaged += self.position - self.whole_end;
                self.position += HEAD_BYTES + json.len() as u64;
                self.whole_end = self.position;
                return Ok(Some(json));
            }
            self.position += 1;
        }
        Ok(None)
    }

    /// One past the last whole frame that was read.
    pub(crate) fn whole_end(&self) -> u64 {
        self.whole_end
    }

    /// Bytes of damage between the whole frames that were read.
    pub(crate) fn damaged(&self) -> u64 {
        self.damaged
    }

    /// The JSON of the frame at the position. The reader then stands behind it; if there is no
    /// whole frame, one byte further than before.
    fn json_here(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut head = [0; HEAD_BYTES as usize];
        if !self.fill(&mut head)? {
            return Ok(None);
        }
        let [l0, l1, l2, l3, c0, c1, c2, c3] = head;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let room = self.end - self.position - HEAD_BYTES;
        let fits = (1..=JSON_BYTES_MAX).contains(&length) && length as u64 <= room;
        if !fits || self.reader.fill_buf()?.first() != Some(&b'{') {
            self.reader.seek_relative(1 - HEAD_BYTES as i64)?;
            return Ok(None);
        }
        let mut json = vec![0; length];
        if !self.fill(&mut json)? {
            return Ok(None);
        }
        if crc32fast::hash(&json) == u32::from_le_bytes([c0, c1, c2, c3]) {
            return Ok(Some(json));
        }
        self.reader.seek_relative(1 - (HEAD_BYTES as i64 + length as i64))?;
        Ok(None)
    }

    /// Fills the buffer; `false` when the file became shorter meanwhile (its torn tail was cut), which
    /// ends the reading.
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<bool> {
        match self.reader.read_exact(buffer) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                self.end = self.position;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}
