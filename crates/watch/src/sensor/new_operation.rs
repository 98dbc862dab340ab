//! `new_operation`: the key does something it never did.
//!
//! What strangers do first, asking who they are and what is there, weighs more than what programs
//! begin to do one day.

use super::{Family, Sensor, Sight};
use crate::operation::{Class, Operation};
use crate::profile::Trait;

pub(super) const SENSOR: Sensor =
    Sensor { name: "new_operation", family: Family::Operation, weigh, words: sentence };

/// Strongest evidence in nats.
const FOR_MAX: f64 = 4.5;

/// How likely a stranger does something of a class that the owner never did.
fn stranger(class: Class) -> f64 {
    match class {
        Class::Identity | Class::Buckets => 0.5,
        Class::List | Class::Look => 0.35,
        Class::Read | Class::Secret => 0.3,
        Class::Delete | Class::Copy | Class::Write => 0.15,
        Class::Mint | Class::Policy | Class::Logging | Class::Hide => 0.12,
        Class::Encrypt | Class::Weaken => 0.12,
        Class::Stat | Class::Role | Class::Change => 0.08,
        Class::Wear => 0.01,
    }
}

fn weigh(sight: &Sight<'_>) -> f64 {
    let class = sight.traits.operation.class;
    if sight.profile.days == 0
        || sight.profile.known(Trait::Operation, sight.leaked.unwrap_or(u16::MAX)) == 0
    {
        return 0.0;
    }
    let Some(age) = sight.newness(Trait::Operation) else {
        return match class {
            Class::Read | Class::List | Class::Write | Class::Stat => -0.5,
            Class::Wear => -1.0,
            _ => -0.3,
        };
    };
    let others = sight.others(Trait::Operation, sight.traits.operation.name);
    let rare = if others.count >= 3 && sight.exposure.is_none() { 0.5 } else { 0.0 };
    let nats = (stranger(class) / sight.chance_of_new(Trait::Operation)).ln() - rare;
    age * nats.clamp(-0.5, FOR_MAX)
}

fn sentence(sight: &Sight<'_>) -> String {
    let name = Operation::short_name(&sight.event.operation);
    let name = crate::words::quoted(name);
    if sight.newness(Trait::Operation).is_none() {
        return format!("{name} is what the key always does");
    }
    let chance = 100.0 * sight.chance_of_new(Trait::Operation);
    let habit = sight.habit(Trait::Operation, "operation", "operations");
    format!("the key never did {name} before; {habit}, and a new one on {chance:.1} % of its days")
}
