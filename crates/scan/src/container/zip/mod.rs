//! zip (APPNOTE 6.3), and so also Office files, jars, wheels and apps.
//!
//! An archive that fits in memory is read by its directory, which is at its end and says what is true;
//! a larger one, or one without a directory, entry after entry as it comes. Encrypted entries are
//! reported, and so are entries that lie in each other, as those of bombs do.

mod directory;
mod method;
mod stream;

use self::directory::{Entry, local_bytes};
use self::stream::Stream;
use super::office::Office;
use super::{Container, Kind};
use crate::codec::{Codec, salvage};
use crate::content::Content;
use crate::walk::Walk;

/// Recognises a local file header, the end record of an empty archive, the mark of a split one, and an
/// archive behind a line that tells which program runs it.
pub(super) const KIND: Kind = Kind {
    recognises: |head, _| {
        let archive = match head {
            [b'#', b'!', ..] => {
                let line = head.iter().position(|byte| *byte == b'\n').unwrap_or(0);
                &head[line..][1..]
            }
            _ => head,
        };
        let begins = |mark: &[u8]| archive.starts_with(mark);
        begins(b"PK\x03\x04") || begins(b"PK\x05\x06") || begins(b"PK\x07\x08PK\x03\x04")
    },
    open: || Box::new(Zip { bytes: Vec::new(), stream: None }),
};

/// Longest part of an Office file: its text is made from the whole of it.
const PART_MAX: usize = 128 << 20;

struct Zip {
    /// The archive so far, while it fits.
    bytes: Vec<u8>,
    /// Reads a larger one as it comes.
    stream: Option<Box<Stream>>,
}

impl Container for Zip {
    fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        if self.stream.is_none() && walk.hold(block.len()) {
            self.bytes.extend_from_slice(block);
            return;
        }
        let held = std::mem::take(&mut self.bytes);
        let stream = self.stream.get_or_insert_with(|| {
            walk.release(held.len());
            let mut stream = Box::new(Stream::default());
            stream.feed(&held, walk);
            stream
        });
        stream.feed(block, walk);
    }

    fn finish(self: Box<Self>, walk: &mut Walk<'_>) {
        if let Some(stream) = self.stream {
            stream.finish(walk);
            return;
        }
        let most = walk.limits.entries;
        match directory::read(&self.bytes, most) {
            Ok(entries) => read_entries(&Archive { bytes: &self.bytes, entries }, walk),
            Err(why) => {
                walk.unread(format!("damaged zip archive: {why}; what is whole in it was read"));
                let mut stream = Stream::default();
                stream.feed(&self.bytes, walk);
                stream.finish(walk);
            }
        }
        walk.release(self.bytes.len());
    }
}

/// An archive in memory.
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry>,
}

impl<'a> Archive<'a> {
    /// The names of the entries.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// Whether entries share bytes.
    fn overlaps(&self) -> bool {
        let mut spans: Vec<(u64, u64)> =
            self.entries.iter().map(|entry| (entry.offset, entry.packed)).collect();
        spans.sort_unstable();
        let pairs = spans.windows(2);
        pairs
            .into_iter()
            .any(|pair| pair[0].0.saturating_add(pair[0].1).saturating_add(30) > pair[1].0)
    }

    /// The packed bytes of an entry.
    fn packed(&self, entry: &Entry) -> Option<&'a [u8]> {
        let start = usize::try_from(entry.offset).ok()?;
        let local = self.bytes.get(start..)?;
        let data = local.get(local_bytes(local)?..)?;
        data.get(..usize::try_from(entry.packed).ok()?)
    }

    /// An entry unpacked as a whole, as far as budgets and damage allow.
    pub(super) fn part(&self, name: &str, walk: &mut Walk<'_>) -> Option<Vec<u8>> {
        let entry = self.entries.iter().find(|entry| entry.name == name)?;
        if entry.is_encrypted() {
            return None;
        }
        let mut packed = self.packed(entry)?;
        let mut codec = method::codec(entry, &mut packed).ok()?;
        let (part, damage) = salvage(&mut *codec, packed, PART_MAX);
        if let Some(why) = damage {
            let told = format!("zip entry not read to its end: {why}");
            walk.within(name, |walk| walk.unread(told));
        }
        walk.take_expanded(part.len()).then_some(part)
    }
}

fn read_entries(archive: &Archive<'_>, walk: &mut Walk<'_>) {
    let office = Office::of(archive, walk);
    if archive.overlaps() {
        walk.unread("zip entries lie in each other, perhaps a bomb: each was read by itself");
    }
    for entry in &archive.entries {
        if !walk.take_entry() {
            return;
        }
        if entry.name.ends_with('/') && entry.size == 0 {
            continue;
        }
        if let Some(office) = &office
            && !entry.is_encrypted()
            && office.reads(&entry.name)
        {
            if let Some(part) = archive.part(&entry.name, walk) {
                office.read(&entry.name, &part, walk);
            }
            continue;
        }
        walk.within(&entry.name, |walk| read_entry(archive, entry, walk));
    }
}

/// Unpacks one entry into a content of its own.
fn read_entry(archive: &Archive<'_>, entry: &Entry, walk: &mut Walk<'_>) {
    if entry.is_encrypted() {
        walk.unread("encrypted zip entry: not read");
        return;
    }
    let Some(mut packed) = archive.packed(entry) else {
        walk.unread("damaged zip entry: it lies outside of the archive");
        return;
    };
    let mut codec = match method::codec(entry, &mut packed) {
        Ok(codec) => codec,
        Err(why) => return walk.unread(why),
    };
    let mut unpacking = Unpacking::new();
    let outcome = unpacking.feed(&mut *codec, packed, true, walk);
    match outcome {
        Ok((_, true)) => {
            if unpacking.checksum.clone().finalize() != entry.checksum {
                walk.unread("zip checksum does not match: what was read may be wrong");
            }
        }
        Ok((_, false)) => walk.unread("damaged zip entry: ends too early"),
        Err(Stop::Budget) => {}
        Err(Stop::Damaged(why)) => walk.unread(format!("damaged zip entry: {why}")),
    }
    unpacking.content.finish(walk);
}

/// Why an entry was not read to its end.
enum Stop {
    /// A budget is spent, and that was reported.
    Budget,
    /// The reason in words.
    Damaged(String),
}

/// What an entry's bytes go through.
struct Unpacking {
    content: Content,
    checksum: crc32fast::Hasher,
    output: Vec<u8>,
}

impl Unpacking {
    fn new() -> Self {
        Self { content: Content::new(), checksum: crc32fast::Hasher::new(), output: Vec::new() }
    }

    /// Unpacks what it can of `input`: how many bytes that took, and whether the entry has ended.
    fn feed(
        &mut self,
        codec: &mut dyn Codec,
        input: &[u8],
        last: bool,
        walk: &mut Walk<'_>,
    ) -> Result<(usize, bool), Stop> {
        let mut taken = 0;
        loop {
            self.output.clear();
            let step = codec.step(&input[taken..], last, &mut self.output);
            if !self.output.is_empty() {
                if !walk.take_expanded(self.output.len()) {
                    return Err(Stop::Budget);
                }
                self.checksum.update(&self.output);
                self.content.feed(&self.output, walk);
            }
            let step = step.map_err(Stop::Damaged)?;
            taken += step.taken;
            if step.done || (step.taken == 0 && self.output.is_empty()) {
                return Ok((taken, step.done));
            }
        }
    }
}
