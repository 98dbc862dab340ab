//! tar: V7, ustar, pax and GNU, with long names and sparse files, entry by entry as it comes.
//!
//! Holes of sparse files are left out, so lines in them count without the zeros. Damage costs the
//! entry it is in: the next header is looked for at every block.

mod header;

use self::header::{BLOCK, Extended, Header};
use super::{Container, Kind};
use crate::content::Content;
use crate::walk::Walk;

/// Recognises a header by its checksum; an archive of nothing but zeros is none.
pub(super) const KIND: Kind = Kind {
    recognises: |head, _| {
        let block = head.first_chunk();
        block.is_some_and(|block| block[0] != 0 && Header::read(block).is_some())
    },
    open: || Box::new(Tar::default()),
};

/// Longest name or extended header that is kept.
const META_MAX: u64 = 1 << 20;
/// Longest map of a sparse file.
const MAP_MAX: usize = 1 << 20;

/// What the bytes of an entry's data are.
enum Data {
    /// A file.
    File(Content),
    /// A file that begins with a map of its holes, so far not read.
    Mapped(Vec<u8>),
    /// A long name, or an extended header; its kind.
    Meta(u8, Vec<u8>),
    /// What nobody needs.
    Nothing,
}

#[derive(Default)]
enum Stage {
    #[default]
    Header,
    /// Further headers of a sparse file.
    Extension(Header),
    Data {
        name: String,
        data: Data,
        left: u64,
        padding: u64,
    },
    /// Between a damaged header and the next whole one; what lies there is read as it stands.
    Lost(Content),
    /// Nothing more is read.
    Over,
}

#[derive(Default)]
struct Tar {
    stage: Stage,
    /// Part of a header.
    pending: Vec<u8>,
    /// What long names and extended headers say of the next entry.
    next: Extended,
    /// Bytes of the archive that were taken.
    consumed: u64,
    /// Whether the end mark was seen.
    ended: bool,
}

impl Tar {
    /// Takes the next bytes of `block`, and returns how many.
    fn take(&mut self, block: &[u8], walk: &mut Walk<'_>) -> usize {
        if let Stage::Data { left, padding, .. } = &mut self.stage {
            if *left > 0 {
                let taken = block.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= taken as u64;
                self.data(&block[..taken], walk);
                return taken;
            }
            let taken = block.len().min(usize::try_from(*padding).unwrap_or(usize::MAX));
            *padding -= taken as u64;
            if *padding == 0 {
                self.end_entry(walk);
            }
            return taken;
        }
        let taken = block.len().min(BLOCK - self.pending.len());
        self.pending.extend_from_slice(&block[..taken]);
        if let Some(block) = self.pending.first_chunk::<BLOCK>().copied() {
            self.pending.clear();
            self.block(&block, walk);
        }
        taken
    }

    /// Takes a block that is no data.
    fn block(&mut self, block: &[u8; BLOCK], walk: &mut Walk<'_>) {
        match std::mem::take(&mut self.stage) {
            Stage::Extension(mut header) => {
                header.is_extended = block[504] != 0;
                self.begin(header, walk);
            }
            stage @ (Stage::Header | Stage::Lost(_)) => {
                let header = Header::read(block).filter(|header| !header.name.is_empty());
                if let Some(header) = header {
                    self.found(stage, walk);
                    self.ended = false;
                    self.begin(header, walk);
                } else if block.iter().all(|byte| *byte == 0) && matches!(stage, Stage::Header) {
                    self.ended = true;
                } else {
                    self.lose(stage, block, walk);
                }
            }
            stage => self.stage = stage,
        }
    }

    /// Notes that a header was expected and is none.
    fn lose(&mut self, stage: Stage, block: &[u8], walk: &mut Walk<'_>) {
        let mut content = match stage {
            Stage::Lost(content) => content,
            _ => {
                let at = self.consumed;
                walk.unread(if self.ended {
                    format!(
                        "bytes after the end of the tar archive, from byte {at}: read as they stand"
                    )
                } else {
                    format!("damaged tar header at byte {at}: what follows was read as it stands")
                });
                Content::raw(walk)
            }
        };
        walk.within("damaged part", |walk| content.feed(block, walk));
        self.stage = Stage::Lost(content);
    }

    /// Ends a damaged part.
    fn found(&mut self, stage: Stage, walk: &mut Walk<'_>) {
        if let Stage::Lost(content) = stage {
            walk.within("damaged part", |walk| content.finish(walk));
        }
    }

