//! The signals: one file a sensor, registered here in `SENSORS`.
//!
//! A sensor weighs one trait of an event against the key's own past: `ln P(x | stranger) − ln P(x |
//! owner)` in nats, 0 where it has nothing to say, and says so in a sentence that a person can
//! check.

mod amount;
mod far_apart;
mod granted_by_suspect;
mod hidden_source;
mod leak_reader;
mod leaked_key_use;
mod list_then_read;
mod looking_around;
mod made_by_suspect;
mod new_bucket;
mod new_client;
mod new_folder;
mod new_operation;
mod new_source;
pub(crate) mod ransom;
mod rights_change;
mod unusual_hour;
pub(crate) mod waking;
mod widened_rights;

use std::cell::RefCell;

use claviger_model::AccessEvent;
use serde::{Deserialize, Serialize};

use crate::grants::Grant;
use crate::habit::{Day, Standing};
use crate::leaks::{Birth, Exposure};
use crate::place::Places;
use crate::profile::{Group, Profile, Standings, Trait};
use crate::tenant::{Others, Tenant, salted};
use crate::traits::Traits;

/// What a sensor sees.
pub(crate) struct Sight<'a> {
    /// The event.
    pub(crate) event: &'a AccessEvent,
    /// Its traits.
    pub(crate) traits: &'a Traits,
    /// How its values stand to the key.
    pub(crate) standings: &'a Standings,
    /// The key's past, with what the event took counted in and its values not yet learned.
    pub(crate) profile: &'a Profile,
    /// What all keys show.
    pub(crate) tenant: &'a Tenant,
    /// Where it is noted of which values other keys were asked.
    pub(crate) asked_of: Option<&'a RefCell<Vec<u64>>>,
    /// Where addresses are.
    pub(crate) places: &'a Places,
    /// Whether the source was the key's own before.
    pub(crate) group: Group,
    /// The key, as the tenant knows it.
    pub(crate) key: u32,
    /// The leak in force at the event.
    pub(crate) exposure: Option<Exposure>,
    /// Its day: what was seen later is not the key's own.
    pub(crate) leaked: Option<Day>,
    /// Days on which the log was watched before the leak, whether or not the key was used.
    pub(crate) watched_days: f64,
    /// When the source read an object that holds the key, if it did.
    pub(crate) read_at: Option<u32>,
    /// How the key came to be, if by a key that was under alarm.
    pub(crate) tainted_by: Option<&'a Birth>,
    /// The rights that the key's holder was given by a key that was under alarm, where the source is
    /// strange: whoever gave them may be at work with them now.
    pub(crate) granted_by: Option<&'a Grant>,
    /// The score of the strange source that made the key, if it looked suspicious then.
    pub(crate) inherited: Option<f64>,
}

impl Sight<'_> {
    /// How the event's value of a trait stands.
    fn standing(&self, of: Trait) -> Option<Standing> {
        self.standings[of as usize]
    }

    /// How new the event's value of a trait is: 1 today, less on the days after, `None` where it is
    /// known or the event has none.
    fn newness(&self, of: Trait) -> Option<f64> {
        match self.standing(of)? {
            Standing::Known { .. } => None,
            Standing::Fresh { age } => Some(1.0 - f64::from(age) / 4.5),
            Standing::New => Some(1.0),
        }
    }

    /// The chance that a day of this key brings a new value of a trait.
    fn chance_of_new(&self, of: Trait) -> f64 {
        let day = self.traits.day;
        let days = self.profile.days;
        self.profile.chance_of_new(of, day, self.tenant.chance_of_new(of, day, days))
    }

    /// The same of a client or its tool, where the source is new as well: that is one surprise as far as
    /// other keys show, and the less so the oftener this one moved without.
    fn chance_of_new_here(&self, of: Trait) -> f64 {
        let own = self.chance_of_new(of);
        if self.newness(Trait::Prefix).is_none() {
            return own;
        }
        let day = self.traits.day;
        own.max(self.tenant.chance_of_new_elsewhere(of, day, self.profile.moves(day)))
    }

    /// The other keys that took a value of a trait before.
    fn others(&self, of: Trait, value: u64) -> Others {
        if let Some(asked) = self.asked_of {
            asked.borrow_mut().push(salted(of, value));
        }
        self.tenant.others(of, value, self.key, self.traits.second)
    }

    /// The last day whose values are the key's own.
    fn own_until(&self) -> Day {
        self.leaked.unwrap_or_else(|| self.traits.day.saturating_sub(1))
    }

    /// `in 41 days the key was used from 2 addresses`: the habit a sentence compares with.
    fn habit(&self, of: Trait, one: &str, many: &str) -> String {
        let count = crate::words::counted(self.profile.known(of, self.own_until()), one, many);
        let days = crate::words::counted(u64::from(self.profile.days), "day", "days");
        format!("in {days} of use it had {count}")
    }
}

/// What a signal is about. Within a family the strongest sensor counts, so that one surprise is
/// counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Family {
    /// What is known of the leak.
    Leak,
    /// Where from.
    Source,
    /// With what.
    Tool,
    /// What is done.
    Operation,
    /// On what.
    Target,
    /// How much.
    Amount,
    /// When.
    Time,
    /// Changes of rights, keys, records and protection.
    Control,
}

/// How many families there are.
pub(crate) const FAMILIES: usize = Family::ALL.len();

impl Family {
    /// Every family, by its place.
    pub(crate) const ALL: [Self; 8] = [
        Self::Leak,
        Self::Source,
        Self::Tool,
        Self::Operation,
        Self::Target,
        Self::Amount,
        Self::Time,
        Self::Control,
    ];

    /// Whether a day's evidence is a new fact beside that of the days before. That the key leaked,
    /// or where a source stands, is the same fact every day.
    pub(crate) fn adds_up(self) -> bool {
        matches!(self, Self::Amount | Self::Target | Self::Operation)
    }

    /// The word in data.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Leak => "leak",
            Self::Source => "source",
            Self::Tool => "tool",
            Self::Operation => "operation",
            Self::Target => "target",
            Self::Amount => "amount",
            Self::Time => "time",
            Self::Control => "control",
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

/// How many sensors there are.
const COUNT: usize = 19;

/// Every sensor.
pub(crate) static SENSORS: [Sensor; COUNT] = [
    leaked_key_use::SENSOR,
    leak_reader::SENSOR,
    made_by_suspect::SENSOR,
    granted_by_suspect::SENSOR,
    new_source::SENSOR,
    hidden_source::SENSOR,
    new_client::SENSOR,
    new_operation::SENSOR,
    looking_around::SENSOR,
    list_then_read::SENSOR,
    ransom::SENSOR,
    new_bucket::SENSOR,
    new_folder::SENSOR,
    amount::SENSOR,
    unusual_hour::SENSOR,
    waking::SENSOR,
    far_apart::SENSOR,
    rights_change::SENSOR,
    widened_rights::SENSOR,
];

/// The sensors' names, in the order in which they are asked.
#[must_use]
pub fn sensors() -> Vec<&'static str> {
    SENSORS.iter().map(|sensor| sensor.name).collect()
}

/// The sensors to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked([bool; COUNT]);

impl Asked {
    /// Every one.
    pub(crate) fn all() -> Self {
        Self([true; COUNT])
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
