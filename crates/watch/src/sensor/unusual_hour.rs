//! `unusual_hour`: the key is used at an hour of the week at which it never is.
//!
//! Weak evidence, and only of keys that sleep: people do work late. That the hour is a usual one says
//! nothing: thieves keep office hours, too.

use super::{Family, Sensor, Sight};

pub(super) const SENSOR: Sensor =
    Sensor { name: "unusual_hour", family: Family::Time, weigh, words: sentence };

/// Strongest evidence in nats.
const FOR_MAX: f64 = 1.5;

/// Days of use before the hours tell anything.
const DAYS_MIN: u16 = 5;

fn weigh(sight: &Sight<'_>) -> f64 {
    if sight.profile.days < DAYS_MIN {
        return 0.0;
    }
    let habit = sight.profile.rhythm.habit_of_hour(sight.traits.second);
    (0.6 / habit).ln().clamp(0.0, FOR_MAX)
}

fn sentence(sight: &Sight<'_>) -> String {
    let habit = sight.profile.rhythm.habit_of_hour(sight.traits.second);
    let when = sight.event.time.strftime("%A %H:%M UTC");
    format!("on a {when} the key is used {:.0} % as often as on average", 100.0 * habit)
}
