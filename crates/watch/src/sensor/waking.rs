//! `waking`: a key is used that slept longer than it ever did.

use super::{Family, Sensor, Sight};
use crate::profile::Profile;
use crate::traits::Traits;
use crate::words;

pub(super) const SENSOR: Sensor =
    Sensor { name: "waking", family: Family::Time, weigh, words: sentence };

/// Shorter silences are weekends.
const DAYS_MIN: u32 = 4;

/// Strongest evidence in nats.
const FOR_MAX: f64 = 2.5;

/// The silence before an event and how many were as long, where it is worth a word.
fn silence(profile: &Profile, traits: &Traits) -> Option<(u32, u32)> {
    let silence = profile.rhythm.silence(traits.second);
    silence.filter(|(days, _)| *days >= DAYS_MIN && profile.days >= 2)
}

/// Whether the sensor would speak about an event.
pub(crate) fn speaks(profile: &Profile, traits: &Traits) -> bool {
    silence(profile, traits).is_some()
}

fn weigh(sight: &Sight<'_>) -> f64 {
    let Some((days, as_long)) = silence(sight.profile, sight.traits) else { return 0.0 };
    let chance = (f64::from(as_long) + 0.5) / (f64::from(sight.profile.days) + 2.0);
    (0.3 * f64::from(days).sqrt() / chance / 4.0).ln().clamp(0.0, FOR_MAX)
}

fn sentence(sight: &Sight<'_>) -> String {
    let (days, as_long) = sight.profile.rhythm.silence(sight.traits.second).unwrap_or((0, 0));
    let before = match as_long {
        0 => "as it never was before".to_owned(),
        count => format!("as it was {} before", words::counted(count.into(), "time", "times")),
    };
    format!("the key was silent for {} {before}", words::counted(days.into(), "day", "days"))
}
