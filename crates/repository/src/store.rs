//! Objects by name: loose ones, those in packs, and those of the repositories that are borrowed from.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::read::ZlibDecoder;

use crate::object::{Kind, ObjectId};
use crate::pack::{Entry, Pack};
use crate::{ApplyDelta, RepositoryError};

/// Largest object that is held in memory. What is larger and no delta is read as it comes.
const HELD_MAX: usize = 256 << 20;
/// Longest chain of deltas; git itself makes 50, `gc --aggressive` 250.
const CHAIN_MAX: usize = 4096;
/// Repositories that borrow from each other (git follows five).
const BORROW_MAX: usize = 5;
/// Bytes of objects that are kept, since others are made from them.
const CACHE_BYTES: usize = 64 << 20;
/// Larger objects are not kept.
const CACHED_MAX: usize = 8 << 20;

/// An object that may be long.
pub(crate) enum Content {
    /// In memory.
    Held(Arc<Vec<u8>>),
    /// As it comes.
    Streamed(Box<dyn Read + Send>),
}

/// The objects of one folder, and of those it borrows from.
pub(crate) struct Store {
    folders: Vec<PathBuf>,
    packs: Vec<Pack>,
    /// How many of the packs are the folder's own.
    own_packs: usize,
    apply_delta: ApplyDelta,
    cache: Mutex<Cache>,
}

/// Where an object stands: the pack's number and the offset.
type Place = (usize, u64);

#[derive(Default)]
struct Cache {
    objects: HashMap<Place, (Kind, Arc<Vec<u8>>)>,
    order: VecDeque<Place>,
    bytes: usize,
}

