//! `leaked_key_use`: a key is used that strangers can know.
//!
//! That it is used is certain; by whom is not. Keys in public places are tried within minutes of
//! appearing there, so a use soon after the leak speaks for a stranger, and less with every day.

use claviger_model::LeakSource;

use super::{Family, Sensor, Sight};
use crate::report::place_of_leak;
use crate::words;

pub(super) const SENSOR: Sensor =
    Sensor { name: "leaked_key_use", family: Family::Leak, weigh, words: sentence };

/// The weight of a use at the instant of the leak in nats, and the days after which a third is
/// left.
fn weight(source: LeakSource) -> (f64, f64) {
    match source {
        LeakSource::PrivatePlaintext | LeakSource::PrivateCode => (0.7, 30.0),
        LeakSource::Public => (2.5, 7.0),
        LeakSource::CodeHost => (2.5, 3.0),
        LeakSource::ThreatFeed | LeakSource::SelfManaged => (2.2, 14.0),
        LeakSource::Provider => (2.5, 14.0),
        // Nobody has a reason to use a canary, however late.
        LeakSource::Canary => (6.0, f64::INFINITY),
    }
}

fn age(sight: &Sight<'_>) -> Option<(LeakSource, u64)> {
    let exposure = sight.exposure?;
    let seconds = i64::from(sight.traits.second).saturating_sub(exposure.since.as_second());
    Some((exposure.source, u64::try_from(seconds).unwrap_or(0)))
}

fn weigh(sight: &Sight<'_>) -> f64 {
    age(sight).map_or(0.0, |(source, seconds)| {
        let (nats, days) = weight(source);
        nats * (-(seconds as f64) / 86_400.0 / days).exp()
    })
}

fn sentence(sight: &Sight<'_>) -> String {
    let Some((exposure, (source, seconds))) = sight.exposure.zip(age(sight)) else {
        return String::new();
    };
    let how = if sight.event.succeeded() { "used" } else { "tried and refused" };
    format!(
        "the key was {how} at {}, {} after it {} ({}, {})",
        words::instant(sight.event.time),
        words::span(seconds),
        place_of_leak(source),
        source.as_str(),
        words::instant(exposure.since),
    )
}
