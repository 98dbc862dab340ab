//! `made_by_suspect`: the key was made by one that a stranger seemed to use.

use super::{Family, Sensor, Sight};
use crate::words;

pub(super) const SENSOR: Sensor =
    Sensor { name: "made_by_suspect", family: Family::Leak, weigh, words: sentence };

/// Evidence in nats, on top of the prior of such a key.
const FOR: f64 = 3.0;

fn weigh(sight: &Sight<'_>) -> f64 {
    if sight.tainted_by.is_some() { FOR } else { 0.0 }
}

fn sentence(sight: &Sight<'_>) -> String {
    let Some(birth) = sight.tainted_by else { return String::new() };
    let age = sight.traits.second.saturating_sub(birth.at);
    format!(
        "the key was made {} before by {}, which a stranger seemed to use then",
        words::span(u64::from(age)),
        birth.parent,
    )
}
