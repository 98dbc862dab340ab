//! Takes the gzip wrapping off a log, block by block.
//!
//! Only the wrapping that log deliveries really use; archives are the business of the scan engine. A
//! file that lies in memory packed and is small when unpacked, which nearly all deliveries are, is
//! unpacked at one go, which is faster; anything else as it is read, in blocks of bounded size.

use std::borrow::Cow;
use std::io::{self, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use libdeflater::Decompressor;

use crate::format::{EventView, LogFormat, Parser, Tally, detect};

/// The first three bytes of a gzip member (RFC 1952, section 2.3.1): deflate is the only method.
const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

/// Bytes around the packed data of a member without a name: its head and its trailer.
const GZIP_FRAME: usize = 18;

/// Bytes read at a time: small enough that what is unpacked is still near when it is parsed.
const BLOCK: usize = 512 * 1024;

/// Longest block: room for the longest record that any format leaves for the next one.
const BLOCK_MAX: usize = 16 * 1024 * 1024;

/// Packed files up to this size are read whole, in bytes.
const PACKED_MAX: usize = 32 * 1024 * 1024;

/// Files up to this size are unpacked at one go, in bytes.
const AT_ONCE_MAX: usize = 64 * 1024 * 1024;

/// Why a log file could not be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// The unpacked log is longer than the caller allows.
    #[error("the log is longer than {limit} bytes when unpacked")]
    TooLong {
        /// What the caller allows, in bytes.
        limit: u64,
    },
    /// The gzip stream is broken.
    #[error("the gzip stream breaks off or is damaged after {unpacked} unpacked bytes")]
    Damaged {
        /// How far it could be read, in unpacked bytes.
        unpacked: u64,
        /// What the decoder says.
        #[source]
        cause: io::Error,
    },
    /// The log cannot be read on.
    #[error("the log cannot be read beyond {read} bytes")]
    Unreadable {
        /// How far it could be read, in bytes.
        read: u64,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
}

impl UnpackError {
    /// The way out, in words.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "split the log into smaller files",
            Self::Damaged { .. } => {
                "fetch the file again; `gzip -t FILE` tells whether it is whole"
            }
            Self::Unreadable { .. } => "look whether the file can be read, and read it again",
        }
    }
}

/// The log's bytes: unpacked where they are gzip (any number of members), else as they are.
///
/// # Errors
/// The gzip stream is damaged or cut off, or the log is longer than `limit` bytes.
pub fn unpack(bytes: &[u8], limit: u64) -> Result<Cow<'_, [u8]>, UnpackError> {
    if !bytes.starts_with(&GZIP_MAGIC) {
        if bytes.len() as u64 > limit {
            return Err(UnpackError::TooLong { limit });
        }
        return Ok(Cow::Borrowed(bytes));
    }
    if let Some(unpacked) = unpacked_at_once(bytes, limit) {
        return Ok(Cow::Owned(unpacked));
    }
    let mut unpacked = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(limit.saturating_add(1)).read_to_end(&mut unpacked);
    if unpacked.len() as u64 > limit {
        return Err(UnpackError::TooLong { limit });
    }
    match read {
        Ok(_) => Ok(Cow::Owned(unpacked)),
        Err(cause) => Err(UnpackError::Damaged { unpacked: unpacked.len() as u64, cause }),
    }
}

/// The bytes of the only member of a whole gzip file; `None` where it may have several, or is large
/// or damaged.
fn unpacked_at_once(bytes: &[u8], limit: u64) -> Option<Vec<u8>> {
    let length = bytes.last_chunk::<4>().map(|length| u32::from_le_bytes(*length))? as usize;
    // Deflate makes no more than 1032 bytes of one: what claims more is no length, and no reason to
    // ask for memory.
    let is_likely = length <= AT_ONCE_MAX && length as u64 <= limit;
    if !is_likely || length / 1032 > bytes.len() || has_second_member(bytes) {
        return None;
    }
    let mut unpacked = vec![0; length];
    let read = Decompressor::new().gzip_decompress(bytes, &mut unpacked).ok()?;
    (read == length).then_some(unpacked)
}

/// Whether something in a gzip file looks like the head of another member.
fn has_second_member(bytes: &[u8]) -> bool {
    let after = bytes.get(GZIP_FRAME..).unwrap_or_default();
    memchr::memmem::find(after, &GZIP_MAGIC).is_some()
}

/// A log whose head was read already.
type Headed<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// Where the unpacked bytes come from.
enum Source<R: Read> {
    /// All are in the block already.
    Done,
    Plain(Headed<R>),
    Gzip(Box<MultiGzDecoder<io::BufReader<Headed<R>>>>),
}

