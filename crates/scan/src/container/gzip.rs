//! gzip (RFC 1952): one stream, in one member or several, unpacked as it comes.
//!
//! Members follow each other without a gap and make one text, as `cat a.gz b.gz` does. Zeros after the
//! last member are padding; anything else there is reported.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::packed::inner_name;
use super::{Container, Kind};
use crate::content::Content;
use crate::walk::Walk;

/// Recognises RFC 1952 §2.3.1: two identification bytes, then deflate as the method.
pub(super) const KIND: Kind = Kind {
    recognises: |head, _| head.starts_with(&[0x1F, 0x8B, 8]),
    open: || Box::new(Gzip::new()),
};

/// Suffixes of file names, with what stands in their place once unpacked.
const SUFFIXES: [(&str, &str); 3] = [(".tgz", ".tar"), (".svgz", ".svg"), (".gz", "")];

/// Unpacked in pieces of this size: what a bomb can cost beyond its budget.
const OUTPUT: usize = 64 * 1024;
/// Longest header that is accepted: names and comments are zero-terminated and else unbounded.
const HEADER_MAX: usize = 64 * 1024;
/// CRC-32 and length, four bytes each, little endian.
const TRAILER: usize = 8;

/// Which part of a member comes next.
enum Stage {
    Header,
    Body,
    Trailer,
    /// After a member: another one, padding or the end.
    Between,
    /// Nothing more is read.
    Over,
}

/// What a stage did with the bytes it was shown.
enum Step {
    /// Took this many and may go on.
    Took(usize),
    /// Needs more bytes.
    Starved,
    /// Cannot go on; the reason in words.
    Broken(String),
}

struct Gzip {
    stage: Stage,
    /// Bytes that the current stage could not use yet: at most a header.
    pending: Vec<u8>,
    inflate: Decompress,
    crc: Crc,
    output: Vec<u8>,
    /// The name of what is inside, from the first member's header or the outer name.
    name: Option<String>,
    inner: Content,
    /// Bytes of the container before `pending`.
    consumed: u64,
}

impl Gzip {
    fn new() -> Self {
        Self {
            stage: Stage::Header,
            pending: Vec::new(),
            inflate: Decompress::new(false),
            crc: Crc::new(),
            output: vec![0; OUTPUT],
            name: None,
            inner: Content::new(),
            consumed: 0,
        }
    }

    /// Goes as far as the pending bytes allow.
    fn run(&mut self, walk: &mut Walk<'_>) {
        let pending = std::mem::take(&mut self.pending);
        let mut at = 0;
        loop {
            let rest = &pending[at..];
            let step = match self.stage {
                Stage::Header => self.header(rest, walk),
                Stage::Body => self.body(rest, walk),
                Stage::Trailer => self.trailer(rest, walk),
                Stage::Between => self.between(rest),
                Stage::Over => return,
            };
            match step {
                Step::Took(bytes) => {
                    at += bytes;
                    self.consumed += bytes as u64;
                }
                Step::Starved => break,
                Step::Broken(why) => {
                    self.stage = Stage::Over;
                    if !why.is_empty() {
                        walk.unread(why);
                    }
                }
            }
        }
        self.pending = pending[at..].to_vec();
    }

    fn header(&mut self, rest: &[u8], walk: &Walk<'_>) -> Step {
        match Header::read(rest) {
            Ok(Some(header)) => {
                if self.name.is_none() {
                    self.name =
                        Some(header.name.unwrap_or_else(|| inner_name(walk.name(), &SUFFIXES)));
                }
                self.inflate.reset(false);
                self.crc.reset();
                self.stage = Stage::Body;
                Step::Took(header.bytes)
            }
            Ok(None) if rest.len() < HEADER_MAX => Step::Starved,
            Ok(None) | Err(()) => {
                Step::Broken(format!("damaged gzip header at byte {}", self.consumed))
            }
        }
    }

