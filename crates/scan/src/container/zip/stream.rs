//! A zip archive read from its beginning, entry after entry, without its directory.
//!
//! Local headers can lie: an entry may have been deleted or replaced in the directory. For what cannot
//! be held in memory that is better than nothing, and nothing is left out.

use super::directory::{Entry, local_bytes, long, name, short, widen};
use super::{Stop, Unpacking, method};
use crate::codec::Codec;
use crate::content::Content;
use crate::walk::Walk;

/// Longest local header: name and extra fields have 16 bits each.
const HEADER_MAX: usize = 30 + 2 * u16::MAX as usize;
/// APPNOTE 4.4.4: sizes and checksum come after the data.
const SIZES_FOLLOW: u16 = 8;

enum Stage {
    Header,
    Data(Box<Data>),
    /// Bytes of an entry to pass over.
    Skipping(u64),
    /// Sizes and checksum after the data; with a mark or without, in 32 bits or 64.
    Descriptor,
    /// Looking for the next header.
    Lost,
    /// What is no archive, read as it stands.
    Raw(Content),
    /// Nothing more is read.
    Over,
}

struct Data {
    entry: Entry,
    codec: Box<dyn Codec>,
    unpacking: Unpacking,
    /// Packed bytes to come; `None` where only the end of the stream tells.
    left: Option<u64>,
}

/// A zip archive as it comes.
pub(super) struct Stream {
    stage: Stage,
    pending: Vec<u8>,
    /// Entries that were found.
    entries: u64,
    consumed: u64,
}

impl Default for Stream {
    fn default() -> Self {
        Self { stage: Stage::Header, pending: Vec::new(), entries: 0, consumed: 0 }
    }
}

