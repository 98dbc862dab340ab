//! A key in its turns: what of its events is judged, from where, and which of its alarms stand over that.

use std::collections::{HashMap, HashSet};

use claviger_model::{AccessEvent, Leak};
use claviger_watch::{Detector, InvalidSnapshot, KeyNews, LiveState, Standing, Turn};
use jiff::Timestamp;

use super::Held;
use super::marks::{EVENTS_MIN, Mark};
use crate::gather::judge::change::{Change, content};

impl Held {
    /// Judges under these leaks from now on. Says whether it judged under others.
    pub(crate) fn know(&mut self, leaks: &[Leak]) -> bool {
        let former = self.leaks.replace(leaks.to_vec());
        let is_news = former.is_some_and(|former| former != leaks);
        if is_news {
            // What is folded was judged without: that is the history's to mend.
            self.is_outdated |= self.base.is_some();
            self.past = None;
            self.rewind();
        }
        is_news
    }

    /// It is judged anew from its kept state.
    pub(crate) fn rewind(&mut self) {
        self.marks.clear();
        self.rewind_to(0);
    }

    /// It is judged anew from how it stood before the event at a place.
    pub(super) fn rewind_to(&mut self, place: usize) {
        self.end_instant_after(place);
        let mark = self.marks.back_to(place);
        let (judged, alarms, news) =
            mark.as_ref().map_or((0, 0, 0), |mark| (mark.judged, mark.alarms, mark.news));
        self.tip = mark.map(|mark| mark.state);
        self.judged = judged;
        self.alarms.truncate(alarms);
        self.former.append(self.news.split_off(news));
        self.needs_former |= self.was_judged_before;
        self.was_rewound = true;
    }

    /// Since when what it showed in a process before is to be known, because it is judged anew.
    pub(crate) fn lacks_former(&self) -> Option<Timestamp> {
        self.needs_former.then_some(self.folded_until)
    }

    /// What it showed in a process before.
    pub(crate) fn set_former(&mut self, shown: KeyNews) {
        self.former.append(shown);
        self.needs_former = false;
    }

    /// Whether it was judged anew since this was asked.
    pub(crate) fn take_rewound(&mut self) -> bool {
        std::mem::take(&mut self.was_rewound)
    }

    /// What it showed since its state was kept.
    pub(crate) fn news(&self) -> &KeyNews {
        &self.news
    }

    /// The events that are still to be judged.
    pub(crate) fn open(&self) -> &[AccessEvent] {
        self.recent.get(self.judged..).unwrap_or_default()
    }

    /// The last event that was judged.
    pub(crate) fn last_judged(&self) -> Option<&AccessEvent> {
        self.recent.get(self.judged.checked_sub(1)?)
    }

    /// Its state after the last event that was judged; `None` where there is none.
    pub(crate) fn state_by_now(&self) -> Option<Vec<u8>> {
        self.tip.as_ref().map(LiveState::to_kept).or_else(|| self.base.clone())
    }

    /// Its turn begins, where anything is to be judged.
    pub(crate) fn begin_turn(&mut self, detector: &Detector) -> Option<Turn> {
        let first = self.open().first()?.time;
        if let Some(tip) = &self.tip {
            return Some(detector.go_on(&self.key, tip));
        }
        match detector.take_up(&self.key, self.base.as_deref(), first) {
            Ok(turn) => Some(turn),
            Err(error) => {
                self.begin_anew(&error);
                None
            }
        }
    }

    /// The number among its open events of the first of the newest instant, where enough come before it: all of that
    /// instant may have to be judged anew.
    pub(crate) fn newest_instant(&self) -> Option<usize> {
        let open = self.open();
        let newest = open.last()?.time;
        let number = open.partition_point(|event| event.time < newest);
        (number >= EVENTS_MIN).then_some(number)
    }

    /// Its turn has come to an open event, with so many alarms raised.
    pub(crate) fn pass(&mut self, number: usize, turn: &Turn, raised: usize) {
        let (state, shown) = turn.standing();
        self.midway = Some(Mark {
            judged: self.judged + number,
            state,
            alarms: self.alarms.len() + raised,
            news: self.news.count() + shown,
        });
    }

    /// Its turn is over, and all was judged: these alarms were raised.
    pub(crate) fn end_turn(&mut self, detector: &mut Detector, turn: Turn, raised: Vec<Standing>) {
        let (alarms, news) = (self.alarms.len(), self.news.count());
        let (state, shown) = turn.into_parts();
        if let Some(state) = self.tip.replace(state) {
            let mark = Mark { judged: self.judged, state, alarms, news };
            self.marks.set(mark, self.recent.len());
        }
        if let Some(mark) = self.midway.take() {
            self.marks.set(mark, self.recent.len());
        }
        self.alarms.extend(raised);
        self.judged = self.recent.len();
        self.news.append(shown);
        detector.withdraw(&self.key, &std::mem::take(&mut self.former), &self.news);
        (self.was_judged_before, self.needs_former) = (false, false);
    }

    /// Judges what was not judged yet, without other keys.
    pub(crate) fn judge_alone(&mut self, detector: &mut Detector) -> Change {
        if let Some(mut turn) = self.begin_turn(detector) {
            let newest = self.newest_instant();
            let mut raised = Vec::new();
            for number in 0..self.open().len() {
                if newest == Some(number) {
                    self.pass(number, &turn, raised.len());
                }
                let event = self.open().get(number);
                raised.extend(event.and_then(|event| detector.judge_in_turn(&mut turn, event)));
            }
            self.end_turn(detector, turn, raised);
        }
        self.change()
    }

    /// What changed about the alarms since they were kept.
    pub(crate) fn change(&self) -> Change {
        if self.judged < self.recent.len() {
            return Change::default();
        }
        let standing: HashSet<&str> = self.alarms.iter().map(|one| one.id.as_str()).collect();
        let is_raised = |one: &&Standing| !self.kept.contains_key(&one.id);
        let is_altered = |one: &&Standing| {
            self.kept.get(&one.id).is_some_and(|kept| *kept != content(&one.alarm))
        };
        Change {
            raised: self.alarms.iter().filter(is_raised).cloned().collect(),
            altered: self.alarms.iter().filter(is_altered).cloned().collect(),
            withdrawn: self
                .kept
                .keys()
                .filter(|id| !standing.contains(id.as_str()))
                .cloned()
                .collect(),
        }
    }

    /// The change was kept.
    pub(crate) fn settle(&mut self, change: &Change) {
        for id in &change.withdrawn {
            self.kept.remove(id);
        }
        let stand = change.raised.iter().chain(&change.altered);
        let open = stand.filter(|one| one.alarm.time >= self.folded_until);
        self.kept.extend(open.map(|one| (one.id.clone(), content(&one.alarm))));
    }

    /// These alarms of the open stretch are kept as standing.
    pub(crate) fn remember(&mut self, kept: HashMap<String, u64>) {
        self.kept = kept;
    }

    /// A state that another version wrote says nothing; the history does.
    pub(super) fn begin_anew(&mut self, error: &InvalidSnapshot) {
        tracing::warn!(key.id = %self.key, %error, "a key is judged anew from its history");
        self.base = None;
        self.is_outdated = true;
        self.rewind();
    }
}