    fn body(&mut self, rest: &[u8], walk: &mut Walk<'_>) -> Step {
        let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
        let outcome = self.inflate.decompress(rest, &mut self.output, FlushDecompress::None);
        let taken = usize::try_from(self.inflate.total_in() - before_in).unwrap_or(rest.len());
        let made = usize::try_from(self.inflate.total_out() - before_out).unwrap_or(0);
        if made > 0 && !self.pass(made, walk) {
            return Step::Broken(String::new());
        }
        match outcome {
            Ok(Status::StreamEnd) => {
                self.stage = Stage::Trailer;
                Step::Took(taken)
            }
            Ok(_) if taken == 0 && made == 0 => Step::Starved,
            Ok(_) => Step::Took(taken),
            Err(_) => Step::Broken(format!(
                "damaged gzip data near byte {}: the rest was not read",
                self.consumed + taken as u64
            )),
        }
    }

    /// Hands unpacked bytes on; `false` when the budget is spent.
    fn pass(&mut self, made: usize, walk: &mut Walk<'_>) -> bool {
        let unpacked = &self.output[..made];
        self.crc.update(unpacked);
        let inner = &mut self.inner;
        walk.within(self.name.as_deref().unwrap_or_default(), |walk| {
            let fits = walk.take_expanded(made);
            if fits {
                inner.feed(unpacked, walk);
            }
            fits
        })
    }

    fn trailer(&mut self, rest: &[u8], walk: &mut Walk<'_>) -> Step {
        let Some(([a, b, c, d, ..], _)) = rest.split_first_chunk::<TRAILER>() else {
            return Step::Starved;
        };
        if u32::from_le_bytes([*a, *b, *c, *d]) != self.crc.sum() {
            walk.unread("gzip checksum does not match: what was read may be wrong");
        }
        self.stage = Stage::Between;
        Step::Took(TRAILER)
    }

    fn between(&mut self, rest: &[u8]) -> Step {
        match rest {
            [] => Step::Starved,
            [0, ..] => Step::Took(rest.iter().take_while(|b| **b == 0).count()),
            [0x1F, ..] => {
                self.stage = Stage::Header;
                Step::Took(0)
            }
            _ => Step::Broken(format!(
                "bytes after the end of the gzip data, from byte {}: not read",
                self.consumed
            )),
        }
    }
}

impl Container for Gzip {
    fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        if !matches!(self.stage, Stage::Over) {
            self.pending.extend_from_slice(block);
            self.run(walk);
        }
    }

    fn finish(mut self: Box<Self>, walk: &mut Walk<'_>) {
        if !matches!(self.stage, Stage::Between | Stage::Over) {
            walk.unread("gzip data ends too early: the rest was not read");
        }
        if let Some(name) = self.name.take() {
            let inner = self.inner;
            walk.within(&name, |walk| inner.finish(walk));
        }
    }
}

/// The header of a member.
struct Header {
    bytes: usize,
    name: Option<String>,
}

impl Header {
    /// Reads a header: `Ok(None)` when it is not whole yet, `Err` when it is none.
    fn read(bytes: &[u8]) -> Result<Option<Self>, ()> {
        let Some((fixed, _)) = bytes.split_first_chunk::<10>() else { return Ok(None) };
        let [0x1F, 0x8B, 8, flags, ..] = *fixed else { return Err(()) };
        let mut at = fixed.len();
        if flags & 4 != 0 {
            let Some(&[low, high]) = bytes.get(at..at + 2) else { return Ok(None) };
            at += 2 + usize::from(u16::from_le_bytes([low, high]));
        }
        let mut name = None;
        for (flag, is_name) in [(8, true), (16, false)] {
            if flags & flag == 0 {
                continue;
            }
            let Some(text) = bytes.get(at..) else { return Ok(None) };
            let Some(length) = memchr::memchr(0, text) else { return Ok(None) };
            if is_name && length > 0 {
                name = Some(encoding_rs::mem::decode_latin1(&text[..length]).into_owned());
            }
            at += length + 1;
        }
        if flags & 2 != 0 {
            at += 2;
        }
        Ok((at <= bytes.len()).then_some(Self { bytes: at, name }))
    }
}
