//! Many keys judged together in the order of time, from kept states, while their lines still come.
//!
//! What a key shows counts for all others as soon as it is judged, as in [`Detector::observe`]. A
//! line that comes late leads to its key being judged anew from its kept state: what that key shows
//! then stands in place of what it showed, and [`Detector::overtaken`] names the keys that were judged
//! by what is no longer so. Judged anew in turn, all keys have the alarms of a replay.

use std::cell::RefCell;
use std::collections::BTreeSet;

use claviger_model::{AccessEvent, AccessKeyId};
use hashbrown::{HashMap, HashSet};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::detector::Detector;
use crate::key_use::Use;
use crate::live::{
    InvalidSnapshot, InvalidTenant, Standing, alarm_id, decode, encode, from_bytes, to_bytes,
};
use crate::sketch::hash;
use crate::tenant::News;
use crate::traits::{DAY, day, second};
use crate::watched::{Watched, short_key};

/// Questions remembered, about 60 MB. Beyond them those of past days are forgotten, then all.
const ASKED_MAX: usize = 500_000;

/// News of a key, and the second of the event that it comes from.
type Told = (u32, News);

/// What a key showed since its state was kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KeyNews(Vec<Told>);

impl KeyNews {
    /// What it showed before an instant is in its kept state.
    pub fn fold(&mut self, until: Timestamp) {
        let until = second(until);
        self.0.retain(|(at, _)| *at >= until);
    }

    /// How much it showed.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Takes away what it showed after the first `count`.
    #[must_use]
    pub fn split_off(&mut self, count: usize) -> Self {
        Self(self.0.split_off(count.min(self.0.len())))
    }

    /// And what it showed since.
    pub fn append(&mut self, later: Self) {
        self.0.extend(later.0);
    }
}

/// A key's state as it is held between its turns: what [`Turn::state`] keeps of it, and what was worked out on the
/// way, which spares its next turn the same work.
#[derive(Debug, Clone)]
pub struct LiveState(Box<Watched>);

impl LiveState {
    /// The state to keep.
    #[must_use]
    pub fn to_kept(&self) -> Vec<u8> {
        to_bytes(&self.0)
    }

    /// Bytes in memory, about.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Watched>() + self.0.stretch_bytes()
    }
}

/// A key whose turn comes and comes again.
#[derive(Debug)]
pub struct Turn {
    id: AccessKeyId,
    key: u64,
    watched: Box<Watched>,
    news: Vec<Told>,
}

impl Turn {
    fn new(id: &AccessKeyId, watched: Box<Watched>) -> Self {
        Self { id: id.clone(), key: hash(id.as_str().as_bytes()), watched, news: Vec::new() }
    }

    /// Its state by now.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        to_bytes(&self.watched)
    }

    /// The state with which the key begins that takes its place now.
    #[must_use]
    pub fn heir(&self) -> Vec<u8> {
        to_bytes(&self.watched.heir())
    }

    /// What it showed in its turns.
    #[must_use]
    pub fn into_news(self) -> KeyNews {
        KeyNews(self.news)
    }

    /// How it stands by now, and how much it showed in its turns.
    #[must_use]
    pub fn standing(&self) -> (LiveState, usize) {
        (LiveState(self.watched.clone()), self.news.len())
    }

    /// How it stands by now, and what it showed in its turns.
    #[must_use]
    pub fn into_parts(self) -> (LiveState, KeyNews) {
        (LiveState(self.watched), KeyNews(self.news))
    }
}

/// Keys that were judged by what is no longer so.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Overtaken {
    /// By name.
    pub keys: BTreeSet<AccessKeyId>,
    /// Whatever keys these made, and whoever has rights that were given with them, as far as they are not among
    /// the keys: what is said of those who used them is no longer what it was.
    pub suspects: BTreeSet<AccessKeyId>,
    /// All that were judged at this instant or later.
    pub all_since: Option<Timestamp>,
    /// Any that may have been judged at this instant or later by a process before.
    pub any_since: Option<Timestamp>,
}

/// A change of what all keys show: by whom, what, and whether it is gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Change {
    key: u64,
    news: News,
    is_gone: bool,
}

/// What is remembered of the order in which keys were judged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lockstep {
    turns: u64,
    /// The latest second that was judged.
    latest: u32,
    /// Who was judged by who else took a value: by value, key and hour, in which turn.
    askers: HashMap<u64, HashMap<(u64, u32), u64>>,
    asked: usize,
    /// The keys that asked.
    names: HashMap<u64, AccessKeyId>,
    changes: Vec<Change>,
    /// From when on the log is watched, as it was kept.
    pub(crate) since_kept: Option<u32>,
    overtaking: Vec<(AccessKeyId, News, u64)>,
}

