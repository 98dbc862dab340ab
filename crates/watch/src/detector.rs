//! Access events in the order of time become alarms.
//!
//! It holds what is watched of each key, what all keys together show, and what is known of leaks:
//! given the same leaks and events it gives the same alarms. Whoever feeds it sorts the events and
//! drops repeats ([`crate::sort_and_dedup`]). That a leaked key is used at all is a certainty of
//! another kind, which the risk event shows at once; here it is judged by whom.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use claviger_model::{AccessEvent, AccessKeyId, Alarm, Leak};
use hashbrown::HashMap;
use jiff::Timestamp;

use crate::dial::{Dial, Turned};
use crate::format::Minted;
use crate::grants::{Granted, Reach};
use crate::key_use::Use;
use crate::leaks::{Birth, Leaks, object_named};
use crate::live::{self, InvalidSnapshot};
use crate::lockstep::Lockstep;
use crate::place::Places;
use crate::sensor::{Asked, UnknownSensor};
use crate::source::Source;
use crate::tenant::{News, Tenant};
use crate::traits::{Reading, Traits, second};
use crate::watched::{Context, Watched, short_key};

/// The dial before anybody turned it.
pub const ALARMS_PER_DAY: f64 = 5.0;

/// Keys watched at once, about 1.2 GB. Refused requests may name any key, so somebody could invent
/// more; the ones unused for longest give way, an eighth at a time.
const KEYS_MAX: usize = 1 << 20;

/// What a user sets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The dial: about how many alarms a day, over all keys.
    pub alarms_per_day: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { alarms_per_day: ALARMS_PER_DAY }
    }
}

/// Judges the use of keys. A clone goes on by itself from where this one stands.
#[derive(Debug, Clone)]
pub struct Detector {
    pub(crate) dial: Dial,
    asked: Asked,
    pub(crate) turned: Turned,
    keys_max: usize,
    forgotten: u64,
    pub(crate) leaks: Leaks,
    places: Arc<Places>,
    pub(crate) tenant: Tenant,
    watched: HashMap<AccessKeyId, Box<Watched>>,
    /// The key of each account that came last.
    latest: HashMap<u64, AccessKeyId>,
    pub(crate) watched_since: Option<u32>,
    pub(crate) reading: Reading,
    news: Vec<News>,
    pub(crate) lockstep: Lockstep,
}

