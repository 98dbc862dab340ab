//! `amount`: the key takes more than it ever did.
//!
//! Bytes and distinct objects in windows of 5 minutes, an hour and a day, each beside the most that
//! each of the key's past days took in such a window. Beyond its record the tail is heavy, and keys
//! in general are the measure while it has little past of its own. The strongest window counts.

use super::{Family, Sensor, Sight};
use crate::profile::{Amount, Measure, WINDOWS};
use crate::words;

pub(super) const SENSOR: Sensor =
    Sensor { name: "amount", family: Family::Amount, weigh, words: sentence };

/// What keys in general take in each window on half of their days, about.
const USUAL_BYTES: [f64; 3] = [20e6, 50e6, 200e6];
const USUAL_OBJECTS: [f64; 3] = [200.0, 500.0, 2_000.0];

/// How slowly amounts beyond the usual thin out: the exponent of a Pareto tail.
const TAIL: f64 = 0.7;

/// Keys in general are worth so many days of a key's own past.
const PRIOR_DAYS: f64 = 2.0;

/// A thief's amounts are larger and more varied than an owner's.
const THIEF_SCALE: f64 = 50.0;
const THIEF_TAIL: f64 = 0.3;

/// Strongest evidence, in nats.
const FOR_MAX: f64 = 6.0;

/// Weaker evidence is noise of the sketches.
const FOR_MIN: f64 = 0.2;

fn nats(amount: Amount, usual: f64, days: u16) -> f64 {
    let now = amount.now as f64;
    if now < 1.0 {
        return 0.0;
    }
    let days = f64::from(days);
    let peers = (usual / (usual + now)).powf(TAIL);
    let beyond = (amount.record as f64 / now).min(1.0);
    let mut own = amount.days_at_least;
    let mut gain = 1.0;
    if days >= 1.0 {
        if own < 0.5 {
            own = 0.5 * beyond.powf(TAIL);
        }
        // A record broken by a little is growth, not theft.
        gain = 1.0 - beyond.sqrt();
    }
    let owner = (own + PRIOR_DAYS * peers) / (days + PRIOR_DAYS);
    let thief = (THIEF_SCALE * usual / (THIEF_SCALE * usual + now)).powf(THIEF_TAIL);
    let nats = gain * (thief / owner.min(1.0)).ln();
    if nats < FOR_MIN { 0.0 } else { nats.min(FOR_MAX) }
}

/// The strongest window: nats, what is measured, which window.
fn strongest(sight: &Sight<'_>) -> (f64, Measure, usize) {
    let mut strongest = (0.0, Measure::Bytes, 0);
    for (measure, usual) in [(Measure::Bytes, USUAL_BYTES), (Measure::Objects, USUAL_OBJECTS)] {
        for (window, usual) in usual.into_iter().enumerate() {
            let amount = sight.profile.amount(sight.group, measure, window);
            let nats = nats(amount, usual, sight.profile.days);
            if nats > strongest.0 {
                strongest = (nats, measure, window);
            }
        }
    }
    strongest
}

fn weigh(sight: &Sight<'_>) -> f64 {
    strongest(sight).0
}

fn sentence(sight: &Sight<'_>) -> String {
    let (_, measure, window) = strongest(sight);
    let amount = sight.profile.amount(sight.group, measure, window);
    let shown = |count: u64| match measure {
        Measure::Bytes => words::bytes(count),
        Measure::Objects => format!("about {}", words::counted(count, "object", "objects")),
    };
    let name = ["5 minutes", "hour", "day"][window];
    let past = match sight.profile.days {
        0 => {
            "the key has no earlier day to compare with, so keys in general are the measure".into()
        }
        days => format!(
            "the busiest {name} of its {} before took {}",
            words::counted(u64::from(days), "active day", "active days"),
            shown(amount.record),
        ),
    };
    let length = words::span(u64::from(WINDOWS[window]));
    format!("{} taken within {length}; {past}", shown(amount.now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(now: u64, record: u64, days: u16, days_at_least: f64) -> f64 {
        nats(Amount { now, days_at_least, record }, USUAL_BYTES[1], days)
    }

    #[test]
    fn what_a_key_does_every_day_is_no_evidence() {
        assert!(check(5_000_000_000, 6_000_000_000, 100, 90.0) < 0.01);
    }

    #[test]
    fn a_record_broken_by_little_is_worth_little_and_by_much_a_lot() {
        let (little, much) =
            (check(12_000_000, 10_000_000, 300, 0.0), check(10_000_000_000, 10_000_000, 300, 0.0));
        assert!(little < 1.0 && much > 4.5, "{little} {much}");
    }

    #[test]
    fn a_key_without_past_is_judged_by_keys_in_general() {
        assert!(check(1_000_000, 0, 0, 0.0) < 0.2);
        assert!(check(50_000_000_000, 0, 0, 0.0) > 1.5);
    }
}
