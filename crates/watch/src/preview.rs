//! What would have been raised had the dial stood elsewhere.
//!
//! What looks like a stranger teaches no habits, and from where on it does so hangs on the dial. So one detector
//! learns until an instant, by the dial as it stood; from there on one for each value goes on by itself, over the
//! same events. Where the value is the one that was in force, that is [`Detector::observe`] to the last digit.

use std::collections::{BTreeMap, BTreeSet};

use claviger_model::{AccessEvent, AccessKeyId, Alarm};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::detector::Detector;
use crate::dial::Dial;
use crate::live::alarm_id;
use crate::sketch::hash;

/// Alarms of one value that are listed, the first ones; the others are counted.
const LISTED_MAX: usize = 1_000;

/// Keys of one value that are told apart.
const KEYS_MAX: usize = 100_000;

/// An alarm that would have been raised.
#[derive(Debug, Clone, PartialEq)]
pub struct RaisedAlarm {
    /// Its name, as the service would keep it.
    pub id: String,
    /// When.
    pub time: Timestamp,
    /// The key.
    pub access_key_id: AccessKeyId,
    /// Its score in nats.
    pub score: f64,
    /// What happened, in a sentence.
    pub sentence: String,
    first_event: u64,
    /// Of what events the stretch was made by then.
    events: BTreeSet<u64>,
}

impl RaisedAlarm {
    /// What is shown of an alarm, and what tells it from others.
    #[must_use]
    pub fn of(alarm: &Alarm) -> Self {
        Self {
            id: alarm_id(alarm),
            time: alarm.time,
            access_key_id: alarm.access_key_id.clone(),
            score: alarm.score,
            sentence: alarm.reasons.first().cloned().unwrap_or_default(),
            first_event: hash(alarm.first_event_id.as_str().as_bytes()),
            events: alarm.event_ids.iter().map(|id| hash(id.as_str().as_bytes())).collect(),
        }
    }

    /// Whether it tells of the same stretch of access as another one, be it at another time.
    #[must_use]
    pub fn tells_the_same(&self, other: &Self) -> bool {
        self.access_key_id == other.access_key_id
            && (self.events.contains(&other.first_event)
                || other.events.contains(&self.first_event))
    }
}

/// What would have been raised at one value of the dial.
#[derive(Debug, Clone, PartialEq)]
pub struct Raised {
    /// The value.
    pub alarms_per_day: f64,
    /// How many alarms on each day, in UTC; days without one are left out.
    pub by_day: BTreeMap<Date, u64>,
    /// The keys, the first 100,000.
    pub keys: BTreeSet<AccessKeyId>,
    /// Whether other keys had an alarm, too.
    pub has_more_keys: bool,
    /// The first alarms, in the order of time.
    pub alarms: Vec<RaisedAlarm>,
}

impl Raised {
    /// No alarm yet.
    #[must_use]
    pub fn new(alarms_per_day: f64) -> Self {
        let (by_day, keys, alarms) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
        Self { alarms_per_day, by_day, keys, has_more_keys: false, alarms }
    }

    /// How many alarms, those that are not listed included.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.by_day.values().sum()
    }

    /// From when on alarms are missing in the list; `None` where it has all of them.
    #[must_use]
    pub fn listed_until(&self) -> Option<Timestamp> {
        let is_whole = self.count() == self.alarms.len() as u64;
        self.alarms.last().filter(|_| !is_whole).map(|last| last.time)
    }

    /// Takes the next alarm in the order of time.
    pub fn add(&mut self, alarm: &Alarm) {
        *self.by_day.entry(TimeZone::UTC.to_datetime(alarm.time).date()).or_default() += 1;
        if self.keys.len() < KEYS_MAX {
            self.keys.insert(alarm.access_key_id.clone());
        } else if !self.keys.contains(&alarm.access_key_id) {
            self.has_more_keys = true;
        }
        if self.alarms.len() < LISTED_MAX {
            self.alarms.push(RaisedAlarm::of(alarm));
        }
    }
}

/// Detectors side by side, one for each value of the dial.
#[derive(Debug)]
pub struct Preview {
    /// Who learns until the instant; `None` after it.
    learner: Option<Detector>,
    dial: Dial,
    since: Timestamp,
    values: Vec<f64>,
    judges: Vec<(Detector, Raised)>,
}

impl Preview {
    /// Judges by the dial as it stood until an instant, and by each of the values from there on. `detector` has
    /// seen nothing and knows what is known of leaks, births and rights.
    #[must_use]
    pub fn new(mut detector: Detector, dial: Dial, since: Timestamp, values: &[f64]) -> Self {
        detector.set_dial(dial.clone());
        let (learner, values, judges) = (Some(detector), values.to_vec(), Vec::new());
        Self { learner, dial, since, values, judges }
    }

    /// Takes the next event in the order of time; `is_own` where one of our own keys made it.
    pub fn observe(&mut self, event: &AccessEvent, is_own: bool) {
        if event.time >= self.since {
            self.part();
        }
        if let Some(learner) = &mut self.learner {
            let _before = judge(learner, event, is_own);
        }
        for (detector, raised) in &mut self.judges {
            if let Some(alarm) = judge(detector, event, is_own) {
                raised.add(&alarm);
            }
        }
    }

    /// The instant has come: one detector for each value goes on.
    fn part(&mut self) {
        let Some(learner) = self.learner.take() else { return };
        let learners = std::iter::repeat_n(learner, self.values.len());
        self.judges = learners.zip(self.values.iter().map(|value| Raised::new(*value))).collect();
        for (detector, raised) in &mut self.judges {
            let mut dial = self.dial.clone();
            dial.turn(self.since, raised.alarms_per_day);
            detector.set_dial(dial);
        }
    }

    /// How many keys were forgotten, since there were too many to watch.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        let judges = self.judges.iter().map(|(detector, _)| detector);
        judges.chain(&self.learner).map(Detector::forgotten).max().unwrap_or(0)
    }

    /// What each value would have raised, in the order of the values.
    #[must_use]
    pub fn into_raised(mut self) -> Vec<Raised> {
        self.part();
        self.judges.into_iter().map(|(_, raised)| raised).collect()
    }
}

fn judge(detector: &mut Detector, event: &AccessEvent, is_own: bool) -> Option<Alarm> {
    if is_own { detector.observe_own(event) } else { detector.observe(event) }
}