/// The unpacked bytes of a log, a block at a time.
pub struct Blocks<R: Read> {
    source: Source<R>,
    is_gzip: bool,
    limit: u64,
    /// Unpacked bytes that came so far.
    came: u64,
    block: Vec<u8>,
    filled: usize,
    is_last: bool,
    failure: Option<UnpackError>,
}

impl<R: Read> Blocks<R> {
    /// The blocks of a log, of which up to `limit` unpacked bytes are read.
    pub fn new(mut log: R, limit: u64) -> Self {
        let mut head = Vec::new();
        let mut failure = None;
        let mut read = |head: &mut Vec<u8>, most: usize| {
            if let Err(cause) = log.by_ref().take(most as u64).read_to_end(head) {
                failure = Some(UnpackError::Unreadable { read: head.len() as u64, cause });
            }
        };
        read(&mut head, GZIP_MAGIC.len());
        let is_gzip = head.starts_with(&GZIP_MAGIC);
        let mut block = Vec::new();
        let source = if is_gzip {
            read(&mut head, PACKED_MAX);
            let is_whole = head.len() < PACKED_MAX;
            match is_whole.then(|| unpacked_at_once(&head, limit)).flatten() {
                Some(unpacked) => {
                    block = unpacked;
                    Source::Done
                }
                None => {
                    let packed = io::BufReader::with_capacity(BLOCK, Cursor::new(head).chain(log));
                    Source::Gzip(Box::new(MultiGzDecoder::new(packed)))
                }
            }
        } else {
            Source::Plain(Cursor::new(head).chain(log))
        };
        let (filled, came) = (block.len(), block.len() as u64);
        Self { source, is_gzip, limit, came, block, filled, is_last: false, failure }
    }

    /// The next block, which begins with what was left of the one before, and whether it is the
    /// last; `None` after that.
    pub fn next_block(&mut self) -> Option<(&[u8], bool)> {
        if self.is_last {
            return None;
        }
        self.fill();
        Some((self.block.get(..self.filled)?, self.is_last))
    }

    /// Leaves of the block only what follows its first `read` bytes.
    pub fn keep_from(&mut self, read: usize) {
        let read = read.min(self.filled);
        self.block.copy_within(read..self.filled, 0);
        self.filled -= read;
    }

    /// Why the log ends before its end, once the last block was given.
    pub fn failure(&self) -> Option<&UnpackError> {
        self.failure.as_ref()
    }

    /// Reads until the block is full or the log at its end.
    fn fill(&mut self) {
        if matches!(self.source, Source::Done) {
            self.is_last = true;
            return;
        }
        if self.filled >= BLOCK_MAX {
            // No format leaves so much: this keeps the loop from standing still.
            self.failure = Some(UnpackError::TooLong { limit: BLOCK_MAX as u64 });
        }
        // What is left fills the block: it needs a longer one.
        let length = if 2 * self.filled > BLOCK { BLOCK_MAX.min(4 * self.filled) } else { BLOCK };
        self.block.resize(length.max(self.block.len()), 0);
        while self.filled < length && self.failure.is_none() {
            let room = self.block.get_mut(self.filled..length).unwrap_or_default();
            let read = match &mut self.source {
                Source::Done => Ok(0),
                Source::Plain(plain) => plain.read(room),
                Source::Gzip(gzip) => gzip.read(room),
            };
            match read {
                Ok(0) => {
                    self.is_last = true;
                    return;
                }
                Ok(read) => {
                    let allowed = (self.limit - self.came).min(read as u64);
                    self.came += allowed;
                    self.filled += allowed as usize;
                    if allowed < read as u64 {
                        self.failure = Some(UnpackError::TooLong { limit: self.limit });
                    }
                }
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) if self.is_gzip => {
                    self.failure = Some(UnpackError::Damaged { unpacked: self.came, cause });
                }
                Err(cause) => {
                    self.failure = Some(UnpackError::Unreadable { read: self.came, cause });
                }
            }
        }
        self.is_last = self.failure.is_some();
    }
}

/// Reads a log file, packed or not, in a format or the one it is recognised by. What can be read of a
/// damaged one is read; the rest of it counts as one rejected line.
pub fn read_log(
    log: impl Read,
    format: Option<LogFormat>,
    limit: u64,
    take: &mut dyn FnMut(EventView<'_>),
) -> Tally {
    let mut blocks = Blocks::new(log, limit);
    let mut parser = None;
    while let Some((block, is_last)) = blocks.next_block() {
        let parser = parser.get_or_insert_with(|| Parser::new(format.or_else(|| detect(block))));
        let read = parser.push(block, is_last, take);
        blocks.keep_from(read);
    }
    let mut parser = parser.unwrap_or_else(|| Parser::new(format));
    if let Some(failure) = blocks.failure() {
        parser.reject_rest(failure.to_string());
    }
    parser.finish()
}
