//! The events that go together in one transaction, and what they mean for each key.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use claviger_model::{AccessEvent, AccessKeyId, Leak};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{Grant, KeyLine, KeyState, MintedKey};
use claviger_watch::{Detector, Overtaken, Use as KeyUse};
use jiff::{SignedDuration, Timestamp};

use super::ahead;
use super::anew;
use super::change::Change;
use super::handed_on;
use super::held::Held;
use super::leaks::{self, Exposed};
use super::lineage::{self, Before};
use super::lockstep;
use super::past;
use super::room::Room;
use crate::job::{Kind, enqueue};
use crate::{Service, ServiceError};

/// Keys that were judged by what is no longer so are judged anew in so many rounds at most: each goes forward
/// in time.
const ROUNDS_MAX: usize = 32;

/// Events that are folded with one batch, about: where the window becomes shorter, all keys are to be folded, and
/// nobody should wait for all of them at once.
const FOLDED_MAX: usize = 20_000;

/// How long a key whose history must be judged anew waits for more of the same.
pub(crate) const REJUDGE_AFTER: SignedDuration = SignedDuration::from_secs(2);

/// What one delivery brought to a batch.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Its events among those of the batch.
    pub(crate) range: Range<usize>,
    /// When it could be read first, where that is known.
    pub(crate) delivered_at: Option<Timestamp>,
    /// When it was read.
    pub(crate) read_at: Timestamp,
}

/// Events that go together.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The events, delivery by delivery.
    pub(crate) events: Arc<Vec<AccessEvent>>,
    /// The deliveries.
    pub(crate) parts: Vec<Part>,
    /// Keys that were made by some of the events.
    pub(crate) minted: Vec<MintedKey>,
    /// Rights that were given by some of the events.
    pub(crate) grants: Vec<Grant>,
    /// Places of the events that read an object which holds a key, once they are judged.
    pub(crate) leak_reads: Vec<usize>,
    /// Whether keys that are judged ahead are judged in order.
    pub(crate) settles: bool,
}

/// One key of a batch.
pub(crate) struct OneKey {
    pub(crate) key: AccessKeyId,
    pub(crate) held: Held,
    /// Places of its events in the batch, in the order of time.
    places: Vec<usize>,
    /// Places of those that were not known.
    pub(crate) fresh: Vec<usize>,
    /// Of these, and of those that are so old that nobody knows whether they were told: telling twice is telling
    /// once.
    pub(crate) told: Vec<usize>,
    /// Whether its history must be judged anew.
    pub(crate) is_late: bool,
    /// The leak that it is judged under.
    pub(crate) exposed: Option<Exposed>,
    /// What changed about its alarms.
    pub(crate) change: Change,
    /// Its requests of the stretches that late ones belong to, out of the history.
    pub(crate) older: Vec<AccessEvent>,
    /// How it began, where it begins in the batch.
    pub(crate) birth: Option<KeyLine>,
    /// Its state, where another is to be kept.
    pub(crate) state: Option<KeyState>,
}

impl Batch {
    /// The delivery that brought an event.
    pub(crate) fn part_of(&self, place: usize) -> Option<&Part> {
        self.parts.get(self.parts.partition_point(|part| part.range.end <= place))
    }

    /// The events at some places.
    pub(crate) fn at(&self, places: &[usize]) -> Vec<&AccessEvent> {
        places.iter().filter_map(|place| self.events.get(*place)).collect()
    }

    /// The places of the uses of each key, by time.
    fn by_key(&self) -> BTreeMap<&AccessKeyId, Vec<usize>> {
        let mut by_key: BTreeMap<&AccessKeyId, Vec<usize>> = BTreeMap::new();
        for (place, event) in self.events.iter().enumerate() {
            if let Some(key) = event.access_key_id.as_ref().filter(|_| KeyUse::is_use(event)) {
                by_key.entry(key).or_default().push(place);
            }
        }
        if self.parts.len() > 1 {
            for places in by_key.values_mut() {
                places.sort_by_key(|place| self.events.get(*place).map(|event| event.time));
            }
        }
        by_key
    }

