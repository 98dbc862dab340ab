//! The keys that were used last, in memory: as many as there is room for. A key that left is read again
//! when it is used.
//!
//! Where more events come within the lateness window than there is room for, the window becomes shorter: what comes
//! later than that is judged from the history.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use claviger_model::{AccessEvent, AccessKeyId};
use jiff::{SignedDuration, Timestamp};

use super::batch::OneKey;
use super::held::Held;
use super::watcher::{WatchNews, Watcher};
use super::window::Window;
use crate::Service;

/// Keys remembered as read in this process; beyond it they count as not read, which costs little.
const READ_MAX: usize = 2_000_000;

/// So many events a key fill the room by their number; fewer, and it is the keys that are many.
const EVENTS_A_KEY: usize = 8;

/// The keys in memory.
#[derive(Debug)]
pub(crate) struct Room {
    /// With when each was used last. Boxed: the table has room for twice as many.
    keys: HashMap<AccessKeyId, (u64, Box<Held>)>,
    clock: u64,
    bytes: usize,
    /// Their events that are kept one by one.
    events: usize,
    bytes_max: usize,
    /// Hashes of keys that this process read, and whose events it judged and kept since: of others a predecessor may
    /// have been killed between the history and the rest. What it may have left of these, they know themselves.
    read: HashSet<u64>,
    /// What every key that was used since then asked about others is known.
    known_since: Option<Timestamp>,
    /// The detector, with what all keys show.
    pub(super) watcher: Watcher,
    /// How long their events are kept one by one.
    window: Window,
    /// Keys whose newest instant is judged ahead, since when; and which of them are kept as such.
    ahead: BTreeMap<AccessKeyId, Timestamp>,
    ahead_kept: BTreeSet<AccessKeyId>,
    /// Keys whose history is being judged: up to when, and whether older events came meanwhile.
    rejudged: HashMap<AccessKeyId, (Timestamp, bool)>,
}

impl Room {
    /// A room of so many bytes; events are kept one by one for the lateness window, if there is room.
    pub(crate) fn new(bytes_max: u64, lateness: SignedDuration) -> Self {
        Self {
            keys: HashMap::new(),
            clock: 0,
            bytes: 0,
            events: 0,
            bytes_max: usize::try_from(bytes_max).unwrap_or(usize::MAX),
            read: HashSet::new(),
            known_since: None,
            watcher: Watcher::default(),
            window: Window::new(lateness),
            ahead: BTreeMap::new(),
            ahead_kept: BTreeSet::new(),
            rejudged: HashMap::new(),
        }
    }

    /// Takes a key out, to work on it.
    pub(crate) fn take(&mut self, key: &AccessKeyId) -> Option<Held> {
        let (_, held) = self.keys.remove(key)?;
        self.leave(&held);
        Some(*held)
    }

    fn leave(&mut self, held: &Held) {
        self.bytes = self.bytes.saturating_sub(held.bytes());
        self.events = self.events.saturating_sub(held.recent().len());
    }

    /// Takes all keys out that are meant.
    pub(crate) fn take_all(&mut self, is_meant: impl Fn(&Held) -> bool) -> Vec<Held> {
        let meant = self.keys.iter().filter(|(_, (_, held))| is_meant(held));
        let names: Vec<AccessKeyId> = meant.map(|(key, _)| key.clone()).collect();
        names.iter().filter_map(|key| self.take(key)).collect()
    }

    /// The names of all keys that are meant; they stay.
    pub(crate) fn meant(&self, is_meant: impl Fn(&Held) -> bool) -> Vec<AccessKeyId> {
        let meant = self.keys.iter().filter(|(_, (_, held))| is_meant(held));
        meant.map(|(key, _)| key.clone()).collect()
    }

    /// Looks at a key that stays.
    pub(crate) fn peek(&self, key: &AccessKeyId) -> Option<&Held> {
        self.keys.get(key).map(|(_, held)| &**held)
    }

    /// Puts a key back; those unused for longest leave for it.
    pub(crate) fn put(&mut self, key: AccessKeyId, held: Held) {
        self.clock += 1;
        self.bytes += held.bytes();
        self.events += held.recent().len();
        if self.read.len() >= READ_MAX {
            self.read.clear();
        }
        self.read.insert(hash(&key));
        match held.ahead_at() {
            Some(at) => drop(self.ahead.insert(key.clone(), at)),
            None => drop(self.ahead.remove(&key)),
        }
        if let Some((_, former)) = self.keys.insert(key, (self.clock, Box::new(held))) {
            self.leave(&former);
        }
        if self.bytes > self.bytes_max / 5 * 4 {
            self.shorten_window();
        }
        if self.bytes > self.bytes_max {
            self.make_room();
        }
    }

