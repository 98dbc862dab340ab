//! `hidden_source`: the request came out of the Tor network, or from rented machines that the key
//! never used.

use super::{Family, Sensor, Sight};
use crate::profile::Trait;
use crate::source::Source;

pub(super) const SENSOR: Sensor =
    Sensor { name: "hidden_source", family: Family::Source, weigh, words: sentence };

fn weigh(sight: &Sight<'_>) -> f64 {
    let is_new = sight.newness(Trait::Address).is_some();
    let Some(ip) = sight.traits.source.ip.filter(|_| is_new && !sight.places.is_empty()) else {
        return 0.0;
    };
    let place = sight.places.of(ip);
    // An owner who hides once hides again: his own habit of new networks tells.
    let habit = sight.chance_of_new(Trait::Network);
    if place.is_tor {
        return (0.15 / habit.min(0.3) * 4.0).ln().clamp(2.0, 5.8);
    }
    if place.is_hosting && sight.newness(Trait::Network).is_some() {
        return (0.9 / habit).ln().clamp(0.0, 4.5).min(super::new_source::bound(sight));
    }
    0.0
}

fn sentence(sight: &Sight<'_>) -> String {
    let name = Source::name(sight.event.source_ip.as_deref(), sight.places);
    let is_tor = sight.traits.source.ip.is_some_and(|ip| sight.places.of(ip).is_tor);
    if is_tor {
        format!("{name} is an exit of the Tor network, which hides who is behind it")
    } else {
        format!("{name} is a rented machine in a network the key was never used from")
    }
}
