//! `leak_reader`: the key is used from an address that had read the object in which it stands.

use super::{Family, Sensor, Sight};
use crate::profile::Trait;
use crate::source::Source;
use crate::words;

pub(super) const SENSOR: Sensor =
    Sensor { name: "leak_reader", family: Family::Leak, weigh, words: sentence };

/// Evidence in nats: hardly any address reads one object of millions and then uses its key.
const FOR: f64 = 5.5;

fn weigh(sight: &Sight<'_>) -> f64 {
    let is_own = sight.newness(Trait::Address).is_none();
    if sight.read_at.is_some() && !is_own { FOR } else { 0.0 }
}

fn sentence(sight: &Sight<'_>) -> String {
    let ago = sight.traits.second.saturating_sub(sight.read_at.unwrap_or(sight.traits.second));
    format!(
        "{} had read the object that holds the key {} before",
        Source::name(sight.event.source_ip.as_deref(), sight.places),
        words::span(u64::from(ago)),
    )
}
