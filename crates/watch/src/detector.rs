//! Access events in the order of time become alarms.
//!
//! It holds one profile, the evidence and the open episodes of each key, and nothing else: given
//! the same leaks and events it gives the same alarms. Whoever feeds it sorts the events and drops
//! repeats ([`crate::sort_and_dedup`]). That a leaked key is used at all is a certainty of another
//! kind, which the risk event shows at once; here it is judged by whom.

use std::collections::{BTreeMap, HashMap};

use claviger_model::{AccessEvent, AccessKeyId, Alarm, Leak};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::episode::Episode;
use crate::judge::{self, Evidence, Part};
use crate::key_use::Use;
use crate::profile::{DAY, Group, Profile};
use crate::sensor::{Asked, Exposure, Sensor, Sight, UnknownSensor};
use crate::source::Source;
use crate::words;

/// The dial before anybody turned it.
pub const ALARMS_PER_DAY: f64 = 5.0;

/// Keys watched at once, about 300 MB of profiles. Refused requests may name any key, so somebody
/// could invent more; the ones unused for longest give way, an eighth at a time.
const KEYS_MAX: usize = 262_144;

/// An episode is kept from this much evidence on, in nats.
const SUSPECT: f64 = 1.0;

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

/// A snapshot could not be taken up.
#[derive(Debug, thiserror::Error)]
#[error("the snapshot of key `{access_key_id}` is unreadable")]
pub struct InvalidSnapshot {
    /// The key.
    pub access_key_id: AccessKeyId,
    /// What is wrong with it; `None` where another version wrote it.
    #[source]
    pub cause: Option<serde_json::Error>,
}

impl InvalidSnapshot {
    /// The way out, in words.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        "drop the snapshot and replay the key's history"
    }
}

/// Version of the snapshots: one more whenever their meaning changes.
const SNAPSHOT_VERSION: u32 = 1;

/// Everything about one key, as it is snapshotted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Watch {
    version: u32,
    /// When the log was first watched: what was not seen since then did not happen.
    watched_since: u32,
    profile: Profile,
    evidence: [Evidence; 2],
    episodes: [Option<Box<Episode>>; 2],
}