    /// Begins what a header announces.
    fn begin(&mut self, header: Header, walk: &mut Walk<'_>) {
        if header.is_extended {
            self.stage = Stage::Extension(header);
            return;
        }
        let (mut name, mut left) = (header.name, header.size);
        let data = match header.kind {
            kind @ (b'L' | b'K' | b'x' | b'g' | b'X') => {
                if left > META_MAX {
                    walk.unread(format!("a tar header of {left} bytes: not read"));
                    Data::Nothing
                } else {
                    Data::Meta(kind, Vec::new())
                }
            }
            kind => {
                let next = std::mem::take(&mut self.next);
                name = next.name.unwrap_or(name);
                // Folders and links stay without data, whatever is said of their size.
                left = if left > 0 { next.size.unwrap_or(left) } else { left };
                let is_file = !matches!(kind, b'1'..=b'6' | b'D' | b'V') && left > 0;
                if is_file && !walk.take_entry() {
                    self.stage = Stage::Over;
                    return;
                }
                match (is_file, next.has_map) {
                    (true, false) => Data::File(Content::new()),
                    (true, true) => Data::Mapped(Vec::new()),
                    (false, _) => Data::Nothing,
                }
            }
        };
        let padding = left.next_multiple_of(BLOCK as u64) - left;
        self.stage = Stage::Data { name, data, left, padding };
        if left == 0 {
            self.end_entry(walk);
        }
    }

    /// Takes bytes of an entry's data.
    fn data(&mut self, bytes: &[u8], walk: &mut Walk<'_>) {
        let Stage::Data { name, data, left, padding } = &mut self.stage else { return };
        match data {
            Data::File(content) => {
                let fits = walk.within(name, |walk| {
                    let fits = walk.take_expanded(bytes.len());
                    if fits {
                        content.feed(bytes, walk);
                    }
                    fits
                });
                if !fits {
                    let content = std::mem::replace(content, Content::new());
                    walk.within(name, |walk| content.finish(walk));
                    self.stage = Stage::Over;
                    return;
                }
            }
            Data::Mapped(map) => {
                map.extend_from_slice(bytes);
                let begin = map_bytes(map).or((map.len() >= MAP_MAX).then_some(0));
                if let Some(begin) = begin.filter(|begin| *begin <= map.len()) {
                    let rest = map.split_off(begin);
                    *data = Data::File(Content::new());
                    self.data(&rest, walk);
                    return;
                }
            }
            Data::Meta(_, held) => held.extend_from_slice(bytes),
            Data::Nothing => {}
        }
        if *left == 0 && *padding == 0 {
            self.end_entry(walk);
        }
    }

    fn end_entry(&mut self, walk: &mut Walk<'_>) {
        let Stage::Data { name, data, .. } = std::mem::take(&mut self.stage) else { return };
        match data {
            Data::File(content) => walk.within(&name, |walk| content.finish(walk)),
            Data::Meta(b'L', held) => self.next.name = Some(header::text(&held)),
            Data::Meta(b'x' | b'X', held) => self.next.take(&held),
            Data::Meta(..) | Data::Mapped(_) | Data::Nothing => {}
        }
    }
}

impl Container for Tar {
    fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        let mut rest = block;
        while !rest.is_empty() && !matches!(self.stage, Stage::Over) {
            let taken = self.take(rest, walk);
            self.consumed += taken as u64;
            rest = &rest[taken..];
        }
    }

    fn finish(mut self: Box<Self>, walk: &mut Walk<'_>) {
        match std::mem::take(&mut self.stage) {
            Stage::Data { name, data, .. } => {
                walk.unread("tar archive ends too early: its last entry is not whole");
                if let Data::File(content) = data {
                    walk.within(&name, |walk| content.finish(walk));
                }
            }
            Stage::Extension(_) => walk.unread("tar archive ends too early"),
            Stage::Header if self.pending.iter().any(|byte| *byte != 0) => {
                walk.unread("tar archive ends too early");
            }
            stage => self.found(stage, walk),
        }
    }
}

/// Bytes that the map of a sparse file has at the start of its data, padded to whole blocks: the number
/// of its parts, then offset and length of each, a line each. `None` while it is not whole.
fn map_bytes(data: &[u8]) -> Option<usize> {
    let mut lines = data.split_inclusive(|byte| *byte == b'\n');
    let count: usize =
        std::str::from_utf8(lines.next()?.strip_suffix(b"\n")?).ok()?.parse().ok()?;
    let mut bytes = data.iter().position(|byte| *byte == b'\n')? + 1;
    for _ in 0..count.checked_mul(2)? {
        let line = lines.next().filter(|line| line.ends_with(b"\n"))?;
        bytes += line.len();
    }
    Some(bytes.next_multiple_of(BLOCK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_of_a_sparse_file_is_padded_to_a_block() {
        assert_eq!(map_bytes(b"1\n0\n3\nabc"), Some(512));
        assert_eq!(map_bytes(b"2\n0\n3\n9"), None);
        assert_eq!(map_bytes(b"abc\n"), None);
    }
}
