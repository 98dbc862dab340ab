//! `rights_change`: a key that did not use to changes rights, keys, records or protection.
//!
//! How dangerous that is says nothing of who does it; the sentence shows it as what could be lost.

use super::{Family, Sensor, Sight};
use crate::operation::{Class, Operation};
use crate::profile::Trait;
use crate::words;

pub(super) const SENSOR: Sensor =
    Sensor { name: "rights_change", family: Family::Control, weigh, words: sentence };

/// How often keys in general begin to on a day.
const PEERS: f64 = 0.004;
const PEERS_DAYS: f64 = 3.0;

/// Strongest evidence in nats.
const FOR_MAX: f64 = 5.0;

/// So many kinds at once are more than an afternoon's work.
const KINDS_MIN: u32 = 3;

/// How likely a stranger does it on a day.
fn stranger(class: Class) -> f64 {
    match class {
        Class::Mint | Class::Policy => 0.15,
        Class::Logging | Class::Hide => 0.1,
        _ => 0.06,
    }
}

/// How likely a key begins with it. Whoever sets an account up makes users and rights at once; hardly anybody
/// begins by stopping the records.
fn beginner(class: Class) -> f64 {
    if class == Class::Hide { 0.003 } else { 0.3 }
}

/// Of owners who begin with such things few do so from somewhere else, with another tool, than all that was seen.
const ELSEWHERE: f64 = 0.2;

/// Whether neither the source nor the tool is one of the key's, which has some.
fn is_from_elsewhere(sight: &Sight<'_>) -> bool {
    let is_new = |of| sight.newness(of) == Some(1.0);
    sight.profile.days > 0 && is_new(Trait::Prefix) && is_new(Trait::Tool)
}

/// On how many of its past days the key did such things.
fn past(sight: &Sight<'_>) -> u16 {
    sight.profile.control_days_before(sight.traits.day)
}

fn weigh(sight: &Sight<'_>) -> f64 {
    of_one(sight).max(of_many(sight))
}

/// Several kinds within one burst are a raid, whoever's the key and however young.
fn of_many(sight: &Sight<'_>) -> f64 {
    let kinds = sight.profile.trail(sight.group).dangers();
    if kinds < KINDS_MIN || !sight.traits.operation.class.is_control() {
        return 0.0;
    }
    let days = f64::from(sight.profile.days);
    let habit = f64::from(past(sight)) / (days + 1.0);
    let others = sight.others(Trait::Operation, sight.traits.operation.name);
    let common = 0.7 * f64::from(others.count);
    (1.6 * f64::from(kinds - 1) * (1.0 - habit) - common).clamp(0.0, FOR_MAX)
}

fn of_one(sight: &Sight<'_>) -> f64 {
    let class = sight.traits.operation.class;
    let Some(age) = sight.newness(Trait::Operation).filter(|_| class.is_control()) else {
        return 0.0;
    };
    let days = f64::from(sight.profile.days);
    let past = f64::from(past(sight));
    let moved = if is_from_elsewhere(sight) { ELSEWHERE } else { 1.0 };
    let young = moved * beginner(class) * (-days / 1.5).exp();
    let chance = ((past + PEERS_DAYS * PEERS) / (days + PEERS_DAYS)).max(young).max(0.003);
    age * (stranger(class) / chance).ln().clamp(0.0, FOR_MAX)
}

fn sentence(sight: &Sight<'_>) -> String {
    let name = words::quoted(Operation::short_name(&sight.event.operation));
    let danger = sight.traits.operation.class.danger().unwrap_or("changes the account");
    let kinds = sight.profile.trail(sight.group).dangers();
    let many = if kinds >= KINDS_MIN {
        format!(
            ", one of {} of changes within one burst",
            words::counted(kinds.into(), "kind", "kinds")
        )
    } else {
        String::new()
    };
    format!(
        "{name} {danger}{many}; the key did such things on {} of its {}",
        words::number(u64::from(past(sight))),
        words::counted(u64::from(sight.profile.days), "day", "days"),
    )
}