impl Stream {
    pub(super) fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        if !matches!(self.stage, Stage::Over) {
            self.pending.extend_from_slice(block);
            self.run(false, walk);
        }
    }

    fn run(&mut self, last: bool, walk: &mut Walk<'_>) {
        let pending = std::mem::take(&mut self.pending);
        let mut at = 0;
        loop {
            let rest = &pending[at..];
            let taken = match &mut self.stage {
                Stage::Header => self.header(rest, last, walk),
                Stage::Data(_) => self.data(rest, last, walk),
                Stage::Skipping(left) => {
                    let taken = rest.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= taken as u64;
                    if *left == 0 {
                        self.stage = Stage::Header;
                        Some(taken)
                    } else {
                        Some(taken).filter(|taken| *taken > 0)
                    }
                }
                Stage::Descriptor => self.descriptor(rest, last),
                Stage::Lost => self.search(rest),
                Stage::Raw(content) => {
                    content.feed(rest, walk);
                    Some(rest.len()).filter(|taken| *taken > 0)
                }
                Stage::Over => return,
            };
            let Some(taken) = taken else { break };
            at += taken;
            self.consumed += taken as u64;
        }
        self.pending = pending;
        self.pending.drain(..at);
    }

    /// Reads a local header; `None` when it is not whole.
    fn header(&mut self, rest: &[u8], last: bool, walk: &mut Walk<'_>) -> Option<usize> {
        if rest.starts_with(b"PK\x07\x08PK") {
            return Some(4);
        }
        if rest.starts_with(b"PK\x01\x02") || rest.starts_with(b"PK\x05\x06") {
            self.stage = Stage::Over;
            return Some(0);
        }
        let length = local_bytes(rest).filter(|length| *length <= rest.len());
        let Some(length) = length else {
            let may_come = rest.len() < 30 || rest.starts_with(b"PK\x03\x04");
            if may_come && rest.len() < HEADER_MAX && !last {
                return None;
            }
            if rest.is_empty() {
                return None;
            }
            return self.lose(walk);
        };
        let mut entry = local_entry(rest, length)?;
        self.entries += 1;
        if !walk.take_entry() {
            self.stage = Stage::Over;
            return Some(0);
        }
        let follows = entry.flags & SIZES_FOLLOW != 0 && entry.packed == 0;
        if entry.is_encrypted() {
            return self.skip(entry, length, follows, "encrypted zip entry: not read", walk);
        }
        if follows && entry.method == 0 {
            let why = "stored zip entry whose length comes after it: not read";
            return self.skip(entry, length, follows, why, walk);
        }
        let prefix_bytes = if entry.method == 14 { method::PREFIX_MAX } else { 0 };
        if rest.len() < length + prefix_bytes && !last {
            return None;
        }
        if follows {
            entry.size = u64::MAX;
        }
        let mut data = &rest[length..];
        match method::codec(&entry, &mut data) {
            Ok(codec) => {
                let prefix = rest.len() - length - data.len();
                let left = (!follows).then_some(entry.packed.saturating_sub(prefix as u64));
                let unpacking = Unpacking::new();
                self.stage = Stage::Data(Box::new(Data { entry, codec, unpacking, left }));
                Some(length + prefix)
            }
            Err(why) => self.skip(entry, length, follows, &why, walk),
        }
    }

    /// Passes over an entry that cannot be read.
    fn skip(
        &mut self,
        entry: Entry,
        length: usize,
        follows: bool,
        why: &str,
        walk: &mut Walk<'_>,
    ) -> Option<usize> {
        walk.within(&entry.name, |walk| walk.unread(why));
        if follows {
            walk.unread("the rest of the zip archive was not read: nothing tells where it goes on");
        }
        self.stage = if follows { Stage::Over } else { Stage::Skipping(entry.packed) };
        Some(length)
    }

    /// There is no header where one must be.
    fn lose(&mut self, walk: &mut Walk<'_>) -> Option<usize> {
        if self.entries == 0 {
            self.stage = Stage::Raw(Content::raw(walk));
            return Some(0);
        }
        // What follows may hold more: the next header is looked for.
        let at = self.consumed;
        walk.unread(format!("damaged zip archive near byte {at}: the next entry was looked for"));
        self.stage = Stage::Lost;
        Some(1)
    }

    /// Goes to the next header, or to where one may begin that is not whole.
    fn search(&mut self, rest: &[u8]) -> Option<usize> {
        if let Some(next) = memchr::memmem::find(rest, b"PK\x03\x04") {
            self.stage = Stage::Header;
            return Some(next);
        }
        rest.len().checked_sub(3).filter(|passed| *passed > 0)
    }

    fn data(&mut self, rest: &[u8], last: bool, walk: &mut Walk<'_>) -> Option<usize> {
        let Stage::Data(data) = &mut self.stage else { return None };
        let part = match data.left {
            Some(left) => &rest[..rest.len().min(usize::try_from(left).unwrap_or(usize::MAX))],
            None => rest,
        };
        let is_last = last || data.left == Some(part.len() as u64);
        let Data { entry, codec, unpacking, left } = &mut **data;
        let outcome =
            walk.within(&entry.name, |walk| unpacking.feed(&mut **codec, part, is_last, walk));
        match outcome {
            Ok((taken, done)) => {
                if let Some(left) = left {
                    *left -= taken as u64;
                }
                if done {
                    self.end_entry(None, walk);
                } else if is_last {
                    self.end_entry(Some("ends too early".to_owned()), walk);
                } else if taken == 0 {
                    return None;
                }
                Some(taken)
            }
            Err(Stop::Budget) => {
                self.end_entry(None, walk);
                self.stage = Stage::Over;
                Some(0)
            }
            Err(Stop::Damaged(why)) => {
                self.end_entry(Some(why), walk);
                Some(0)
            }
        }
    }

    fn end_entry(&mut self, damage: Option<String>, walk: &mut Walk<'_>) {
        let Stage::Data(data) = std::mem::replace(&mut self.stage, Stage::Over) else { return };
        let Data { entry, unpacking, left, .. } = *data;
        let damaged = damage.is_some();
        walk.within(&entry.name, |walk| {
            if let Some(why) = damage {
                walk.unread(format!("damaged zip entry: {why}"));
            } else if left.is_some() && unpacking.checksum.finalize() != entry.checksum {
                walk.unread("zip checksum does not match: what was read may be wrong");
            }
            unpacking.content.finish(walk);
        });
        self.stage = match left {
            Some(left) if entry.flags & SIZES_FOLLOW == 0 || left > 0 => Stage::Skipping(left),
            Some(_) => Stage::Descriptor,
            None if damaged => Stage::Over,
            None => Stage::Descriptor,
        };
        if let Stage::Skipping(0) = self.stage {
            self.stage = Stage::Header;
        }
    }

    /// Passes over what follows the data: the next header is not far.
    fn descriptor(&mut self, rest: &[u8], last: bool) -> Option<usize> {
        let is_next = |at: &usize| {
            let next = rest.get(*at..).unwrap_or_default();
            next.starts_with(b"PK\x03\x04") || next.starts_with(b"PK\x01\x02")
        };
        if rest.len() < 28 && !last {
            return None;
        }
        self.stage = Stage::Header;
        let is_end = rest.len() <= 24;
        let end = if is_end { rest.len() } else { 0 };
        Some([12, 16, 20, 24].into_iter().find(is_next).unwrap_or(end))
    }

    pub(super) fn finish(mut self, walk: &mut Walk<'_>) {
        self.run(true, walk);
        match self.stage {
            Stage::Raw(content) => content.finish(walk),
            Stage::Skipping(_) => walk.unread("zip archive ends too early"),
            Stage::Header | Stage::Data(_) | Stage::Descriptor | Stage::Lost | Stage::Over => {}
        }
    }
}

/// The entry that a whole local header describes.
fn local_entry(local: &[u8], length: usize) -> Option<Entry> {
    let name_bytes = usize::from(short(local, 26)?);
    let mut entry = Entry {
        name: name(local.get(30..30 + name_bytes)?),
        flags: short(local, 6)?,
        method: short(local, 8)?,
        checksum: long(local, 14)?,
        packed: u64::from(long(local, 18)?),
        size: u64::from(long(local, 22)?),
        offset: 0,
    };
    widen([&mut entry.size, &mut entry.packed], local.get(30 + name_bytes..length)?);
    Some(entry)
}
