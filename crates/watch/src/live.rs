//! One key's judgement from a kept state, for whoever keeps the keys elsewhere.
//!
//! A key's state holds what happened up to a watermark; what came after it is judged anew each time,
//! sorted and without repeats. So a line that comes late or twice leads to the same answer as one
//! that came in its turn, and an alarm that no longer stands is not among those given.

use claviger_model::{AccessEvent, AccessKeyId, Alarm, EventId};
use jiff::Timestamp;

use crate::detector::{Detector, InvalidSnapshot};

/// An alarm that stands, with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The same whenever the same stretch of the same key is judged: raising it twice is harmless.
    pub id: String,
    /// The alarm.
    pub alarm: Alarm,
}

/// A key's recent events, judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// All alarms that stand over the recent events. One of an earlier judgement of the same events
    /// that is not among them stands no longer.
    pub alarms: Vec<Standing>,
    /// The state with the events before `fold_until` taken in: the next judgement begins from it
    /// and is given the events from there on.
    pub state: Vec<u8>,
}

impl Detector {
    /// Judges what a key did since its state was kept.
    ///
    /// `recent` are the events of this key that `state` has not taken in, by [`sort_and_dedup`].
    /// Give `None` for a key without a state. The detector's leaks and tenant are what the judgement
    /// knows; it changes neither.
    ///
    /// # Errors
    /// The state is unreadable or of another version: replay the key's history without it.
    ///
    /// [`sort_and_dedup`]: crate::sort_and_dedup
    pub fn judge_key(
        &self,
        access_key_id: &AccessKeyId,
        state: Option<&[u8]>,
        recent: &[AccessEvent],
        fold_until: Timestamp,
    ) -> Result<Judged, InvalidSnapshot> {
        let mut watch = self.watch_from(access_key_id, state, recent.first())?;
        let (past, open) = recent.split_at(recent.partition_point(|event| event.time < fold_until));
        let mut alarms = Vec::new();
        let mut told = |alarm: Option<Alarm>| {
            if let Some(alarm) = alarm {
                alarms.push(Standing { id: id_of(&alarm), alarm });
            }
        };
        past.iter().for_each(|event| told(self.judge_with(&mut watch, event)));
        let state = watch.to_bytes();
        open.iter().for_each(|event| told(self.judge_with(&mut watch, event)));
        Ok(Judged { alarms, state })
    }
}

/// An alarm's name: the key, the first event of the stretch, and the event at which it was told.
fn id_of(alarm: &Alarm) -> String {
    let told_at = alarm.time.to_string();
    let parts = ["alarm", alarm.access_key_id.as_str(), alarm.first_event_id.as_str(), &told_at];
    EventId::derived(&parts).0
}