impl Lockstep {
    fn ask(&mut self, (id, key): (&AccessKeyId, u64), second: u32, values: &[u64]) {
        if !values.is_empty() && !self.names.contains_key(&key) {
            self.names.insert(key, id.clone());
        }
        for value in values {
            let askers = self.askers.entry(*value).or_default();
            let former = askers.insert((key, second / 3_600), self.turns);
            self.asked += usize::from(former.is_none());
        }
        if self.asked > ASKED_MAX {
            let oldest = self.latest.saturating_sub(2 * DAY) / 3_600;
            self.askers.values_mut().for_each(|one| one.retain(|(_, hour), _| *hour >= oldest));
            self.askers.retain(|_, askers| !askers.is_empty());
            self.asked = self.askers.values().map(HashMap::len).sum();
            if self.asked > ASKED_MAX / 2 {
                (self.askers, self.asked) = (HashMap::new(), 0);
            }
            let keys = self.askers.values().flat_map(HashMap::keys);
            let asking: HashSet<u64> = keys.map(|(key, _)| *key).collect();
            self.names.retain(|key, _| asking.contains(key));
        }
    }

    fn note(&mut self, id: &AccessKeyId, news: News, is_gone: bool) {
        self.changes.push(Change { key: hash(id.as_str().as_bytes()), news, is_gone });
        self.overtaking.push((id.clone(), news, self.turns));
    }
}

impl Detector {
    /// Takes a key up from its state; `None` for one without, whose first event was at an instant.
    ///
    /// # Errors
    /// The state is unreadable or of another version: replay the key's history without it.
    pub fn take_up(
        &self,
        id: &AccessKeyId,
        state: Option<&[u8]>,
        first: Timestamp,
    ) -> Result<Turn, InvalidSnapshot> {
        let first = second(first);
        let since = self.watched_since.map_or(first, |since| since.min(first));
        let watched = match state {
            None => Watched::new(since),
            Some(state) => {
                from_bytes(state).ok_or_else(|| InvalidSnapshot { access_key_id: id.clone() })?
            }
        };
        Ok(Turn::new(id, Box::new(watched)))
    }

    /// Takes a key up where its last turn ended.
    #[must_use]
    pub fn go_on(&self, id: &AccessKeyId, state: &LiveState) -> Turn {
        Turn::new(id, state.0.clone())
    }

    /// Judges an event of the key whose turn it is. Turns come in the order of time, as far as it
    /// is known.
    pub fn judge_in_turn(&mut self, turn: &mut Turn, event: &AccessEvent) -> Option<Standing> {
        let is_its = event.access_key_id.as_ref() == Some(&turn.id) && Use::is_use(event);
        let traits = is_its.then(|| self.reading.of(event))?;
        self.reach(traits.second);
        self.lockstep.turns += 1;
        self.lockstep.latest = self.lockstep.latest.max(traits.second);
        let (asked_of, mut news) = (RefCell::new(Vec::new()), Vec::new());
        let mut context = self.context(&turn.id, event, &traits);
        context.asked_of = Some(&asked_of);
        let alarm = turn.watched.judge(event, &traits, &context, &mut news);
        let key = turn.key;
        self.lockstep.ask((&turn.id, key), traits.second, &asked_of.into_inner());
        for news in news {
            if self.tenant.keep(key, &news) {
                self.lockstep.note(&turn.id, news, false);
            }
            turn.news.push((traits.second, news));
        }
        alarm.map(|alarm| Standing { id: alarm_id(&alarm), alarm })
    }

    /// Forgets what a key showed where it shows it no longer.
    pub fn withdraw(&mut self, id: &AccessKeyId, former: &KeyNews, now: &KeyNews) {
        let key = hash(id.as_str().as_bytes());
        // After all turns up to now: whoever asked in the last of them was told what is gone, too.
        self.lockstep.turns += 1;
        for (_, news) in &former.0 {
            let stands = |(_, other): &Told| match (news, other) {
                // Said anew, in place of what was said.
                (News::Used { on, .. }, News::Used { on: again, .. }) => on == again,
                _ => news == other,
            };
            if !now.0.iter().any(stands) && self.tenant.withdraw(key, news) {
                self.lockstep.note(id, *news, true);
                self.say_again(id, news, now);
            }
        }
    }

    /// What a key shows in place of what it shows no longer: a later first time, a lower score. It was not kept
    /// while the other stood.
    fn say_again(&mut self, id: &AccessKeyId, gone: &News, now: &KeyNews) {
        let key = hash(id.as_str().as_bytes());
        let is_its_place = |news: &News| match (gone, news) {
            (News::Seen { value, .. }, News::Seen { value: again, .. }) => value == again,
            (News::Made { second, .. }, News::Made { second: again, .. }) => second == again,
            _ => false,
        };
        for (_, news) in now.0.iter().filter(|(_, news)| is_its_place(news)) {
            if self.tenant.keep(key, news) {
                self.lockstep.note(id, *news, false);
            }
        }
    }

