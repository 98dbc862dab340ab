//! One key while it is used: its kept state, what came since, and the alarms that stand over that.
//!
//! A pure function of the events whatever their order: what comes in its turn is judged on from where the
//! last event left off, what comes late is put in its place and judged anew from the kept state. Only what is
//! older than that state asks for the key's whole history.

mod ahead;
mod folding;
mod judging;
mod marks;

use std::collections::{HashMap, HashSet};

use claviger_model::{AccessEvent, AccessKeyId, EventId, Leak};
use claviger_store::KeyState;
use claviger_watch::{Clients, Detector, KeyNews, LiveState, Standing};
use jiff::{SignedDuration, Timestamp};

use ahead::Ahead;
pub(crate) use folding::whole_hour;
use marks::{Mark, Marks};

use crate::gather::usage::Past;

/// How long what was read of a leaked key's past is added to, before it is read again.
const PAST_AGE_MAX: SignedDuration = SignedDuration::from_secs(2);

/// What the texts of an event take in memory beside it, about.
const TEXT_BYTES: usize = 256;

/// What a key takes in the lists of those in memory, about.
const KEY_BYTES: usize = 200;

/// One key.
#[derive(Debug)]
pub(crate) struct Held {
    key: AccessKeyId,
    /// Every event before this instant is in `base`, and in no list below.
    folded_until: Timestamp,
    base: Option<Vec<u8>>,
    /// `base` with the first `judged` of `recent` taken in.
    tip: Option<LiveState>,
    /// How it stood on the way there; and how it stands within the turn that is under way.
    marks: Marks,
    midway: Option<Mark>,
    /// By time and id, each once; the newest instant may be ahead of that order.
    recent: Vec<AccessEvent>,
    ahead: Option<Ahead>,
    judged: usize,
    /// Who sent them, as far as it shows that they are not one.
    clients: Clients,
    /// The alarms that stand over the judged.
    alarms: Vec<Standing>,
    /// What the judged show to all keys, and what they did before they are judged anew.
    news: KeyNews,
    former: KeyNews,
    /// Whether a process before may have judged `recent`, and whether it did so by what is no longer so.
    was_judged_before: bool,
    needs_former: bool,
    /// Whether it was judged anew, or began, since somebody asked.
    was_rewound: bool,
    was_begun: bool,
    /// The names of the alarms of that stretch that were kept as standing, with what they said.
    kept: HashMap<String, u64>,
    /// What it was judged under; `None`: as its state was.
    leaks: Option<Vec<Leak>>,
    /// What was done with it since it leaked, and when the history was read for it.
    past: Option<(Timestamp, Past)>,
    /// Events out of the history of which nobody knows whether what follows from them was kept.
    unsure: HashSet<EventId>,
    /// Nothing is kept of this key yet.
    is_new: bool,
    /// Judged under other leaks, or from an unreadable state: the history must be judged anew.
    is_outdated: bool,
}

/// What came of handing events over.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// Places in what was handed over of the events that were not known, or may not have been kept.
    pub(crate) fresh: Vec<usize>,
    /// Places of those that are older than the kept state.
    pub(crate) late: Vec<usize>,
}

impl Held {
    /// A key of which nothing is known.
    pub(crate) fn unknown(key: AccessKeyId) -> Self {
        Self {
            key,
            folded_until: Timestamp::MIN,
            base: None,
            tip: None,
            marks: Marks::default(),
            midway: None,
            recent: Vec::new(),
            ahead: None,
            judged: 0,
            clients: Clients::default(),
            alarms: Vec::new(),
            news: KeyNews::default(),
            former: KeyNews::default(),
            was_judged_before: false,
            needs_former: false,
            was_rewound: false,
            was_begun: false,
            kept: HashMap::new(),
            leaks: None,
            past: None,
            unsure: HashSet::new(),
            is_new: true,
            is_outdated: false,
        }
    }

    /// A key whose past was judged up to an instant.
    pub(crate) fn folded(
        key: AccessKeyId,
        folded_until: Timestamp,
        base: Option<Vec<u8>>,
        recent: Vec<AccessEvent>,
        leaks: Vec<Leak>,
    ) -> Self {
        let known = Self { folded_until, base, leaks: Some(leaks), ..Self::unknown(key) };
        known.with_recent(recent)
    }

    /// A key as it was kept: its state, its events since then, and the names of its alarms that stand.
    pub(crate) fn restored(
        state: KeyState,
        recent: Vec<AccessEvent>,
        kept: HashMap<String, u64>,
    ) -> Self {
        let known = Self {
            folded_until: state.folded_until,
            base: (!state.state.is_empty()).then_some(state.state),
            kept,
            is_new: false,
            was_judged_before: true,
            ..Self::unknown(state.access_key_id)
        };
        known.with_recent(recent)
    }

    fn with_recent(mut self, recent: Vec<AccessEvent>) -> Self {
        self.recent = claviger_watch::sort_and_dedup(recent);
        self.look_at_clients();
        self
    }

    fn look_at_clients(&mut self) {
        let mut clients = Clients::default();
        self.recent.iter().for_each(|event| clients.note(event));
        self.clients = clients;
    }

