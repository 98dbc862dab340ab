//! `new_bucket`: the key touches a bucket it never touched.

use super::{Family, Sensor, Sight};
use crate::profile::Trait;

pub(super) const SENSOR: Sensor =
    Sensor { name: "new_bucket", family: Family::Target, weigh, words: sentence };

/// How likely a stranger touches a bucket that the owner never did, on a day.
const STRANGER: f64 = 0.5;

/// Strongest evidence in nats.
const FOR_MAX: f64 = 3.5;

fn weigh(sight: &Sight<'_>) -> f64 {
    if sight.profile.known(Trait::Bucket, sight.leaked.unwrap_or(u16::MAX)) == 0 {
        return 0.0;
    }
    match sight.newness(Trait::Bucket) {
        Some(age) => {
            let nats = (STRANGER / sight.chance_of_new(Trait::Bucket)).ln();
            age * nats.clamp(-0.5, FOR_MAX)
        }
        None if sight.traits.bucket.is_some() => -0.5,
        None => 0.0,
    }
}

fn sentence(sight: &Sight<'_>) -> String {
    let bucket = crate::words::quoted(sight.event.bucket.as_deref().unwrap_or("-"));
    if sight.newness(Trait::Bucket).is_none() {
        return format!("{bucket} is a bucket the key always uses");
    }
    let habit = sight.habit(Trait::Bucket, "bucket", "buckets");
    let chance = 100.0 * sight.chance_of_new(Trait::Bucket);
    format!(
        "the key never touched the bucket {bucket} before; {habit}, and a new one on {chance:.1} % of its days"
    )
}
