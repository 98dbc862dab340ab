//! Adds the evidence up: families, caps, the prior of the leak, the memory of a day, the dial.
//!
//! Everything is in nats: log-likelihood ratios of a stranger against the owner. The score is the
//! prior log-odds plus the evidence of each family, and an alarm is a score above the threshold. A
//! key without a leak needs two families, so that a single surprise raises nothing.

use claviger_model::LeakSource;
use serde::{Deserialize, Serialize};

use crate::profile::DAY;
use crate::sensor::{Asked, Exposure, Family, SENSORS, Sensor, Sight};

/// A family's evidence is bounded by this, either way.
const CAP: f64 = 6.0;

/// Evidence of a past day counts beyond this only, so that noise does not pile up.
const DRIFT: f64 = 0.5;

/// A family speaks from here on.
const SPEAKS: f64 = 1.0;

/// Prior log-odds of a stranger without a leak: a few stretches in a thousand.
const PRIOR_WITHOUT_LEAK: f64 = -6.0;

/// Threshold at [`crate::ALARMS_PER_DAY`]: odds of 20 to 1.
const THRESHOLD: f64 = 3.0;

/// Prior log-odds that a use of the key is a stranger's, by the leak in force.
pub(crate) fn prior(exposure: Option<Exposure>) -> f64 {
    let Some(exposure) = exposure else { return PRIOR_WITHOUT_LEAK };
    match exposure.source {
        LeakSource::PrivatePlaintext => -3.0,
        LeakSource::Public
        | LeakSource::CodeHost
        | LeakSource::ThreatFeed
        | LeakSource::SelfManaged => 1.0,
        LeakSource::Provider => 2.0,
        LeakSource::Canary => 6.0,
    }
}

/// The score from which on an alarm is raised, for a dial of so many alarms a day.
pub(crate) fn threshold(alarms_per_day: f64) -> f64 {
    /// Slowest dial: one alarm in three years.
    const SLOWEST: f64 = 0.001;
    let dial = if alarms_per_day.is_finite() { alarms_per_day.max(SLOWEST) } else { SLOWEST };
    THRESHOLD + (crate::ALARMS_PER_DAY / dial).ln()
}

/// What one event says: the strongest sensor of each family that has something to say, in nats.
pub(crate) fn weigh(sight: &Sight<'_>, asked: Asked) -> Vec<(f64, &'static Sensor)> {
    static REGISTERED: [Sensor; SENSORS.len()] = SENSORS;
    let mut heard: Vec<(f64, &'static Sensor)> = Vec::with_capacity(Family::ALL.len());
    for (place, sensor) in REGISTERED.iter().enumerate() {
        if !asked.is_asked(place) {
            continue;
        }
        let nats = (sensor.weigh)(sight);
        if nats == 0.0 || !nats.is_finite() {
            continue;
        }
        match heard.iter_mut().find(|(_, other)| other.family == sensor.family) {
            Some(strongest) if nats > strongest.0 => *strongest = (nats, sensor),
            Some(_) => {}
            None => heard.push((nats, sensor)),
        }
    }
    heard
}

/// What one family has heard of one group of sources.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Witness {
    /// Evidence of days before the running one, as it stood when that began.
    carried: f64,
    /// Strongest evidence of the running day.
    strongest: f64,
    /// Second in which the running day began; 0 before anything was heard.
    since: u32,
    /// The sentence of the strongest evidence, if it speaks, and how strong it was then.
    words: String,
    worded: f64,
}

impl Witness {
    fn hear(&mut self, family: Family, nats: f64, second: u32, words: impl FnOnce() -> String) {
        let begins = self.since == 0 || second.saturating_sub(self.since) >= DAY;
        if begins {
            let carries = self.since != 0 && family.adds_up();
            let left = if carries { self.value(second) - DRIFT } else { 0.0 };
            self.carried = left.max(0.0);
            self.since = second.max(1);
            self.strongest = nats;
        }
        // Sentences are only made anew where the evidence really grew.
        const GREW: f64 = 0.1;
        let stale = begins || self.words.is_empty() || nats > self.worded + GREW;
        if nats >= SPEAKS / 2.0 && stale {
            self.words = words();
            self.worded = nats;
        }
        self.strongest = self.strongest.max(nats);
    }

