//! `far_apart`: the key is used from two places within minutes, as it never was before.

use super::{Family, Sensor, Sight};
use crate::profile::Trait;
use crate::source::Source;
use crate::words;

pub(super) const SENSOR: Sensor =
    Sensor { name: "far_apart", family: Family::Time, weigh, words: sentence };

/// How likely a stranger uses the key while the owner does.
const STRANGER: f64 = 0.3;

/// Strongest evidence in nats: a key in two services is in two places whenever another machine joins.
const FOR_MAX: f64 = 1.0;

fn weigh(sight: &Sight<'_>) -> f64 {
    let is_new = sight.newness(Trait::Prefix).is_some();
    if !is_new || !sight.profile.is_apart(sight.traits) || sight.profile.days < 3 {
        return 0.0;
    }
    let days = f64::from(sight.profile.days);
    let chance = (f64::from(sight.profile.apart_days) + 0.3) / (days + 3.0);
    (STRANGER / chance).ln().clamp(0.0, FOR_MAX)
}

fn sentence(sight: &Sight<'_>) -> String {
    format!(
        "the key was used from {} minutes after it was from elsewhere; on {} of its {} it was in \
         two places at once",
        Source::name(sight.event.source_ip.as_deref(), sight.places),
        words::number(u64::from(sight.profile.apart_days)),
        words::counted(u64::from(sight.profile.days), "day", "days"),
    )
}