impl Detector {
    /// A detector that has seen nothing.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let mut detector = Self {
            dial: Dial::new(settings.alarms_per_day),
            asked: Asked::all(),
            turned: Turned::default(),
            keys_max: KEYS_MAX,
            forgotten: 0,
            leaks: Leaks::default(),
            places: Arc::default(),
            tenant: Tenant::default(),
            watched: HashMap::new(),
            latest: HashMap::new(),
            watched_since: None,
            reading: Reading::default(),
            news: Vec::new(),
            lockstep: Lockstep::default(),
        };
        detector.turn_dial();
        detector
    }

    /// Watches at most so many keys at once, of about 1.2 kB each.
    pub fn watch_at_most(&mut self, keys: usize) {
        self.keys_max = keys.max(1);
    }

    /// How many keys it forgot since there were too many.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Judges without a sensor from now on, to learn what it is worth.
    ///
    /// # Errors
    /// There is no sensor of this name.
    pub fn leave_out(&mut self, sensor: &str) -> Result<(), UnknownSensor> {
        if self.asked.leave_out(sensor) {
            return Ok(());
        }
        Err(UnknownSensor { name: sensor.to_owned() })
    }

    /// Takes networks and countries of addresses from here.
    pub fn set_places(&mut self, places: Arc<Places>) {
        self.places = places;
    }

    /// Replaces everything known of leaks. A leak counts from its own instant on, whenever it is
    /// told. Who read an object that holds a key still is remembered.
    pub fn set_leaks(&mut self, leaks: Vec<Leak>) {
        self.leaks.replace(leaks);
    }

    /// Replaces what is known of the leaks of some keys, as [`Self::set_leaks`] does of all.
    pub fn set_leaks_of(&mut self, keys: &[AccessKeyId], leaks: Vec<Leak>) {
        self.leaks.replace_of(keys, leaks);
    }

    /// Takes over who read the objects of the leaks known here, as another detector noted it.
    pub fn learn_readers(&mut self, other: &Self) {
        self.leaks.learn_readers(&other.leaks);
    }

    /// Adds a leak; one that is known already changes nothing.
    pub fn add_leak(&mut self, leak: Leak) {
        self.leaks.add(leak);
    }

    /// Adds that a key was made by another one, whenever it is told.
    pub fn mint(&mut self, minted: &Minted) {
        self.leaks.mint(minted);
    }

    /// Sets what rights the holder of some keys was given, whenever it is told.
    pub fn grant<'a>(
        &mut self,
        keys: &[AccessKeyId],
        granted: impl IntoIterator<Item = &'a Granted>,
    ) {
        self.leaks.grant(keys, Reach::of(granted));
    }

    /// Remembers who reads an object that holds a leaked key. [`Self::observe`] does it by itself;
    /// whoever judges with [`Self::judge_key`] tells every event here, those without a key, too. Whether
    /// the event is such a read.
    pub fn note_reader(&mut self, event: &AccessEvent) -> bool {
        self.leaks.asks_for_readers() && self.leaks.note_reader(event, &self.reading.of(event))
    }

    /// The same of an address that is known to have read an object since an instant.
    pub fn note_reading_since(&mut self, (bucket, object): (&str, &str), ip: &str, at: Timestamp) {
        let source = Source::of(Some(ip));
        if source.is_somewhere() {
            self.leaks.note_reading(object_named(bucket, object), source.address, second(at));
        }
    }

    /// Takes up what [`Self::snapshot`] gave for a key.
    ///
    /// # Errors
    /// The text is no snapshot, or one of another version.
    pub fn restore(
        &mut self,
        access_key_id: &AccessKeyId,
        snapshot: &str,
    ) -> Result<(), InvalidSnapshot> {
        let invalid = || InvalidSnapshot { access_key_id: access_key_id.clone() };
        let bytes = hex::decode(snapshot).map_err(|_| invalid())?;
        let watched = live::from_bytes(&bytes).ok_or_else(invalid)?;
        let since = watched.watched_since;
        self.watched_since = Some(self.watched_since.map_or(since, |known| known.min(since)));
        self.watched.insert(access_key_id.clone(), Box::new(watched));
        Ok(())
    }

    /// Everything remembered of a key, as text to keep; `None` for a key never seen.
    #[must_use]
    pub fn snapshot(&self, access_key_id: &AccessKeyId) -> Option<String> {
        let bytes = live::to_bytes(self.watched.get(access_key_id)?);
        Some(hex::encode(bytes))
    }

    /// Judges one event. Events come in the order of time; a late one is judged by what is known by
    /// then.
    pub fn observe(&mut self, event: &AccessEvent) -> Option<Alarm> {
        let id = event.access_key_id.as_ref().filter(|_| Use::is_use(event));
        if id.is_none() && !self.leaks.asks_for_readers() {
            return None;
        }
        let traits = self.reading.of(event);
        let _is_read = self.leaks.note_reader(event, &traits);
        self.judge(id?, event, &traits)
    }

    /// The same of a request with a key of our own: that we read an object says nothing of a thief.
    pub fn observe_own(&mut self, event: &AccessEvent) -> Option<Alarm> {
        let id = event.access_key_id.as_ref().filter(|_| Use::is_use(event))?;
        let traits = self.reading.of(event);
        self.judge(id, event, &traits)
    }

    fn judge(&mut self, id: &AccessKeyId, event: &AccessEvent, traits: &Traits) -> Option<Alarm> {
        self.watched_since.get_or_insert(traits.second);
        self.reach(traits.second);
        let watched = match self.watched.get_mut(id) {
            Some(watched) => watched,
            None => {
                self.begin(id, event, traits);
                self.watched.get_mut(id)?
            }
        };
        let context = context(
            (&self.leaks, &self.tenant, &self.places),
            (self.asked, self.turned.thresholds),
            (id, event, traits),
        );
        let alarm = watched.judge(event, traits, &context, &mut self.news);
        self.news.drain(..).for_each(|news| self.tenant.take(news));
        alarm
    }

    /// Begins to watch a key: with the habits of the one before it, where the same account had one.
    fn begin(&mut self, id: &AccessKeyId, event: &AccessEvent, traits: &Traits) {
        self.make_room();
        let account = line_of(event).map(|line| crate::sketch::hash(line.as_bytes()));
        let before = account.and_then(|account| self.latest.insert(account, id.clone()));
        let before = before.and_then(|before| self.watched.get(&before));
        let since = self.watched_since.unwrap_or(traits.second);
        let watched = before.map_or_else(|| Watched::new(since), |before| before.heir());
        self.watched.insert(id.clone(), Box::new(watched));
    }

    /// What is known beside a key itself, for an event of it.
    pub(crate) fn context<'a>(
        &'a self,
        id: &'a AccessKeyId,
        event: &AccessEvent,
        traits: &Traits,
    ) -> Context<'a> {
        context(
            (&self.leaks, &self.tenant, &self.places),
            (self.asked, self.thresholds_at(traits.day, traits.second)),
            (id, event, traits),
        )
    }

    /// Forgets the keys unused for longest where there are too many. A leaked key stays.
    fn make_room(&mut self) {
        if self.watched.len() < self.keys_max {
            return;
        }
        let mut idle: BTreeSet<(u32, AccessKeyId)> = BTreeSet::new();
        for (id, watched) in &self.watched {
            if !self.leaks.contains(id) {
                idle.insert((watched.last_seen(), id.clone()));
            }
        }
        for (_, id) in idle.into_iter().take((self.keys_max / 8).max(1)) {
            self.watched.remove(&id);
            self.forgotten += 1;
        }
    }
}

/// The account or role in whose name an event's key acts: keys of the same line follow each other.
/// The name of a session is left out.
#[must_use]
pub fn line_of(event: &AccessEvent) -> Option<&str> {
    let account = event.account.as_deref()?;
    if let Some(start) = account.find("assumed-role/") {
        let role = start + "assumed-role/".len();
        let end = account[role..].find('/').map_or(account.len(), |end| role + end);
        return Some(&account[..end]);
    }
    Some(account)
}

fn context<'a>(
    (leaks, tenant, places): (&'a Leaks, &'a Tenant, &'a Places),
    (asked, thresholds): (Asked, [f64; 2]),
    (id, event, traits): (&'a AccessKeyId, &AccessEvent, &Traits),
) -> Context<'a> {
    let exposure = leaks.exposure(id, event.time);
    let is_tainted = |birth: &&Birth| {
        let parent = short_key(&birth.parent);
        tenant.was_suspect(parent, birth.at, traits.second)
    };
    let birth = leaks.birth(id);
    Context {
        tenant,
        asked_of: None,
        places,
        asked,
        thresholds,
        id,
        exposure,
        read_at: exposure.and_then(|_| leaks.read_at(id, traits.source.address, traits.second)),
        tainted_by: birth.filter(is_tainted),
        reach: leaks.reach(id),
        granted_by: OnceCell::new(),
        inherited: birth
            .and_then(|birth| tenant.score_of_maker(short_key(&birth.parent), birth.at)),
    }
}
