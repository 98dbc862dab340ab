//! `list_then_read`: the key reads one object after another of what it has just listed.
//!
//! Whoever knows what he wants asks for it; whoever takes what there is lists it first. Backups and
//! synchronizations do so every night, so the key's own past days are the measure. Who takes more than
//! ever has mostly listed it, so that it counts with the amounts and not beside them.

use super::{Family, Sensor, Sight};
use crate::sketch::{amount_of, level};
use crate::words;

pub(super) const SENSOR: Sensor =
    Sensor { name: "list_then_read", family: Family::Amount, weigh, words: sentence };

/// Fewer objects are a page that somebody looks at.
const OBJECTS_MIN: u16 = 8;

/// From so many on it says all it has to say.
const OBJECTS_MANY: f64 = 32.0;

/// How likely a stranger does so on a day, and keys in general, which are worth so many days.
const STRANGER: f64 = 0.4;
const PEERS: f64 = 0.05;
const PEERS_DAYS: f64 = 3.0;

/// A young key has shown little of what it does yet.
const YOUNG_DAYS: f64 = 1.5;

/// Strongest evidence in nats.
const FOR_MAX: f64 = 3.5;

fn weigh(sight: &Sight<'_>) -> f64 {
    let read = sight.profile.trail(sight.group).read_listed();
    if read < OBJECTS_MIN {
        return 0.0;
    }
    let days = f64::from(sight.profile.days);
    let past = match sight.profile.read_listed.at_least(level(read.into())) {
        // No more than four are counted.
        4 => days,
        past => past as f64,
    };
    let young = 0.8 * (-days / YOUNG_DAYS).exp();
    let chance = ((past + PEERS_DAYS * PEERS) / (days + PEERS_DAYS)).max(young);
    let beyond = f64::from(read) / f64::from(OBJECTS_MIN);
    let much = (beyond.ln_1p() / (1.0 + OBJECTS_MANY / f64::from(OBJECTS_MIN)).ln()).min(1.0);
    much * (STRANGER / chance).ln().clamp(0.0, FOR_MAX)
}

fn sentence(sight: &Sight<'_>) -> String {
    let read = sight.profile.trail(sight.group).read_listed();
    let most = amount_of(sight.profile.read_listed.record());
    let before = match most {
        0 => "which it never did before".to_owned(),
        most => format!("before, about {} at most", words::number(most)),
    };
    format!(
        "it listed and then read {} of what it had listed, {before}",
        words::counted(read.into(), "object", "objects"),
    )
}
