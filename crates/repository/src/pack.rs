//! One pack and its index (gitformat-pack): where an object stands, and what it is made from.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::ZlibDecoder;

use crate::RepositoryError;
use crate::object::{Kind, ObjectId};

/// Largest index that is read: 30 million objects.
const INDEX_MAX: u64 = 1 << 30;
/// The table at the start of an index: how many names begin with no more than each byte.
const FANOUT: usize = 256 * 4;
/// The signature of an index of version 2.
const MAGIC: [u8; 8] = [0xFF, b't', b'O', b'c', 0, 0, 0, 2];
/// Longest head of an entry: size, and the name or the distance of its base.
const HEAD_MAX: usize = 48;
/// Bytes read from a pack at a time.
const BLOCK: usize = 16 * 1024;

/// What an entry is made from.
pub(crate) enum Entry {
    /// Nothing: it is whole.
    Whole(Kind),
    /// The entry at this offset.
    DeltaAt(u64),
    /// The object of this name.
    DeltaOf(ObjectId),
}

/// The compressed data of an entry.
#[derive(Clone, Copy)]
pub(crate) struct Data {
    /// Where they begin.
    at: u64,
    /// What they unpack to.
    pub(crate) bytes: u64,
}

/// A pack.
pub(crate) struct Pack {
    path: PathBuf,
    index: Vec<u8>,
    version_2: bool,
    count: usize,
    file: Arc<File>,
}

impl Pack {
    /// Opens the pack of an index.
    pub(crate) fn open(index: &Path) -> Result<Self, RepositoryError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| RepositoryError::Read { path, source }
        };
        let damaged = |why| RepositoryError::Index { path: index.to_owned(), why };
        let size = std::fs::metadata(index).map_err(failed(index))?.len();
        if size > INDEX_MAX {
            return Err(damaged("too large"));
        }
        let bytes = std::fs::read(index).map_err(failed(index))?;
        let pack = index.with_extension("pack");
        let file = File::open(&pack).map_err(failed(&pack))?;
        let version_2 = bytes.starts_with(&MAGIC);
        let (path, file) = (index.to_owned(), Arc::new(file));
        let mut pack = Self { path, index: bytes, version_2, count: 0, file };
        pack.count = pack.below(255);
        let least = match version_2 {
            true => pack.names() + pack.count.saturating_mul(28),
            false => FANOUT + pack.count.saturating_mul(24),
        };
        if pack.index.len() < least {
            return Err(damaged("cut off"));
        }
        Ok(pack)
    }

    /// Its index.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the table of names begins.
    fn names(&self) -> usize {
        if self.version_2 { MAGIC.len() + FANOUT } else { FANOUT }
    }

    /// How many names begin with no more than this byte.
    fn below(&self, byte: u8) -> usize {
        let start = self.names() - FANOUT + 4 * usize::from(byte);
        number(&self.index, start) as usize
    }

    fn name(&self, place: usize) -> Option<&[u8]> {
        let start = match self.version_2 {
            true => self.names() + 20 * place,
            false => FANOUT + 24 * place + 4,
        };
        self.index.get(start..start + 20)
    }

    /// The names of its objects.
    pub(crate) fn ids(&self) -> impl Iterator<Item = ObjectId> + '_ {
        let names = (0..self.count).filter_map(|place| self.name(place));
        names.filter_map(|name| name.try_into().ok().map(ObjectId))
    }

    /// Where an object stands.
    pub(crate) fn find(&self, id: &ObjectId) -> Option<u64> {
        let first = id.0[0];
        let mut low = if first == 0 { 0 } else { self.below(first - 1) };
        let mut high = self.below(first).min(self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.name(middle)?.cmp(id.0.as_slice()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(self.offset(middle)),
            }
        }
        None
    }

    fn offset(&self, place: usize) -> u64 {
        if !self.version_2 {
            return u64::from(number(&self.index, FANOUT + 24 * place));
        }
        // Names, then a checksum each, then an offset each, then the offsets that need eight bytes.
        let offsets = self.names() + 24 * self.count;
        let offset = number(&self.index, offsets + 4 * place);
        if offset & 0x8000_0000 == 0 {
            return u64::from(offset);
        }
        let long = offsets + 4 * self.count + 8 * (offset & 0x7FFF_FFFF) as usize;
        u64::from(number(&self.index, long)) << 32 | u64::from(number(&self.index, long + 4))
    }

    /// What stands at an offset, and its data; `None` when it is damaged.
    pub(crate) fn entry(&self, offset: u64) -> Option<(Entry, Data)> {
        let mut head = [0; HEAD_MAX];
        let read = self.file.read_at(&mut head, offset).ok()?;
        let head = &head[..read];
        let first = *head.first()?;
        let (mut at, mut shift) = (1, 4);
        let mut bytes = u64::from(first & 0xF);
        let mut more = first & 0x80 != 0;
        while more {
            let byte = *head.get(at)?;
            bytes |= u64::from(byte & 0x7F).checked_shl(shift)?;
            more = byte & 0x80 != 0;
            (at, shift) = (at + 1, shift + 7);
        }
        let entry = match first >> 4 & 7 {
            1 => Entry::Whole(Kind::Commit),
            2 => Entry::Whole(Kind::Tree),
            3 => Entry::Whole(Kind::Blob),
            4 => Entry::Whole(Kind::Tag),
            6 => {
                let mut back = 0u64;
                loop {
                    let byte = *head.get(at)?;
                    at += 1;
                    back = back.checked_mul(128)? | u64::from(byte & 0x7F);
                    if byte & 0x80 == 0 {
                        break;
                    }
                    back += 1;
                }
                Entry::DeltaAt(offset.checked_sub(back).filter(|_| back > 0)?)
            }
            7 => {
                let id = head.get(at..at + 20)?.try_into().ok()?;
                at += 20;
                Entry::DeltaOf(ObjectId(id))
            }
            _ => return None,
        };
        Some((entry, Data { at: offset + at as u64, bytes }))
    }

    /// The data of an entry, unpacked.
    pub(crate) fn inflate(&self, data: Data) -> impl Read + Send + use<> {
        let from = FileFrom { file: Arc::clone(&self.file), at: data.at };
        ZlibDecoder::new_with_buf(from, vec![0; BLOCK.min(data.bytes as usize + 64)])
    }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    four.map_or(0, u32::from_be_bytes)
}

/// A file from an offset, which others read at the same time.
struct FileFrom {
    file: Arc<File>,
    at: u64,
}

impl Read for FileFrom {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
