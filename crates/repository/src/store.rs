//! Objects by name: loose ones, those in packs, and those of the repositories that are borrowed from.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use flate2::read::ZlibDecoder;

use crate::object::{Kind, ObjectId};
use crate::pack::{Data, Entry, Pack};
use crate::{ApplyDelta, RepositoryError};

/// Largest object that is held in memory. What is larger and no delta is read as it comes.
const HELD_MAX: usize = 256 << 20;
/// Longest chain of deltas; git itself makes 50, `gc --aggressive` 250.
const CHAIN_MAX: usize = 4096;
/// Bytes that are made for one object, over all of its deltas: what a chain costs at most in time.
const MADE_MAX: u64 = 8 << 30;
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
    /// In the order in which they were found: one keeps its number, and can be read when its file is gone.
    packs: RwLock<Vec<Arc<Pack>>>,
    apply_delta: ApplyDelta,
    cache: Mutex<Cache>,
    /// Once it is set, no object is found any more: whoever reads comes to an end soon.
    pub(crate) end: Arc<AtomicBool>,
}

/// Where an object stands: the pack's number and the offset.
type Place = (usize, u64);

/// An object in memory.
type Whole = (Kind, Arc<Vec<u8>>);

#[derive(Default)]
struct Cache {
    objects: HashMap<Place, Whole>,
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
        let store = Self {
            folders,
            packs: RwLock::default(),
            apply_delta,
            cache: Mutex::default(),
            end: Arc::default(),
        };
        store.list_packs()?;
        Ok(store)
    }

    /// Opens the packs that came since they were listed last. Whether there is one.
    fn list_packs(&self) -> Result<bool, RepositoryError> {
        let mut packs = self.packs.write().unwrap_or_else(PoisonError::into_inner);
        let before = packs.len();
        for folder in &self.folders {
            for path in indexes(folder) {
                if packs.iter().any(|pack| pack.path() == path) {
                    continue;
                }
                match Pack::open(&path) {
                    Ok(pack) => packs.push(Arc::new(pack)),
                    // Tidying took it away; what it held lies in a pack that was there before that.
                    Err(RepositoryError::Read { source, .. })
                        if source.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(packs.len() > before)
    }

    fn packs(&self) -> Vec<Arc<Pack>> {
        self.packs.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn pack(&self, number: usize) -> Option<Arc<Pack>> {
        self.packs.read().unwrap_or_else(PoisonError::into_inner).get(number).cloned()
    }

    /// The names of all objects of the folder itself, in the order of packs and names, some twice.
    pub(crate) fn own_ids(&self) -> Vec<ObjectId> {
        let packs = self.packs();
        let own = packs.iter().filter(|pack| pack.path().starts_with(&self.folders[0]));
        let mut ids: Vec<ObjectId> = own.flat_map(|pack| pack.ids()).collect();
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
    pub(crate) fn read(&self, id: &ObjectId) -> Option<Whole> {
        whole(self.open_object(id)?)
    }

    /// An object, to be read from its start; `None` when it is missing, damaged, or a delta of something
    /// too large.
    pub(crate) fn open_object(&self, id: &ObjectId) -> Option<(Kind, Content)> {
        if self.end.load(Ordering::Relaxed) {
            return None;
        }
        match self.find(id) {
            Some(place) => self.packed(place),
            None => self.loose(id).or_else(|| self.packed(self.find_anew(id)?)),
        }
    }

    /// What an object is; cheaper than to read it.
    pub(crate) fn kind(&self, id: &ObjectId) -> Option<Kind> {
        let mut at = match self.find(id) {
            Some(place) => place,
            None => match self.loose(id) {
                Some((kind, _)) => return Some(kind),
                None => self.find_anew(id)?,
            },
        };
        for _ in 0..CHAIN_MAX {
            match self.pack(at.0)?.entry(at.1)? {
                (Entry::Whole(kind), _) => return Some(kind),
                (Entry::DeltaAt(base), _) => at.1 = base,
                (Entry::DeltaOf(base), _) => match self.find_near(at.0, &base) {
                    Some(place) => at = place,
                    None => return self.loose(&base).map(|(kind, _)| kind),
                },
            }
        }
        None
    }

    /// Where an object stands in the packs that are known.
    fn find(&self, id: &ObjectId) -> Option<Place> {
        let packs = self.packs.read().unwrap_or_else(PoisonError::into_inner);
        packs.iter().enumerate().find_map(|(number, pack)| Some((number, pack.find(id)?)))
    }

    /// Where the base of a delta stands: in its own pack, or, where that was not made whole, in another.
    fn find_near(&self, number: usize, id: &ObjectId) -> Option<Place> {
        let own = self.pack(number)?.find(id).map(|offset| (number, offset));
        own.or_else(|| self.find(id))
    }

    /// Where an object stands in packs that came since: git packs what lies about, and packs it anew.
    fn find_anew(&self, id: &ObjectId) -> Option<Place> {
        self.list_packs().ok().filter(|is_new| *is_new)?;
        self.find(id)
    }

    fn loose(&self, id: &ObjectId) -> Option<(Kind, Content)> {
        self.folders.iter().find_map(|folder| loose(folder, id))
    }

    /// An object out of its pack. Of a chain of deltas only their places are held, and one object of it at a time.
    fn packed(&self, place: Place) -> Option<(Kind, Content)> {
        let mut deltas: Vec<(Place, Data)> = Vec::new();
        let mut at = place;
        let (kind, mut content) = loop {
            if let Some(known) = self.cached(at) {
                break known;
            }
            if deltas.len() > CHAIN_MAX {
                return None;
            }
            let pack = self.pack(at.0)?;
            let (entry, data) = pack.entry(at.1)?;
            match entry {
                Entry::Whole(kind) if deltas.is_empty() && data.bytes > CACHED_MAX as u64 => {
                    return Some((kind, Content::Streamed(Box::new(pack.inflate(data)))));
                }
                Entry::Whole(kind) => break (kind, self.keep(at, kind, held(&pack, data)?)),
                Entry::DeltaAt(base) => {
                    deltas.push((at, data));
                    at.1 = base;
                }
                Entry::DeltaOf(base) => {
                    deltas.push((at, data));
                    match self.find_near(at.0, &base) {
                        Some(place) => at = place,
                        None => break whole(self.loose(&base)?)?,
                    }
                }
            }
        };
        let mut made_bytes = 0;
        for (at, data) in deltas.into_iter().rev() {
            let delta = held(self.pack(at.0)?.as_ref(), data)?;
            let made = (self.apply_delta)(&content, &delta, HELD_MAX)?;
            made_bytes += made.len() as u64;
            if made_bytes > MADE_MAX || self.end.load(Ordering::Relaxed) {
                return None;
            }
            content = self.keep(at, kind, made);
        }
        Some((kind, Content::Held(content)))
    }

    fn cached(&self, place: Place) -> Option<Whole> {
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

/// The indexes of the packs of a folder, in the order of their names.
fn indexes(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("pack"));
    let mut paths: Vec<PathBuf> =
        entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "idx"));
    paths.sort();
    paths
}

/// An object whole, if it is no larger than memory allows.
fn whole((kind, content): (Kind, Content)) -> Option<Whole> {
    match content {
        Content::Held(bytes) => Some((kind, bytes)),
        Content::Streamed(reader) => {
            let mut bytes = Vec::new();
            reader.take(HELD_MAX as u64 + 1).read_to_end(&mut bytes).ok()?;
            (bytes.len() <= HELD_MAX).then(|| (kind, Arc::new(bytes)))
        }
    }
}

/// What an entry unpacks to, if it is as long as it says and no longer than memory allows.
fn held(pack: &Pack, data: Data) -> Option<Vec<u8>> {
    let size = usize::try_from(data.bytes).ok().filter(|size| *size <= HELD_MAX)?;
    let mut bytes = Vec::with_capacity(size);
    pack.inflate(data).take(data.bytes + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() == size).then_some(bytes)
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
