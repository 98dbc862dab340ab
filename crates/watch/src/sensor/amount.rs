//! `amount`: the key takes more than it ever did.
//!
//! Requests, objects, bytes and refusals in windows of 5 minutes, an hour and a day, each beside
//! the most that each of the key's past days took in such a window. Beyond its record the tail is
//! heavy, and keys in general are the measure while it has little past of its own. The strongest
//! window counts.

use super::{Family, Sensor, Sight};
use crate::amounts::{Amount, MEASURES, Measure, WINDOWS};
use crate::sketch::amount_of;
use crate::words;

pub(super) const SENSOR: Sensor =
    Sensor { name: "amount", family: Family::Amount, weigh, words: sentence };

/// What keys in general take in each window on half of their days, about, by measure.
const USUAL: [[f64; 3]; MEASURES] = [
    [300.0, 1_000.0, 4_000.0],
    [150.0, 400.0, 1_500.0],
    [20e6, 50e6, 200e6],
    [5.0, 15.0, 50.0],
    [50.0, 150.0, 500.0],
];

/// How slowly amounts beyond the usual thin out: the exponent of a Pareto tail.
const TAIL: f64 = 0.7;

/// Keys in general are worth so many days of a key's own past.
const PRIOR_DAYS: f64 = 2.0;

/// A thief's amounts are larger and more varied than an owner's.
const THIEF_SCALE: f64 = 50.0;
const THIEF_TAIL: f64 = 0.3;

/// Refusals are mostly of programs that are set up wrong.
const DENIED_WEIGHT: f64 = 0.5;

/// Without a past of its own a key is measured by others alone, and may be larger than they are.
const BLANK_MAX: f64 = 2.5;

/// Strongest evidence, in nats; weaker evidence is noise of the sketches.
const FOR_MAX: f64 = 6.0;
const FOR_MIN: f64 = 0.3;

fn nats(sight: &Sight<'_>, amount: Amount, measure: Measure, window: usize) -> f64 {
    let now = amount.now as f64;
    let days = f64::from(sight.profile.days);
    let is_usual = days >= 1.0 && amount_of(amount.record) >= amount.now;
    if amount.now <= 4 || is_usual {
        return 0.0;
    }
    let usual = USUAL[measure as usize][window];
    let thought = (usual / (usual + now)).powf(TAIL);
    let place = (measure as usize, window);
    let peers = sight.tenant.share_at_least(place, amount.now, thought, sight.traits.day);
    let record = amount_of(amount.record) as f64;
    let beyond = (record / now).min(1.0);
    let mut own = amount.days_at_least as f64;
    let mut gain = 1.0;
    if days >= 1.0 {
        if own < 0.5 {
            own = 0.7 * beyond.powf(TAIL);
        }
        // A record broken by a little is growth, not theft.
        gain = 1.0 - beyond.sqrt();
    }
    let owner = (own + PRIOR_DAYS * peers) / (days + PRIOR_DAYS);
    let thief = (THIEF_SCALE * usual / (THIEF_SCALE * usual + now)).powf(THIEF_TAIL);
    let weight = if measure == Measure::Denied { DENIED_WEIGHT } else { 1.0 };
    let nats = weight * gain * (thief / owner.min(1.0)).ln();
    let most = if days < 1.0 { BLANK_MAX } else { FOR_MAX };
    if nats < FOR_MIN { 0.0 } else { nats.min(most) }
}

/// The strongest window: nats, what is measured, which window.
fn strongest(sight: &Sight<'_>) -> (f64, Measure, usize) {
    let mut strongest = (0.0, Measure::Requests, 0);
    let group = sight.group.index();
    if !sight.profile.amounts.is_beyond(group) {
        return strongest;
    }
    for measure in Measure::ALL {
        for window in 0..WINDOWS.len() {
            let amount = sight.profile.amounts.amount(group, measure, window);
            let nats = nats(sight, amount, measure, window);
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
    let amount = sight.profile.amounts.amount(sight.group.index(), measure, window);
    let shown = |count: u64| match measure {
        Measure::Requests => words::counted(count, "request", "requests"),
        Measure::Objects => format!("{} read", words::counted(count, "object", "objects")),
        Measure::Bytes => format!("{} out", words::bytes(count)),
        Measure::Denied => words::counted(count, "refusal", "refusals"),
        Measure::Changed => format!("{} changed", words::counted(count, "object", "objects")),
    };
    let span = words::span(u64::from(WINDOWS[window]));
    let past = if sight.profile.days == 0 {
        "there is no past to compare with, only other keys".to_owned()
    } else {
        format!(
            "the most of its {} of use was about {}",
            words::counted(u64::from(sight.profile.days), "day", "days"),
            shown(amount_of(amount.record)),
        )
    };
    format!("{} within {span}; {past}", shown(amount.now))
}
