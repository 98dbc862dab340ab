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

/// How likely a stranger does it on a day.
fn stranger(class: Class) -> f64 {
    match class {
        Class::Mint | Class::Policy => 0.15,
        Class::Logging => 0.1,
        _ => 0.06,
    }
}

fn weigh(sight: &Sight<'_>) -> f64 {
    let class = sight.traits.operation.class;
    let Some(age) = sight.newness(Trait::Operation).filter(|_| class.is_control()) else {
        return 0.0;
    };
    let days = f64::from(sight.profile.days);
    let past = f64::from(sight.profile.control_days);
    let young = 0.3 * (-days / 1.5).exp();
    let chance = ((past + PEERS_DAYS * PEERS) / (days + PEERS_DAYS)).max(young).max(0.003);
    age * (stranger(class) / chance).ln().clamp(0.0, FOR_MAX)
}

fn sentence(sight: &Sight<'_>) -> String {
    let name = words::quoted(Operation::short_name(&sight.event.operation));
    let danger = sight.traits.operation.class.danger().unwrap_or("changes the account");
    format!(
        "{name} {danger}; the key did such things on {} of its {}",
        words::number(u64::from(sight.profile.control_days)),
        words::counted(u64::from(sight.profile.days), "day", "days"),
    )
}
