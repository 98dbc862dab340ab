//! `widened_rights`: what was refused is allowed after rights were changed, all in one go.

use super::{Family, Sensor, Sight};

pub(super) const SENSOR: Sensor =
    Sensor { name: "widened_rights", family: Family::Control, weigh, words: sentence };

fn weigh(sight: &Sight<'_>) -> f64 {
    let is_used_to = sight.profile.control_days_before(sight.traits.day) > sight.profile.days / 4;
    let escalated = sight.profile.trail(sight.group).escalated;
    if escalated && !is_used_to && !sight.profile.is_blank() { 4.5 } else { 0.0 }
}

fn sentence(_: &Sight<'_>) -> String {
    "it was refused, changed rights, and was then allowed what had been refused".to_owned()
}