    /// What some keys are known to have shown, each since its instant, by their places.
    #[must_use]
    pub fn shown_since(&self, keys: &[(&AccessKeyId, Timestamp)]) -> Vec<KeyNews> {
        let short = |(place, (id, since)): (usize, &(&AccessKeyId, Timestamp))| {
            (short_key(id), (place, second(*since)))
        };
        let places: HashMap<u32, (usize, u32)> = keys.iter().enumerate().map(short).collect();
        let mut shown = vec![KeyNews::default(); keys.len()];
        self.tenant.shown(|news, key, from| {
            // What was shown in the hour in which the state was kept may be in it.
            let meant = places.get(&key).filter(|(_, since)| from >= *since);
            if let Some(shown) = meant.and_then(|(place, _)| shown.get_mut(*place)) {
                shown.0.push((from, news));
            }
        });
        shown
    }

    /// The keys that were judged by what is no longer so, since this was asked last.
    pub fn overtaken(&mut self) -> Overtaken {
        let mut overtaken = Overtaken::default();
        let (today, now) = (day(self.lockstep.latest), self.lockstep.latest / 3_600);
        let begin = |number: u32, length: u32| {
            Timestamp::from_second((i64::from(number) + 1) * i64::from(length)).ok()
        };
        for (id, news, turn) in std::mem::take(&mut self.lockstep.overtaking) {
            match news {
                News::Seen { value, hour, .. } if hour < now => {
                    let since = overtaken.any_since;
                    overtaken.any_since = since.into_iter().chain(begin(hour, 3_600)).min();
                    let askers = self.lockstep.askers.get(&value).into_iter().flatten();
                    let before = askers.filter(|((_, at), asked)| *at > hour && **asked < turn);
                    let names = before.filter_map(|((key, _), _)| self.lockstep.names.get(key));
                    overtaken.keys.extend(names.cloned());
                }
                News::Used { on, .. } if on < today => {
                    let (since, next) = (overtaken.all_since, begin(u32::from(on), DAY));
                    overtaken.all_since = since.into_iter().chain(next).min();
                }
                News::Alarmed { told: at, .. } | News::Made { second: at, .. }
                    if at < self.lockstep.latest =>
                {
                    overtaken.keys.extend(self.leaks.children(&id).cloned());
                    overtaken.suspects.insert(id);
                }
                News::Seen { .. }
                | News::Used { .. }
                | News::Alarmed { .. }
                | News::Made { .. } => {}
            }
        }
        overtaken
    }

    /// What changed of what all keys show since this was asked last, to keep; empty where nothing
    /// did.
    pub fn take_changes(&mut self) -> Vec<u8> {
        let changes = std::mem::take(&mut self.lockstep.changes);
        if changes.is_empty() && self.watched_since == self.lockstep.since_kept {
            return Vec::new();
        }
        self.lockstep.since_kept = self.watched_since;
        encode(&(self.watched_since, changes))
    }

    /// Takes up what [`Self::take_changes`] gave.
    ///
    /// # Errors
    /// It is unreadable or of another version.
    pub fn take_up_changes(&mut self, changes: &[u8]) -> Result<(), InvalidTenant> {
        let read: Option<(Option<u32>, Vec<Change>)> = decode(changes);
        let (since, changes) = read.ok_or(InvalidTenant)?;
        self.watched_since = self.watched_since.into_iter().chain(since).min();
        self.lockstep.since_kept = self.watched_since;
        for Change { key, news, is_gone } in changes {
            let _is_news = match is_gone {
                true => self.tenant.withdraw(key, &news),
                false => self.tenant.keep(key, &news),
            };
        }
        Ok(())
    }

    /// Sees what all keys show as another detector does, and who read the objects of the leaks
    /// known here, to judge one key.
    pub fn look_over(&mut self, other: &Self, id: &AccessKeyId) {
        self.learn_readers(other);
        (self.watched_since, self.lockstep.since_kept) = (other.watched_since, other.watched_since);
        self.lockstep.latest = other.lockstep.latest;
        self.tenant = other.tenant.to_judge(hash(id.as_str().as_bytes()));
        self.turn_dial();
    }

    /// From when on the log is watched, where that is known.
    #[must_use]
    pub fn watched_since(&self) -> Option<Timestamp> {
        Timestamp::from_second(i64::from(self.watched_since?)).ok()
    }
}
