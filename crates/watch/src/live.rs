//! One key's judgement from a kept state, for whoever keeps the keys elsewhere.
//!
//! A key's state holds what happened up to a watermark; what came after it is judged anew each time,
//! sorted and without repeats. So a line that comes late or twice leads to the same answer as one
//! that came in its turn, and an alarm that no longer stands is not among those given.
//!
//! What one judgement adds to what all keys show comes back as [`TenantNews`]. It counts for other
//! keys from the next hour, or the next day, on: whoever folds the states of all keys up to the same
//! whole hour, hour by hour, gets what [`Detector::observe`] gives for all events in the order of
//! time.

use claviger_model::{AccessEvent, AccessKeyId, Alarm, EventId};
use jiff::Timestamp;

use crate::detector::Detector;
use crate::key_use::Use;
use crate::tenant::{News, Tenant};
use crate::traits::{Reading, second};
use crate::watched::Watched;

/// Version of the states: one more whenever their meaning changes.
const VERSION: u8 = 7;

/// A state could not be taken up.
#[derive(Debug, thiserror::Error)]
#[error("the state of key `{access_key_id}` is unreadable or of another version")]
pub struct InvalidSnapshot {
    /// The key.
    pub access_key_id: AccessKeyId,
}

impl InvalidSnapshot {
    /// The way out, in words.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        "drop the state and replay the key's history"
    }
}

/// What all keys show could not be taken up.
#[derive(Debug, thiserror::Error)]
#[error("the state of the tenant is unreadable or of another version")]
pub struct InvalidTenant;

/// An alarm that stands, with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The same whenever the same stretch of the same key is judged: raising it twice is harmless.
    pub id: String,
    /// The alarm.
    pub alarm: Alarm,
}

/// What the folded part of a judgement adds to what all keys show.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TenantNews(Vec<News>);

/// A key's recent events, judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// All alarms that stand over the recent events. One of an earlier judgement of the same events
    /// that is not among them stands no longer.
    pub alarms: Vec<Standing>,
    /// The state with the events before `fold_until` taken in: the next judgement begins from it
    /// and is given the events from there on.
    pub state: Vec<u8>,
    /// What the events before `fold_until` add to the tenant: give it to [`Detector::absorb`] once,
    /// when the state is kept.
    pub news: TenantNews,
}

impl Detector {
    /// Judges what a key did since its state was kept.
    ///
    /// `recent` are the events of this key that `state` has not taken in, by
    /// [`crate::sort_and_dedup`]. Give `None` for a key without a state, or what [`Self::inherit`]
    /// gives where its account ([`crate::line_of`]) had a key before. The detector's leaks, births
    /// and tenant are what the judgement knows; it changes none of them.
    ///
    /// # Errors
    /// The state is unreadable or of another version: replay the key's history without it.
    pub fn judge_key(
        &self,
        access_key_id: &AccessKeyId,
        state: Option<&[u8]>,
        recent: &[AccessEvent],
        fold_until: Timestamp,
    ) -> Result<Judged, InvalidSnapshot> {
        let invalid = || InvalidSnapshot { access_key_id: access_key_id.clone() };
        let mut watched = match state {
            Some(state) => from_bytes(state).ok_or_else(invalid)?,
            None => {
                let first = recent.first().map_or(1, |event| second(event.time));
                Watched::new(self.watched_since.map_or(first, |since| since.min(first)))
            }
        };
        let (past, open) = recent.split_at(recent.partition_point(|event| event.time < fold_until));
        let (mut reading, mut news) = (Reading::default(), Vec::new());
        let mut judge = |watched: &mut Watched, event: &AccessEvent, news: &mut Vec<News>| {
            let is_its = event.access_key_id.as_ref() == Some(access_key_id) && Use::is_use(event);
            let traits = is_its.then(|| reading.of(event))?;
            let context = self.context(access_key_id, event, &traits);
            let alarm = watched.judge(event, &traits, &context, news)?;
            Some(Standing { id: alarm_id(&alarm), alarm })
        };
        let mut alarms: Vec<Standing> =
            past.iter().filter_map(|event| judge(&mut watched, event, &mut news)).collect();
        let state = to_bytes(&watched);
        let mut unkept = Vec::new();
        alarms.extend(open.iter().filter_map(|event| judge(&mut watched, event, &mut unkept)));
        Ok(Judged { alarms, state, news: TenantNews(news) })
    }

    /// The state with which a key begins that takes another one's place.
    ///
    /// # Errors
    /// The other key's state is unreadable or of another version.
    pub fn inherit(
        &self,
        access_key_id: &AccessKeyId,
        state: &[u8],
    ) -> Result<Vec<u8>, InvalidSnapshot> {
        let before = from_bytes(state);
        let invalid = || InvalidSnapshot { access_key_id: access_key_id.clone() };
        before.map(|before| to_bytes(&before.heir())).ok_or_else(invalid)
    }

    /// Takes in what kept states add to what all keys show.
    pub fn absorb(&mut self, news: &TenantNews) {
        news.0.iter().for_each(|news| self.tenant.take(*news));
    }

    /// Lets the days count that closed before an instant. Call it whenever all keys are folded up
    /// to the beginning of a day.
    pub fn settle_until(&mut self, until: Timestamp) {
        self.reach(second(until));
    }

    /// From when on the log is watched: what was not seen since then did not happen.
    pub fn watch_since(&mut self, since: Timestamp) {
        self.watched_since = Some(second(since));
    }

    /// What all keys show, to keep.
    #[must_use]
    pub fn tenant_state(&self) -> Vec<u8> {
        encode(&(self.watched_since, &self.tenant))
    }

    /// Takes up what [`Self::tenant_state`] gave.
    ///
    /// # Errors
    /// It is unreadable or of another version.
    pub fn restore_tenant(&mut self, state: &[u8]) -> Result<(), InvalidTenant> {
        let (since, tenant): (Option<u32>, Tenant) = decode(state).ok_or(InvalidTenant)?;
        (self.watched_since, self.lockstep.since_kept) = (since, since);
        self.tenant = tenant.read_back();
        self.turn_dial();
        Ok(())
    }
}

/// An alarm's name, as [`Standing::id`] is: the key, the first event of the stretch, when it was told, and at which
/// event: a stretch may get clearly worse within a second.
#[must_use]
pub fn alarm_id(alarm: &Alarm) -> String {
    let (first, told_at) = (alarm.first_event_id.as_str(), alarm.time.to_string());
    let last = alarm.event_ids.last().map_or(first, EventId::as_str);
    EventId::derived(&["alarm", alarm.access_key_id.as_str(), first, &told_at, last]).0
}

pub(crate) fn encode(value: &impl serde::Serialize) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    bytes.extend(postcard::to_allocvec(value).unwrap_or_default());
    bytes
}

pub(crate) fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (version, bytes) = bytes.split_first()?;
    (*version == VERSION).then(|| postcard::from_bytes(bytes).ok())?
}

/// A key's state as bytes.
pub(crate) fn to_bytes(watched: &Watched) -> Vec<u8> {
    encode(watched)
}

/// A key's state from bytes.
pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Watched> {
    decode(bytes)
}