    /// Whether its requests that are not folded may be those of two holders.
    pub(crate) fn may_be_shared(&self) -> bool {
        self.clients.may_be_apart()
    }

    /// Whether it is still to be judged from its first event on.
    pub(crate) fn is_unborn(&self) -> bool {
        self.folded_until == Timestamp::MIN && self.judged == 0
    }

    /// The name of the key.
    pub(crate) fn key(&self) -> &AccessKeyId {
        &self.key
    }

    /// It begins with the habits of the key before it.
    pub(crate) fn inherit(&mut self, state: Option<Vec<u8>>) {
        self.base = state;
        self.was_begun = true;
    }

    /// Whether it began since this was asked.
    pub(crate) fn take_begun(&mut self) -> bool {
        std::mem::take(&mut self.was_begun)
    }

    /// Its state when an event of another key came; `None` where it had done nothing, or none can be read.
    pub(crate) fn state_before(&self, detector: &Detector, event: &AccessEvent) -> Option<Vec<u8>> {
        let place = (event.time, &event.event_id);
        let cut = match &self.ahead {
            Some(ahead) if self.recent.last().is_some_and(|last| last.time == event.time) => {
                ahead.from
            }
            _ => self.recent.partition_point(|own| (own.time, &own.event_id) < place),
        };
        let past = self.recent.get(..cut).filter(|past| !past.is_empty());
        let Some(past) = past else { return self.base.clone() };
        let judged = detector.judge_key(&self.key, self.base.as_deref(), past, Timestamp::MAX);
        judged.ok().map(|judged| judged.state)
    }

    /// Every event before this instant is folded.
    pub(crate) fn folded_until(&self) -> Timestamp {
        self.folded_until
    }

    /// The events that are not folded, by time and id.
    pub(crate) fn recent(&self) -> &[AccessEvent] {
        &self.recent
    }

    /// A predecessor may have been killed after it wrote these events to the history, and before the rest:
    /// one that comes again counts as new. What was shown to all keys may then have been shown without them.
    pub(crate) fn be_unsure(&mut self) {
        self.needs_former |= self.was_judged_before && !self.recent.is_empty();
        self.unsure = self.recent.iter().map(|event| event.event_id.clone()).collect();
    }

    /// It takes the place of a key in memory: what was not known of that one's events is not known still.
    pub(crate) fn be_unsure_as(&mut self, former: &Self) {
        let ids = self.recent.iter().map(|event| &event.event_id);
        self.unsure = ids.filter(|id| former.unsure.contains(*id)).cloned().collect();
    }

    /// Whether something follows from its events of which nobody knows whether it was kept.
    pub(crate) fn is_unsure(&self) -> bool {
        !self.unsure.is_empty()
    }

    /// The history since the state could not be read whole.
    pub(crate) fn doubt(&mut self) {
        self.is_outdated = true;
    }

    /// Whether the key's history must be judged anew.
    pub(crate) fn is_outdated(&self) -> bool {
        self.is_outdated
    }

    /// What was done with the key since it leaked, if it was read a moment ago.
    pub(crate) fn past(&self, now: Timestamp) -> Option<&Past> {
        let (read_at, past) = self.past.as_ref()?;
        (now.duration_since(*read_at).abs() < PAST_AGE_MAX).then_some(past)
    }

    /// The same, however long ago it was read.
    pub(crate) fn last_past(&self) -> Option<&Past> {
        self.past.as_ref().map(|(_, past)| past)
    }

    /// What was done with the key since it leaked, and when the history was read for it; `None`: as before.
    pub(crate) fn set_past(&mut self, past: Past, read_at: Option<Timestamp>) {
        let before = self.past.as_ref().map(|(read_at, _)| *read_at);
        self.past = read_at.or(before).map(|read_at| (read_at, past));
    }

    /// Bytes in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        let events =
            self.recent.capacity() * size_of::<AccessEvent>() + self.recent.len() * TEXT_BYTES;
        size_of::<Self>()
            + KEY_BYTES
            + self.base.as_ref().map_or(0, Vec::capacity)
            + self.tip.as_ref().map_or(0, LiveState::size)
            + self.marks.bytes()
            + self.ahead.as_ref().map_or(0, Ahead::bytes)
            + events
    }

    /// Takes events in, whatever their order.
    pub(crate) fn take(&mut self, events: &[&AccessEvent]) -> Taken {
        let mut taken = Taken::default();
        if self.recent.is_empty() {
            self.recent.reserve_exact(events.len());
        }
        for (place, event) in events.iter().enumerate() {
            if event.time < self.folded_until {
                taken.late.push(place);
                continue;
            }
            let Err(at) = self.place_of(event) else {
                if self.unsure.remove(&event.event_id) {
                    // What was read of the history holds it already: added to that it would count twice.
                    self.past = None;
                    taken.fresh.push(place);
                }
                continue;
            };
            if at < self.judged {
                self.rewind_to(at);
            }
            if self.was_judged_before && at < self.recent.len() {
                self.needs_former = true;
            }
            self.clients.note(event);
            self.recent.insert(at, (*event).clone());
            taken.fresh.push(place);
        }
        taken
    }
}