    /// Whether any key is judged ahead.
    pub(crate) fn is_any_ahead(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// Keys whose newest instant, judged ahead, is before another.
    pub(super) fn ahead_before(&self, until: Timestamp) -> BTreeSet<AccessKeyId> {
        self.ahead.iter().filter(|(_, at)| **at < until).map(|(key, _)| key.clone()).collect()
    }

    /// Nothing is known of these keys any more.
    pub(super) fn forget_ahead(&mut self, keys: &BTreeSet<AccessKeyId>) {
        self.ahead.retain(|key, _| !keys.contains(key));
    }

    /// Which keys are to be kept as judged ahead once these are put back, where others are now.
    pub(crate) fn ahead_news(&self, keys: &[OneKey]) -> Option<BTreeSet<AccessKeyId>> {
        let mut ahead: BTreeSet<AccessKeyId> = self.ahead.keys().cloned().collect();
        for one in keys {
            match one.held.ahead_at() {
                Some(_) => drop(ahead.insert(one.key.clone())),
                None => drop(ahead.remove(&one.key)),
            }
        }
        (ahead != self.ahead_kept).then_some(ahead)
    }

    /// They were kept.
    pub(crate) fn ahead_was_kept(&mut self, news: Option<BTreeSet<AccessKeyId>>) {
        if let Some(ahead) = news {
            self.ahead_kept = ahead;
        }
    }

    /// A key that was taken out is not put back: what is kept of it counts.
    pub(crate) fn forget(&mut self, key: &AccessKeyId) {
        drop(self.take(key));
        self.read.remove(&hash(key));
    }

    /// Whether it is known what every key asked about others that was used since an instant.
    pub(crate) fn knows_since(&self, since: Timestamp) -> bool {
        self.known_since.is_some_and(|known| known <= since)
    }

    /// It is known from now on.
    pub(crate) fn know_since(&mut self, since: Timestamp) {
        self.known_since = Some(since);
    }

    /// What all keys show by now follows from what was kept.
    pub(crate) fn keep_watch(&mut self, service: &Service) {
        self.watcher.was_kept();
        self.watcher.keep(service);
    }

    /// What all keys show by now follows from what was not kept, and how keys are held from that.
    pub(crate) fn forget_watch(&mut self) {
        self.watcher.forget();
        self.keys.clear();
        (self.bytes, self.events) = (0, 0);
        self.read.clear();
        self.known_since = None;
    }

    /// What is to be kept of what all keys show.
    pub(crate) fn watch_news(&mut self) -> WatchNews {
        self.watcher.news()
    }

    /// The detector at work learns who read objects that hold a key.
    pub(crate) fn note_reads(&mut self, reads: &[AccessEvent]) {
        self.watcher.note_past_readers(reads);
    }

    /// Whether this process read the key, and kept all that came of its events since.
    pub(crate) fn was_read(&self, key: &AccessKeyId) -> bool {
        self.read.contains(&hash(key))
    }

    /// Bytes that the keys take, about, and how many there are.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.bytes, self.keys.len())
    }

    /// How long events are kept one by one.
    pub(crate) fn kept_for(&self) -> SignedDuration {
        self.window.length()
    }

    /// The log has come to an instant: events are kept one by one for as long as there is room from now on.
    pub(crate) fn move_on(&mut self, newest: Timestamp) {
        self.window.move_on(newest, self.bytes < self.bytes_max / 3);
    }

    /// Where events fill the room, they are kept one by one for a shorter time: a key that leaves for them would
    /// have to be read again in a moment.
    fn shorten_window(&mut self) {
        if self.events > self.keys.len() * EVENTS_A_KEY {
            self.window.overflow();
        }
    }

    fn make_room(&mut self) {
        let mut by_use: Vec<(u64, AccessKeyId)> =
            self.keys.iter().map(|(key, (used, _))| (*used, key.clone())).collect();
        by_use.sort_unstable();
        for (_, key) in by_use {
            if self.bytes <= self.bytes_max / 4 * 3 {
                break;
            }
            if self.take(&key).is_some_and(|held| held.is_unsure()) {
                self.read.remove(&hash(&key));
            }
        }
    }

    /// Somebody judges the history of a key up to an instant.
    pub(crate) fn begin_rejudging(&mut self, key: &AccessKeyId, until: Timestamp) {
        self.rejudged.insert(key.clone(), (until, false));
    }

    /// An event of a key came.
    pub(crate) fn note(&mut self, key: &AccessKeyId, time: Timestamp) {
        if let Some((until, is_stale)) = self.rejudged.get_mut(key) {
            *is_stale |= time < *until;
        }
    }

    /// Nobody judges the history of a key any more. Whether older events came meanwhile.
    pub(crate) fn end_rejudging(&mut self, key: &AccessKeyId) -> bool {
        self.rejudged.remove(key).is_some_and(|(_, is_stale)| is_stale)
    }
}

fn hash(key: &AccessKeyId) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.as_str().hash(&mut hasher);
    hasher.finish()
}
