//! `looking_around`: calls in a row as somebody makes them who does not know the place: who am I,
//! which buckets are there, what is in them, then reads; or one question about the account after
//! another.
//!
//! Only what is new to the key counts: an auditor asks every day.

use super::{Family, Sensor, Sight};
use crate::profile::Trait;
use crate::words;

pub(super) const SENSOR: Sensor =
    Sensor { name: "looking_around", family: Family::Operation, weigh, words: sentence };

/// So many new questions in a row are a program that grew, not a stranger.
const LOOKS_MIN: u32 = 2;

/// So many different questions in a row are many for any program.
const MANY: u32 = 10;

fn weigh(sight: &Sight<'_>) -> f64 {
    let trail = sight.profile.trail(sight.group);
    let looks = trail.new_looks();
    let (steps, new) = trail.steps();
    if looks < LOOKS_MIN && new < 2 {
        return 0.0;
    }
    let habit = sight.chance_of_new(Trait::Operation);
    let of_looks = if looks >= LOOKS_MIN {
        let each = (0.6 / habit.sqrt()).ln().max(0.0);
        each * f64::from(looks.min(12)).ln_1p() * 1.3
    } else {
        0.0
    };
    // A key without a past is judged by what programs do: few ask this much in a row.
    let is_asked = sight.traits.operation.class.is_look();
    let of_many = if looks >= MANY && is_asked {
        let others = sight.others(Trait::Operation, sight.traits.operation.name);
        let rare = 1.0 - f64::from(others.count.min(3)) / 3.0;
        1.6 * (f64::from(looks) / f64::from(MANY / 2)).ln() * rare
    } else {
        0.0
    };
    let of_looks = of_looks.max(of_many);
    let of_steps = match (steps, new) {
        (4, 2..) | (3, 3..) => 4.5,
        (3, 2) => 3.5,
        (2.., 2..) => 2.5,
        _ => 0.0,
    };
    let of_steps = of_steps * (1.0 - habit.min(1.0));
    of_looks.max(of_steps).max(of_first(habit, looks.max(new))).min(6.0)
}

/// The first thing that strangers do weighs as much as it does alone, and each further one a little more:
/// whoever begins with one new thing often goes on with others, but strangers nearly always do.
fn of_first(habit: f64, new: u32) -> f64 {
    const STRANGER: f64 = 0.5;
    const FIRST_MAX: f64 = 4.0;
    const EACH: f64 = 0.7;
    const MANY: u32 = 4;
    let first = (STRANGER / habit).ln().clamp(0.0, FIRST_MAX);
    if first > 0.0 { first + EACH * f64::from(new.min(MANY).saturating_sub(1)) } else { 0.0 }
}

fn sentence(sight: &Sight<'_>) -> String {
    let trail = sight.profile.trail(sight.group);
    let looks = trail.new_looks();
    let (_, new) = trail.steps();
    let listed = match trail.listed() {
        0 => String::new(),
        count => format!(", with {} listed", words::counted(count.into(), "bucket", "buckets")),
    };
    format!(
        "in a row it asked {} it had never asked{listed}, as somebody does who does not know the \
         place",
        words::counted(u64::from(looks.max(new)), "question", "different questions"),
    )
}