    /// Writes the events to the history and judges them. The keys leave the room; whoever keeps what came of
    /// them puts them back.
    pub(crate) async fn judge(
        &mut self,
        service: &Service,
        room: &mut Room,
    ) -> Result<Vec<OneKey>, ServiceError> {
        let mut keys = self.take_in(service, room).await?;
        ahead::end(service, room, &mut keys, self).await?;
        ask_for_the_late(service, &keys).await?;
        let mut reader = service.store().read().await?;
        let mut detector = room.watcher.take(service, &mut reader, &self.events).await?;
        self.leak_reads = room.watcher.note_readers(&mut detector, &self.events);
        let begun =
            self.prepare(service, (room, &[]), &mut reader, &mut detector, &mut keys).await?;
        drop(reader);
        let (written, judged) =
            tokio::join!(append(service, self.events.clone()), in_lockstep(detector, keys, begun));
        let (mut keys, mut detector, mut overtaken) = judged?;
        written?;
        overtaken.keys.extend(handed_on::reached(service, room, &keys, &self.grants).await?);
        for _ in 0..ROUNDS_MAX {
            let mut anew = anew::take(service, room, &mut keys, overtaken, self).await?;
            if anew.is_empty() {
                break;
            }
            let mut reader = service.store().read().await?;
            let begun =
                self.prepare(service, (room, &keys), &mut reader, &mut detector, &mut anew).await?;
            drop(reader);
            (anew, detector, overtaken) = in_lockstep(detector, anew, begun).await?;
            keys.extend(anew);
            keys.sort_by(|a, b| a.key.cmp(&b.key));
        }
        if let Some(newest) = self.events.iter().map(|event| event.time).max() {
            room.move_on(newest.min(service.now()));
        }
        let (keys, detector) = fold(service, detector, keys, room.kept_for()).await?;
        room.watcher.put(detector);
        Ok(keys)
    }

    /// Tells the detector what is known of the keys beside their events, and finds whose habits those begin
    /// with that begin.
    async fn prepare(
        &self,
        service: &Service,
        (room, judged): (&mut Room, &[OneKey]),
        reader: &mut AnyConnection,
        detector: &mut Detector,
        keys: &mut [OneKey],
    ) -> Result<HashMap<usize, Before>, ServiceError> {
        for one in keys.iter_mut() {
            let own: Vec<Leak> = one.exposed.iter().map(|one| one.leak.clone()).collect();
            if one.held.know(&own) {
                room.watcher.doubt_leaks(&one.key);
            }
            own.into_iter().for_each(|leak| detector.add_leak(leak));
        }
        let held: Vec<&Held> = keys.iter().map(|one| &one.held).collect();
        handed_on::tell(reader, detector, &held, (&self.minted, &self.grants)).await?;
        lineage::find(service, reader, (room, judged), detector, keys).await
    }

    /// Brings the keys into memory and hands them their events.
    async fn take_in(
        &self,
        service: &Service,
        room: &mut Room,
    ) -> Result<Vec<OneKey>, ServiceError> {
        let by_key = self.by_key();
        if by_key.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<&AccessKeyId> = by_key.keys().copied().collect();
        let mut reader = service.store().read().await?;
        let mut leaks = leaks::of_keys(&mut reader, &names, &self.minted).await?;
        let mut held: HashMap<&AccessKeyId, Held> = HashMap::new();
        held.extend(names.iter().filter_map(|key| Some((*key, room.take(key)?))));
        let cold: Vec<&AccessKeyId> =
            names.iter().filter(|key| !held.contains_key(**key)).copied().collect();
        let mut loaded = past::load(service, &mut reader, &cold).await?;
        drop(reader);
        let mut keys = Vec::with_capacity(by_key.len());
        for (key, places) in by_key {
            let held = held
                .remove(key)
                .or_else(|| loaded.remove(key))
                .unwrap_or_else(|| Held::unknown(key.clone()));
            let leak = leaks.remove(key);
            keys.push(self.hand_over(service, room, (key, places), held, leak).await?);
        }
        Ok(keys)
    }

    async fn hand_over(
        &self,
        service: &Service,
        room: &mut Room,
        (key, places): (&AccessKeyId, Vec<usize>),
        mut held: Held,
        exposed: Option<Exposed>,
    ) -> Result<OneKey, ServiceError> {
        let events = self.at(&places);
        events.iter().for_each(|event| room.note(key, event.time));
        if !room.was_read(key) {
            held.be_unsure();
        }
        let taken = held.take(&events);
        let at = |chosen: Vec<usize>| -> Vec<usize> {
            chosen.into_iter().filter_map(|at| places.get(at).copied()).collect()
        };
        let mut fresh = at(taken.fresh);
        let late = at(taken.late);
        // What the history has is counted already, though others of the same batch are not.
        let lacking = past::lacking(service, key, &self.at(&late)).await?;
        let is_late = !lacking.is_empty();
        let told: Vec<usize> = fresh.iter().chain(&late).copied().collect();
        fresh.extend(lacking.into_iter().filter_map(|place| late.get(place)));
        Ok(OneKey { places, fresh, told, is_late, ..OneKey::unused(held, exposed) })
    }
}

impl OneKey {
    /// A key without events in the batch.
    pub(super) fn unused(held: Held, exposed: Option<Exposed>) -> Self {
        Self {
            key: held.key().clone(),
            held,
            places: Vec::new(),
            fresh: Vec::new(),
            told: Vec::new(),
            is_late: false,
            exposed,
            change: Change::default(),
            older: Vec::new(),
            birth: None,
            state: None,
        }
    }

