//! `ransom`: a key that did not use to overwrites, copies or deletes many objects, the more so after
//! encryption was changed.

use super::{Family, Sensor, Sight};
use crate::amounts::Measure;
use crate::operation::Class;
use crate::profile::{Group, Profile, Trait};
use crate::sketch::amount_of;
use crate::traits::Traits;
use crate::words;

pub(super) const SENSOR: Sensor =
    Sensor { name: "ransom", family: Family::Operation, weigh, words: sentence };

/// Fewer changed objects are an ordinary afternoon.
const CHANGED_MIN: u64 = 12;

/// The window of an hour.
const HOUR: usize = 1;

/// What a group changed within the hour and the most before, where an event goes beyond it.
fn beyond(profile: &Profile, group: Group, traits: &Traits) -> Option<(u64, u64)> {
    let class = traits.operation.class;
    if !matches!(class, Class::Copy | Class::Delete | Class::Write) {
        return None;
    }
    let amount = profile.amounts.amount(group.index(), Measure::Changed, HOUR);
    let record = amount_of(amount.record);
    let is_many = amount.now >= CHANGED_MIN && amount.now >= record.saturating_mul(3);
    is_many.then_some((amount.now, record))
}

/// Whether the sensor would speak about an event.
pub(crate) fn speaks(profile: &Profile, group: Group, traits: &Traits) -> bool {
    beyond(profile, group, traits).is_some()
}

fn weigh(sight: &Sight<'_>) -> f64 {
    let class = sight.traits.operation.class;
    let Some((now, record)) = beyond(sight.profile, sight.group, sight.traits) else { return 0.0 };
    let more = (now as f64 / (record.max(CHANGED_MIN) as f64)).ln();
    let locks = if sight.profile.trail(sight.group).encrypts { 2.5 } else { 0.0 };
    let destroys = if class == Class::Write { 0.0 } else { 1.0 };
    let new = sight.newness(Trait::Operation).map_or(0.0, |age| 2.0 * age);
    (more + locks + destroys + new).clamp(0.0, 6.0)
}

fn sentence(sight: &Sight<'_>) -> String {
    let amount = sight.profile.amounts.amount(sight.group.index(), Measure::Changed, HOUR);
    let how = match sight.traits.operation.class {
        Class::Delete => "deleted",
        Class::Copy => "copied over",
        _ => "written",
    };
    let locks = if sight.profile.trail(sight.group).encrypts {
        ", after encryption was changed, as for a ransom"
    } else {
        ""
    };
    format!(
        "{} {how} or changed within an hour{locks}; its busiest hour before changed about {}",
        words::counted(amount.now, "object was", "objects were"),
        words::number(amount_of(amount.record)),
    )
}