impl Store {
    pub(crate) fn open(folder: &Path, apply_delta: ApplyDelta) -> Result<Self, RepositoryError> {
        let mut folders = vec![folder.to_owned()];
        let mut open = vec![(folder.to_owned(), 0)];
        while let Some((folder, depth)) = open.pop() {
            let lent = std::fs::read_to_string(folder.join("info/alternates")).unwrap_or_default();
            for line in lent.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                let other = folder.join(line);
                if depth < BORROW_MAX && other.is_dir() && !folders.contains(&other) {
                    folders.push(other.clone());
                    open.push((other, depth + 1));
                }
            }
        }
        let (mut packs, mut own_packs) = (Vec::new(), 0);
        for (number, folder) in folders.iter().enumerate() {
            let mut names: Vec<PathBuf> = match std::fs::read_dir(folder.join("pack")) {
                Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
                Err(_) => Vec::new(),
            };
            names.retain(|path| path.extension().is_some_and(|ending| ending == "idx"));
            names.sort();
            for name in names {
                packs.push(Pack::open(&name)?);
            }
            if number == 0 {
                own_packs = packs.len();
            }
        }
        Ok(Self { folders, packs, own_packs, apply_delta, cache: Mutex::default() })
    }

    /// The names of all objects of the folder itself, in the order of packs and names, some twice.
    pub(crate) fn own_ids(&self) -> Vec<ObjectId> {
        let mut ids: Vec<ObjectId> =
            self.packs[..self.own_packs].iter().flat_map(Pack::ids).collect();
        let mut loose = Vec::new();
        for first in 0..=255u8 {
            let folder = self.folders[0].join(hex::encode([first]));
            let Ok(entries) = std::fs::read_dir(folder) else { continue };
            let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
            let whole = names.map(|name| format!("{}{name}", hex::encode([first])));
            loose.extend(whole.filter_map(|name| ObjectId::parse(&name)));
        }
        loose.sort_unstable();
        ids.extend(loose);
        ids
    }

    /// An object whole, if it is no larger than memory allows; `None` when it is missing or damaged.
    pub(crate) fn read(&self, id: &ObjectId) -> Option<(Kind, Arc<Vec<u8>>)> {
        match self.open_object(id)? {
            (kind, Content::Held(bytes)) => Some((kind, bytes)),
            (kind, Content::Streamed(reader)) => {
                let mut bytes = Vec::new();
                reader.take(HELD_MAX as u64 + 1).read_to_end(&mut bytes).ok()?;
                (bytes.len() <= HELD_MAX).then(|| (kind, Arc::new(bytes)))
            }
        }
    }

    /// An object, to be read from its start; `None` when it is missing, damaged, or a delta of something
    /// too large.
    pub(crate) fn open_object(&self, id: &ObjectId) -> Option<(Kind, Content)> {
        for (number, pack) in self.packs.iter().enumerate() {
            if let Some(offset) = pack.find(id) {
                return self.packed(number, offset);
            }
        }
        self.folders.iter().find_map(|folder| loose(folder, id))
    }

    /// What an object is; cheaper than to read it.
    pub(crate) fn kind(&self, id: &ObjectId) -> Option<Kind> {
        for pack in &self.packs {
            let Some(mut offset) = pack.find(id) else { continue };
            for _ in 0..CHAIN_MAX {
                match pack.entry(offset)? {
                    (Entry::Whole(kind), _) => return Some(kind),
                    (Entry::DeltaAt(base), _) => offset = base,
                    (Entry::DeltaOf(base), _) => return self.kind(&base),
                }
            }
            return None;
        }
        self.folders.iter().find_map(|folder| loose(folder, id)).map(|(kind, _)| kind)
    }

    fn packed(&self, number: usize, offset: u64) -> Option<(Kind, Content)> {
        let pack = &self.packs[number];
        let (mut at, mut deltas) = (offset, Vec::new());
        let (kind, mut content) = loop {
            if let Some(known) = self.cached((number, at)) {
                break known;
            }
            if deltas.len() > CHAIN_MAX {
                return None;
            }
            match pack.entry(at)? {
                (Entry::Whole(kind), data) if deltas.is_empty() => {
                    let reader = pack.inflate(data);
                    if data.bytes > CACHED_MAX as u64 {
                        return Some((kind, Content::Streamed(Box::new(reader))));
                    }
                    break (kind, self.keep((number, at), kind, held(reader)?));
                }
                (Entry::Whole(kind), data) => {
                    break (kind, self.keep((number, at), kind, held(pack.inflate(data))?));
                }
                (Entry::DeltaAt(base), data) => {
                    deltas.push((at, held(pack.inflate(data))?));
                    at = base;
                }
                (Entry::DeltaOf(base), data) => {
                    deltas.push((at, held(pack.inflate(data))?));
                    // A pack that was not made whole has its base elsewhere.
                    match pack.find(&base) {
                        Some(place) => at = place,
                        None => break self.read(&base)?,
                    }
                }
            }
        };
        for (at, delta) in deltas.into_iter().rev() {
            let made = (self.apply_delta)(&content, &delta, HELD_MAX)?;
            content = self.keep((number, at), kind, made);
        }
        Some((kind, Content::Held(content)))
    }

    fn cached(&self, place: Place) -> Option<(Kind, Arc<Vec<u8>>)> {
        let cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.objects.get(&place).cloned()
    }

    fn keep(&self, place: Place, kind: Kind, bytes: Vec<u8>) -> Arc<Vec<u8>> {
        let bytes = Arc::new(bytes);
        if bytes.len() > CACHED_MAX {
            return bytes;
        }
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.objects.insert(place, (kind, Arc::clone(&bytes))).is_none() {
            cache.bytes += bytes.len();
            cache.order.push_back(place);
        }
        while cache.bytes > CACHE_BYTES {
            let Some(oldest) = cache.order.pop_front() else { break };
            if let Some((_, gone)) = cache.objects.remove(&oldest) {
                cache.bytes -= gone.len();
            }
        }
        bytes
    }
}

fn held(reader: impl Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(HELD_MAX as u64 + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() <= HELD_MAX).then_some(bytes)
}

/// A loose object: kind, size, a zero, and the content, compressed together.
fn loose(folder: &Path, id: &ObjectId) -> Option<(Kind, Content)> {
    let name = id.hex();
    let file = File::open(folder.join(&name[..2]).join(&name[2..])).ok()?;
    let mut reader = ZlibDecoder::new(file);
    let mut head = Vec::new();
    let mut byte = [0];
    while head.len() < 32 {
        reader.read_exact(&mut byte).ok()?;
        if byte[0] == 0 {
            break;
        }
        head.push(byte[0]);
    }
    let word = head.split(|byte| *byte == b' ').next()?;
    Some((Kind::of_word(word)?, Content::Streamed(Box::new(reader))))
}
