//! What is older than the lateness window is taken into a key's kept state.

use std::collections::HashSet;

use claviger_store::KeyState;
use claviger_watch::Detector;
use jiff::{SignedDuration, Timestamp};

use super::Held;

/// The most events of a key that are judged anew when a line comes late. A busier key is folded sooner: its
/// lateness window is shorter, and what is later is judged from its history.
const RECENT_MAX: usize = 8_192;

/// An event may be so much younger than our clock; one that is more must not fold what comes meanwhile.
const AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);

/// The beginning of the hour: what a key showed first is known by its hour, and is in its kept state as a whole or
/// not at all.
pub(crate) fn whole_hour(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(3_600)).unwrap_or(at)
}

impl Held {
    /// Folds what is older than the lateness window, once there is enough of it; without a window nothing, unless it
    /// is far too much. Returns the state to keep, if it is another: the first time that of a key that is only known
    /// to exist.
    pub(crate) fn fold(
        &mut self,
        detector: &Detector,
        now: Timestamp,
        lateness: Option<SignedDuration>,
    ) -> Option<KeyState> {
        let must = self.recent.len() > RECENT_MAX;
        let lateness = lateness.or(must.then_some(SignedDuration::MAX));
        let until = lateness.and_then(|lateness| self.fold_target(now, lateness));
        let cut = until.map_or(0, |until| self.recent.partition_point(|event| event.time < until));
        let is_folded = until.is_some_and(|until| cut > 0 && self.fold_to(detector, cut, until));
        let is_new = std::mem::take(&mut self.is_new);
        (is_folded || is_new).then(|| self.state())
    }

    fn fold_target(&self, now: Timestamp, lateness: SignedDuration) -> Option<Timestamp> {
        let known = now.checked_add(AHEAD_MAX).unwrap_or(Timestamp::MAX);
        let newest =
            self.recent.iter().rev().map(|event| event.time).find(|time| *time <= known)?;
        let oldest = self.recent.first()?.time;
        let window = newest.checked_sub(lateness).unwrap_or(Timestamp::MIN);
        if self.recent.len() > RECENT_MAX {
            let middle = self.recent.get(self.recent.len() - RECENT_MAX / 2)?;
            return Some(window.max(middle.time.min(newest)));
        }
        // Half as much again before it is worth the writing.
        let is_due = newest.duration_since(oldest) > lateness + lateness / 2;
        let whole = whole_hour(window);
        is_due.then_some(if oldest < whole { whole } else { window })
    }

    /// Whether that went well.
    fn fold_to(&mut self, detector: &Detector, cut: usize, until: Timestamp) -> bool {
        // On from how it stood on the way there, which is as good as from the kept state, and shorter.
        let mark = self.marks.take_before(cut.min(self.judged));
        let (begin, state) = match mark {
            Some(mark) => (mark.judged, Some(mark.state.to_kept())),
            None => (0, self.base.clone()),
        };
        let past = self.recent.get(begin..cut).unwrap_or_default();
        let judged = detector.judge_key(&self.key, state.as_deref(), past, Timestamp::MAX);
        let judged = match judged {
            Ok(judged) => judged,
            Err(error) => {
                self.begin_anew(&error);
                return false;
            }
        };
        let shown = self.news.count();
        self.news.fold(until);
        self.base = Some(judged.state);
        let gone: HashSet<String> = self
            .alarms
            .iter()
            .filter(|one| one.alarm.time < until)
            .map(|one| one.id.clone())
            .collect();
        let raised = self.alarms.len();
        self.alarms.retain(|one| !gone.contains(&one.id));
        self.marks.count_from(cut, raised - self.alarms.len(), shown - self.news.count());
        self.kept.retain(|id, _| !gone.contains(id));
        for event in self.recent.drain(..cut) {
            self.unsure.remove(&event.event_id);
        }
        self.recent.shrink_to(2 * self.recent.len());
        self.look_at_clients();
        self.judged = self.judged.saturating_sub(cut);
        if let Some(ahead) = &mut self.ahead {
            // What is folded is older than the newest instant.
            ahead.from = ahead.from.saturating_sub(cut);
        }
        self.folded_until = until;
        true
    }

    fn state(&self) -> KeyState {
        KeyState {
            access_key_id: self.key.clone(),
            folded_until: self.folded_until,
            state: self.base.clone().unwrap_or_default(),
        }
    }
}