    /// The evidence in nats. Within the running day it stands; after it, it decays by a day.
    fn value(&self, second: u32) -> f64 {
        let age = f64::from(second.saturating_sub(self.since)) / f64::from(DAY);
        let strongest = self.strongest * (-(age - 1.0).max(0.0)).exp();
        (self.carried * (-age).exp() + strongest).clamp(-CAP, CAP)
    }
}

/// The evidence of one key and one group of sources: a sequential test.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Evidence {
    witnesses: [Witness; Family::ALL.len()],
}

/// A family's part of the score.
pub(crate) struct Part {
    /// The family.
    pub(crate) family: Family,
    /// Its evidence in nats.
    pub(crate) nats: f64,
    /// The sentence.
    pub(crate) words: String,
}

impl Evidence {
    /// Takes one event in.
    pub(crate) fn hear(&mut self, sight: &Sight<'_>, heard: &[(f64, &'static Sensor)]) {
        for (nats, sensor) in heard {
            let witness = &mut self.witnesses[sensor.family as usize];
            witness.hear(sensor.family, *nats, sight.second, || (sensor.words)(sight));
        }
    }

    /// All families together, in nats.
    pub(crate) fn total(&self, second: u32) -> f64 {
        self.witnesses.iter().map(|witness| witness.value(second)).sum()
    }

    /// How many families speak.
    pub(crate) fn speaking(&self, second: u32) -> usize {
        self.witnesses.iter().filter(|witness| witness.value(second) >= SPEAKS).count()
    }

    /// The families for a stranger, strongest first.
    pub(crate) fn parts(&self, second: u32) -> Vec<Part> {
        let mut parts: Vec<Part> = Family::ALL
            .into_iter()
            .zip(&self.witnesses)
            .map(|(family, witness)| Part {
                family,
                nats: witness.value(second),
                words: witness.words.clone(),
            })
            .filter(|part| part.nats >= SPEAKS / 2.0)
            .collect();
        parts.sort_by(|a, b| b.nats.total_cmp(&a.nats));
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_counts_at_most_its_cap_however_often_it_speaks() {
        let mut witness = Witness::default();
        for hour in 1..1_000 {
            witness.hear(Family::Amount, 5.0, hour * 3_600, String::new);
        }
        assert!(witness.value(1_000 * 3_600) <= CAP);
    }

    #[test]
    fn repeats_within_a_day_are_one_witness_and_days_add_up() {
        let mut witness = Witness::default();
        (1..100).for_each(|second| witness.hear(Family::Amount, 2.0, second, String::new));
        assert!((witness.value(100) - 2.0).abs() < 0.01);
        witness.hear(Family::Amount, 2.0, DAY + 10, String::new);
        assert!(witness.value(DAY + 10) > 2.4);
    }

    #[test]
    fn a_standing_fact_does_not_grow_by_being_repeated() {
        let mut witness = Witness::default();
        for day in 1..50 {
            witness.hear(Family::Leak, 2.0, day * DAY, String::new);
            assert!(witness.value(day * DAY) <= 2.0);
        }
    }

    #[test]
    fn evidence_fades_within_days() {
        let mut witness = Witness::default();
        witness.hear(Family::Amount, 4.0, 1, String::new);
        assert!(witness.value(8 * DAY) < 0.01);
    }

    #[test]
    fn the_dial_moves_the_threshold() {
        assert!((threshold(5.0) - THRESHOLD).abs() < 1e-9);
        assert!(threshold(50.0) < threshold(5.0) && threshold(5.0) < threshold(0.5));
        assert!(threshold(0.0).is_finite() && threshold(f64::NAN).is_finite());
    }
}
