//! The signals: one file a sensor, registered here in `SENSORS`.
//!
//! A sensor weighs one trait of an event against the key's own past: `ln P(x | stranger) − ln P(x |
//! owner)` in nats, 0 where it has nothing to say, and says so in a sentence that a person can
//! check.

mod amount;
mod leaked_key_use;
mod new_source;

use claviger_model::{AccessEvent, LeakSource};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::profile::{Group, Profile};
use crate::source::Source;

/// What a sensor sees.
pub(crate) struct Sight<'a> {
    /// The event.
    pub(crate) event: &'a AccessEvent,
    /// Its time in seconds since 1970.
    pub(crate) second: u32,
    /// The key's past, with what the event took counted in and its source not yet learned.
    pub(crate) profile: &'a Profile,
    /// Where it came from.
    pub(crate) source: &'a Source,
    /// Whether that was the key's own before.
    pub(crate) group: Group,
    /// Sources first seen before this second are the key's own: the leak, or a day ago.
    pub(crate) cutoff: u32,
    /// The leak in force at the event.
    pub(crate) exposure: Option<Exposure>,
    /// Days on which the log was watched before the cutoff, whether or not the key was used.
    pub(crate) watched_days: f64,
}

/// The leaks of a key that are in force at an instant, taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exposure {
    /// The first instant from which the key could be read.
    pub(crate) since: Timestamp,
    /// The gravest way in which it was.
    pub(crate) source: LeakSource,
}

/// What a signal is about. Within a family the strongest sensor counts, so that one surprise is
/// counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Family {
    /// What is known of the leak.
    Leak,
    /// Where from.
    Source,
    /// How much.
    Amount,
}

impl Family {
    /// Every family.
    pub(crate) const ALL: [Self; 3] = [Self::Leak, Self::Source, Self::Amount];

    /// Whether a day's evidence is a new fact beside that of the days before. That the key leaked,
    /// or where a source stands, is the same fact every day.
    pub(crate) fn adds_up(self) -> bool {
        matches!(self, Self::Amount)
    }

    /// The word in data.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Leak => "leak",
            Self::Source => "source",
            Self::Amount => "amount",
        }
    }
}

/// What a sensor's file offers.
pub(crate) struct Sensor {
    /// The word on the command line and in data: its file's name.
    pub(crate) name: &'static str,
    /// What the signal is about.
    pub(crate) family: Family,
    /// The evidence in nats, for a stranger above 0.
    pub(crate) weigh: fn(&Sight<'_>) -> f64,
    /// The evidence as a sentence; called only where `weigh` is not 0.
    pub(crate) words: fn(&Sight<'_>) -> String,
}

/// The sensors' names, in the order in which they are asked.
#[must_use]
pub fn sensors() -> Vec<&'static str> {
    SENSORS.iter().map(|sensor| sensor.name).collect()
}

/// The sensors to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked([bool; SENSORS.len()]);

impl Asked {
    /// Every one.
    pub(crate) fn all() -> Self {
        Self([true; SENSORS.len()])
    }

    /// No longer the one of this name; `false` where there is none.
    pub(crate) fn leave_out(&mut self, name: &str) -> bool {
        let place = SENSORS.iter().position(|sensor| sensor.name == name);
        place.map(|place| self.0[place] = false).is_some()
    }

    /// Whether the one at this place is asked.
    pub(crate) fn is_asked(self, place: usize) -> bool {
        self.0[place]
    }
}

/// No sensor has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no sensor")]
pub struct UnknownSensor {
    /// The name given.
    pub name: String,
}

impl UnknownSensor {
    /// The way out, in words.
    #[must_use]
    pub fn hint(&self) -> String {
        let names: Vec<String> = sensors().iter().map(|name| format!("`{name}`")).collect();
        format!("the sensors are {}", names.join(", "))
    }
}

/// Every sensor.
pub(crate) const SENSORS: [Sensor; 3] =
    [leaked_key_use::SENSOR, new_source::SENSOR, amount::SENSOR];