    /// The job that judges its history anew, and tells of it where the key is leaked.
    pub(crate) fn rejudging(&self) -> Kind {
        let access_key_id = self.key.clone();
        match &self.exposed {
            Some(exposed) if !exposed.is_child => Kind::JoinPast { access_key_id },
            _ => Kind::Rejudge { access_key_id },
        }
    }

    /// Its events to tell of, since an instant, with their places.
    pub(crate) fn told_since<'a>(
        &self,
        batch: &'a Batch,
        since: Timestamp,
    ) -> (Vec<&'a AccessEvent>, Vec<usize>) {
        let events = self.told.iter().filter_map(|place| Some((batch.events.get(*place)?, *place)));
        events.filter(|(event, _)| event.time >= since).unzip()
    }

    /// When the last of its events was read.
    pub(crate) fn read_at(&self, batch: &Batch) -> Option<Timestamp> {
        self.places.iter().filter_map(|place| Some(batch.part_of(*place)?.read_at)).max()
    }

    /// Its request of an instant, with when it was delivered and read; of one that a batch before brought, as it is
    /// judged `now`.
    pub(crate) fn seen(
        &self,
        batch: &Batch,
        at: Timestamp,
        now: Timestamp,
    ) -> Option<(AccessEvent, Option<Timestamp>, Timestamp)> {
        let is_meant = |event: &&AccessEvent| event.time == at;
        let places = self.places.iter().copied();
        let mut here =
            places.filter(|place| batch.events.get(*place).is_some_and(|e| e.time == at));
        if let Some(place) = here.next() {
            let part = batch.part_of(place)?;
            return Some((batch.events.get(place)?.clone(), part.delivered_at, part.read_at));
        }
        let before = self.held.recent().iter().find(is_meant)?;
        Some((before.clone(), None, now))
    }

    /// The requests at hand that the alarms which were just raised are made of.
    pub(crate) fn stretch(&self) -> Vec<&AccessEvent> {
        let named: HashSet<&str> = self
            .change
            .raised
            .iter()
            .flat_map(|one| &one.alarm.event_ids)
            .map(|id| id.as_str())
            .collect();
        let recent = self.held.recent().iter();
        recent.filter(|event| named.contains(event.event_id.as_str())).collect()
    }
}

/// Asks for the history of keys to be judged anew, before what came late is written: a process that is
/// killed between the two has asked already.
async fn ask_for_the_late(service: &Service, keys: &[OneKey]) -> Result<(), ServiceError> {
    if !keys.iter().any(|one| one.is_late) {
        return Ok(());
    }
    let mut tx = service.store().write().await?;
    for one in keys.iter().filter(|one| one.is_late) {
        enqueue(&mut tx, &one.rejudging(), service.now() + REJUDGE_AFTER).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Writes events to the history, which drops repeats when it is read.
async fn append(service: &Service, events: Arc<Vec<AccessEvent>>) -> Result<(), ServiceError> {
    if events.is_empty() {
        return Ok(());
    }
    let history = service.history().clone();
    let written = tokio::task::spawn_blocking(move || history.append(&events));
    Ok(written.await.map_err(|error| {
        ServiceError::Internal(format!("the history was not written: {error}"))
    })??)
}

/// Judges keys in lockstep. Says which others were judged by what is no longer so.
async fn in_lockstep(
    mut detector: Detector,
    mut keys: Vec<OneKey>,
    mut births: HashMap<usize, Before>,
) -> Result<(Vec<OneKey>, Detector, Overtaken), ServiceError> {
    let work = tokio::task::spawn_blocking(move || {
        lockstep::judge(&mut detector, &mut keys, &mut births);
        let overtaken = detector.overtaken();
        (keys, detector, overtaken)
    });
    work.await.map_err(|fault| ServiceError::Internal(format!("the detector broke: {fault}")))
}

/// Folds what is older than the lateness window, and says what changed about each key's alarms.
async fn fold(
    service: &Service,
    mut detector: Detector,
    mut keys: Vec<OneKey>,
    window: SignedDuration,
) -> Result<(Vec<OneKey>, Detector), ServiceError> {
    let now = service.now();
    let work = tokio::task::spawn_blocking(move || {
        detector.settle_until(Timestamp::MAX);
        let mut left = FOLDED_MAX;
        for one in &mut keys {
            one.change = one.held.change();
            let before = one.held.recent().len();
            one.state = one.held.fold(&detector, now, (left > 0).then_some(window));
            left = left.saturating_sub(before - one.held.recent().len());
        }
        (keys, detector)
    });
    work.await.map_err(|fault| ServiceError::Internal(format!("the detector broke: {fault}")))
}
