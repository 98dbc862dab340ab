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

impl Held {
    /// Folds what is older than the lateness window, once there is enough of it. Returns the state to keep,
    /// if it is another: the first time that of a key that is only known to exist.
    pub(crate) fn fold(
        &mut self,
        detector: &Detector,
        now: Timestamp,
        lateness: SignedDuration,
    ) -> Option<KeyState> {
        let until = self.fold_target(now, lateness);
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
        (newest.duration_since(oldest) > lateness + lateness / 2).then_some(window)
    }

    /// Whether that went well.
    fn fold_to(&mut self, detector: &Detector, cut: usize, until: Timestamp) -> bool {
        // On from how it stood on the way there, which is as good as from the kept state, and shorter.
        let mark = self.marks.back_to(cut.min(self.judged));
        let (begin, state) = match &mark {
            Some(mark) => (mark.judged, Some(mark.state.as_slice())),
            None => (0, self.base.as_deref()),
        };
        let past = self.recent.get(begin..cut).unwrap_or_default();
        let judged = detector.judge_key(&self.key, state, past, Timestamp::MAX);
        let judged = match judged {
            Ok(judged) => judged,
            Err(error) => {
                self.begin_anew(&error);
                return false;
            }
        };
        self.news.fold(until);
        self.marks.clear();
        self.base = Some(judged.state);
        let gone: HashSet<String> = self
            .alarms
            .iter()
            .filter(|one| one.alarm.time < until)
            .map(|one| one.id.clone())
            .collect();
        self.alarms.retain(|one| !gone.contains(&one.id));
        self.kept.retain(|id, _| !gone.contains(id));
        for event in self.recent.drain(..cut) {
            self.unsure.remove(&event.event_id);
        }
        self.recent.shrink_to(2 * self.recent.len());
        self.look_at_clients();
        self.judged = self.judged.saturating_sub(cut);
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