impl Watch {
    fn new(watched_since: u32) -> Self {
        Self {
            version: SNAPSHOT_VERSION,
            watched_since,
            profile: Profile::default(),
            evidence: Default::default(),
            episodes: [None, None],
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Whether the foreign group has raised an alarm that is not over.
    fn is_alarmed(&self, second: u32) -> bool {
        let foreign = self.episodes[Group::Foreign.index()].as_ref();
        foreign.is_some_and(|episode| episode.was_told() && !episode.is_over(second))
    }

    fn judge(
        &mut self,
        event: &AccessEvent,
        exposure: Option<Exposure>,
        threshold: f64,
        asked: Asked,
    ) -> Option<Alarm> {
        let second = second(event.time);
        let source = Source::of(event.source_ip.as_deref());
        let cutoff = match exposure {
            Some(exposure) => self::second(exposure.since),
            None => second.saturating_sub(DAY),
        };
        let group = self.profile.group(&source, cutoff);
        let trusted = match group {
            Group::Familiar => true,
            Group::Foreign => exposure.is_none() && !self.is_alarmed(second),
        };
        self.profile.count(event, second, group, trusted);
        let since = self.watched_since;
        let watched_days = f64::from(cutoff.saturating_sub(since)) / f64::from(DAY);
        let profile = &self.profile;
        let source = &source;
        let sight = Sight { event, second, profile, source, group, cutoff, exposure, watched_days };
        let evidence = &mut self.evidence[group.index()];
        let episode = &mut self.episodes[group.index()];
        let alarm = judge_event(&sight, evidence, episode, threshold, asked);
        if trusted {
            self.profile.learn(source, second);
        }
        alarm
    }
}

/// Judges the use of keys.
#[derive(Debug)]
pub struct Detector {
    threshold: f64,
    asked: Asked,
    leaks: HashMap<AccessKeyId, Vec<Leak>>,
    watches: HashMap<AccessKeyId, Watch>,
    watched_since: Option<u32>,
}

impl Detector {
    /// A detector that has seen nothing.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            threshold: judge::threshold(settings.alarms_per_day),
            asked: Asked::all(),
            leaks: HashMap::new(),
            watches: HashMap::new(),
            watched_since: None,
        }
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

    /// Replaces everything known of leaks. A leak counts from its own instant on, whenever it is
    /// told.
    pub fn set_leaks(&mut self, leaks: Vec<Leak>) {
        self.leaks.clear();
        for leak in leaks {
            self.add_leak(leak);
        }
    }

    /// Adds a leak; one that is known already changes nothing.
    pub fn add_leak(&mut self, leak: Leak) {
        let leaks = self.leaks.entry(leak.access_key_id.clone()).or_default();
        if !leaks.contains(&leak) {
            leaks.push(leak);
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
        let invalid = |cause| InvalidSnapshot { access_key_id: access_key_id.clone(), cause };
        let watch: Watch = serde_json::from_str(snapshot).map_err(|cause| invalid(Some(cause)))?;
        if watch.version != SNAPSHOT_VERSION {
            return Err(invalid(None));
        }
        let since = watch.watched_since;
        self.watched_since = Some(self.watched_since.map_or(since, |known| known.min(since)));
        self.watches.insert(access_key_id.clone(), watch);
        Ok(())
    }

    /// Everything remembered of a key, as text to keep; `None` for a key never seen.
    #[must_use]
    pub fn snapshot(&self, access_key_id: &AccessKeyId) -> Option<String> {
        serde_json::to_string(self.watches.get(access_key_id)?).ok()
    }

    /// Judges one event. Events come in the order of time; a late one is judged by what is known by
    /// then.
    pub fn observe(&mut self, event: &AccessEvent) -> Option<Alarm> {
        let second = second(event.time);
        self.watched_since.get_or_insert(second);
        self.judge(event, second)
    }

    fn judge(&mut self, event: &AccessEvent, second: u32) -> Option<Alarm> {
        let id = event.access_key_id.as_ref().filter(|_| Use::is_use(event))?;
        let watched_since = self.watched_since.unwrap_or(second);
        let exposure = self.exposure(id, event.time);
        if !self.watches.contains_key(id) {
            self.make_room();
            self.watches.insert(id.clone(), Watch::new(watched_since));
        }
        let watch = self.watches.get_mut(id)?;
        watch.judge(event, exposure, self.threshold, self.asked)
    }

    fn exposure(&self, id: &AccessKeyId, at: Timestamp) -> Option<Exposure> {
        exposure(self.leaks.get(id).map_or(&[], Vec::as_slice), at)
    }

    /// A key as its kept state has it; as one never seen without.
    pub(crate) fn watch_from(
        &self,
        id: &AccessKeyId,
        state: Option<&[u8]>,
        first: Option<&AccessEvent>,
    ) -> Result<Watch, InvalidSnapshot> {
        let Some(state) = state else {
            let second = first.map_or(1, |event| second(event.time));
            return Ok(Watch::new(self.watched_since.map_or(second, |since| since.min(second))));
        };
        let invalid = |cause| InvalidSnapshot { access_key_id: id.clone(), cause };
        let watch: Watch = serde_json::from_slice(state).map_err(|cause| invalid(Some(cause)))?;
        if watch.version == SNAPSHOT_VERSION { Ok(watch) } else { Err(invalid(None)) }
    }

    /// Judges an event of a key that is kept elsewhere.
    pub(crate) fn judge_with(&self, watch: &mut Watch, event: &AccessEvent) -> Option<Alarm> {
        let id = event.access_key_id.as_ref().filter(|_| Use::is_use(event))?;
        watch.judge(event, self.exposure(id, event.time), self.threshold, self.asked)
    }

    /// Forgets the keys unused for longest where there are too many. A leaked key stays.
    fn make_room(&mut self) {
        if self.watches.len() < KEYS_MAX {
            return;
        }
        let mut idle: BTreeMap<(u32, AccessKeyId), ()> = BTreeMap::new();
        for (id, watch) in &self.watches {
            if !self.leaks.contains_key(id) {
                idle.insert((watch.profile.last_seen, id.clone()), ());
            }
        }
        for (_, id) in idle.into_keys().take(KEYS_MAX / 8) {
            self.watches.remove(&id);
        }
    }
}

/// Weighs the event, lets the episode grow and raises an alarm if one is due.
fn judge_event(
    sight: &Sight<'_>,
    evidence: &mut Evidence,
    episode: &mut Option<Box<Episode>>,
    threshold: f64,
    asked: Asked,
) -> Option<Alarm> {
    let (event, second) = (sight.event, sight.second);
    let heard = judge::weigh(sight, asked);
    evidence.hear(sight, &heard);
    if episode.as_ref().is_some_and(|episode| episode.is_over(second)) {
        *episode = None;
    }
    let total = evidence.total(second);
    let leaked = sight.exposure.is_some();
    let suspect = total >= SUSPECT || (leaked && sight.group == Group::Foreign);
    if !suspect && episode.is_none() {
        return None;
    }
    let episode = episode.get_or_insert_with(|| Box::new(Episode::begin(event)));
    episode.take(event, second);
    let score = judge::prior(sight.exposure) + total;
    let enough = leaked || evidence.speaking(second) >= 2;
    if score < threshold || !enough || !episode.is_news(second, leaked, sight.group) {
        return None;
    }
    episode.tell(second, leaked);
    let parts = evidence.parts(second);
    Some(Alarm {
        time: event.time,
        access_key_id: event.access_key_id.clone()?,
        score,
        families: parts.iter().map(|part| part.family.as_str().to_owned()).collect(),
        reasons: reasons(&parts, episode, sight, &heard),
        first_event_id: episode.event_ids.first()?.clone(),
        event_ids: episode.event_ids.clone(),
        bytes_out: episode.bytes_out,
        sources: episode.sources.clone(),
    })
}

/// The evidence in sentences, strongest first; what happened so far; what speaks against.
fn reasons(
    parts: &[Part],
    episode: &Episode,
    sight: &Sight<'_>,
    heard: &[(f64, &'static Sensor)],
) -> Vec<String> {
    let mut reasons: Vec<String> = parts
        .iter()
        .filter(|part| !part.words.is_empty())
        .map(|part| format!("{} ({})", part.words, words::nats(part.nats)))
        .collect();
    if let Some(exposure) = sight.exposure {
        let prior = words::nats(judge::prior(Some(exposure)));
        reasons.push(format!(
            "any use after such a leak ({}) starts at {prior}",
            exposure.source.as_str()
        ));
        if sight.profile.addresses.count(sight.cutoff) == 0 {
            let watched = words::span(crate::sketch::whole(sight.watched_days * f64::from(DAY)));
            reasons.push(format!(
                "no use before the leak was seen in the {watched} watched, so no source is \
                 known as the key's own"
            ));
        }
    }
    reasons.push(episode.summary());
    let against = heard.iter().filter(|(nats, _)| *nats <= -0.5);
    reasons.extend(against.map(|(nats, sensor)| {
        format!("against: {} ({})", (sensor.words)(sight), words::nats(*nats))
    }));
    reasons
}

/// The leaks in force at an instant, as one.
fn exposure(leaks: &[Leak], at: Timestamp) -> Option<Exposure> {
    let in_force = || leaks.iter().filter(|leak| leak.leaked_at <= at);
    let since = in_force().map(|leak| leak.leaked_at).min()?;
    let exposures = in_force().map(|leak| Exposure { since, source: leak.source });
    exposures.max_by(|a, b| {
        let grave = |exposure: &Exposure| judge::prior(Some(*exposure));
        grave(a).total_cmp(&grave(b)).then_with(|| a.source.cmp(&b.source))
    })
}

/// Seconds since 1970 in 32 bits; what lies outside counts as the nearest that fits.
fn second(time: Timestamp) -> u32 {
    u32::try_from(time.as_second().max(1)).unwrap_or(u32::MAX)
}
