//! `new_folder`: the key reads in a part of a bucket that it never touched.

use super::{Family, Sensor, Sight};
use crate::profile::Trait;

pub(super) const SENSOR: Sensor =
    Sensor { name: "new_folder", family: Family::Target, weigh, words: sentence };

/// How likely a stranger touches a folder that the owner never did, on a day.
const STRANGER: f64 = 0.6;

/// Strongest evidence in nats: programs begin new folders all the time.
const FOR_MAX: f64 = 2.0;

fn weigh(sight: &Sight<'_>) -> f64 {
    if sight.profile.known(Trait::Folder, sight.leaked.unwrap_or(u16::MAX)) == 0 {
        return 0.0;
    }
    let Some(age) = sight.newness(Trait::Folder) else { return 0.0 };
    let nats = (STRANGER / sight.chance_of_new(Trait::Folder)).ln();
    age * nats.clamp(0.0, FOR_MAX)
}

fn sentence(sight: &Sight<'_>) -> String {
    let bucket = crate::words::quoted(sight.event.bucket.as_deref().unwrap_or("-"));
    let object = sight.event.object.as_deref().unwrap_or("-");
    let folder = object.split_once('/').map_or("", |(folder, _)| folder);
    let folder = crate::words::quoted(folder);
    let habit = sight.habit(Trait::Folder, "folder", "folders");
    format!("the key never touched {folder}/ in {bucket} before; {habit}")
}
