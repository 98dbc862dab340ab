//! Adds the evidence up: families, caps, the prior of the leak, the memory of a day, the dial.
//!
//! Everything is in nats: log-likelihood ratios of a stranger against the owner. The score is the
//! prior log-odds plus the evidence of each family, and an alarm is a score above the threshold. A
//! key without a leak needs two families, so that a single surprise raises nothing; but one without a past, too,
//! needs no more than changes that nobody begins with.

use claviger_model::LeakSource;
use serde::{Deserialize, Serialize};

use crate::habit::Day;
use crate::leaks::Exposure;
use crate::sensor::{Asked, FAMILIES, Family, SENSORS, Sensor, Sight};
use crate::tenant::{KEYS_A_DAY, Tenant};
use crate::traits::{DAY, second};

/// A family's evidence is bounded by this, either way.
const CAP: f64 = 6.0;

/// Evidence of a past day counts beyond this only, so that noise does not pile up.
const DRIFT: f64 = 0.5;

/// A family speaks from here on.
pub(crate) const SPEAKS: f64 = 1.0;

/// Prior log-odds of a stranger without a leak: one stretch in five thousand. With it, alarms of a
/// simulated company are about as often true as they say.
const PRIOR_WITHOUT_LEAK: f64 = -8.5;

/// Prior log-odds of a stranger with a key that a key under alarm made.
const PRIOR_OF_CHILD: f64 = -1.0;

/// Threshold at [`crate::ALARMS_PER_DAY`] for keys that leaked: one in five. And what is thought at
/// first of the others, where [`KEYS_A_DAY`] are used: of thousands of keys some do odd things every day.
const THRESHOLD_LEAKED: f64 = -1.4;
const THRESHOLD: f64 = -1.3;

/// Below one in a hundred nobody is called, however few keys there are and however many alarms a day are asked for up
/// to this many; of a key without a leak.
const LOWEST: f64 = -4.6;
const MANY_ALARMS: f64 = 20.0;

/// Prior log-odds that a use of a key is a stranger's, by how it leaked.
pub(crate) fn prior_of(source: LeakSource) -> f64 {
    match source {
        // Code that not everybody may read is like a file that not everybody may read.
        LeakSource::PrivatePlaintext | LeakSource::PrivateCode => -6.8,
        LeakSource::Public
        | LeakSource::CodeHost
        | LeakSource::ThreatFeed
        | LeakSource::SelfManaged => -3.2,
        LeakSource::Provider => -2.2,
        LeakSource::Canary => 4.0,
    }
}

/// What every day without a stranger takes from the prior of a leak that strangers can see, in
/// nats: such keys are tried soon or hardly at all. What lies in private storage waits, and so does
/// a canary.
fn waited(source: LeakSource, days: f64) -> f64 {
    const MOST: f64 = 2.0;
    match source {
        LeakSource::PrivatePlaintext | LeakSource::PrivateCode | LeakSource::Canary => 0.0,
        _ => (0.8 * (days / 3.0).ln_1p()).min(MOST),
    }
}

/// Prior log-odds that a use of the key is a stranger's.
pub(crate) fn prior(sight: &Sight<'_>) -> f64 {
    let is_tainted = sight.tainted_by.is_some() || sight.granted_by.is_some();
    start(sight.exposure, is_tainted, sight.inherited, sight.traits.second)
}

/// The same, from what is known of the key beside its uses.
pub(crate) fn start(
    exposure: Option<Exposure>,
    is_tainted: bool,
    inherited: Option<f64>,
    now: u32,
) -> f64 {
    let leak = exposure.map_or(PRIOR_WITHOUT_LEAK, |exposure| {
        let age = now.saturating_sub(second(exposure.since));
        prior_of(exposure.source) - waited(exposure.source, f64::from(age) / f64::from(DAY))
    });
    let made = if is_tainted { PRIOR_OF_CHILD } else { PRIOR_WITHOUT_LEAK };
    leak.max(made).max(inherited.unwrap_or(PRIOR_WITHOUT_LEAK).min(PRIOR_OF_CHILD))
}

/// The score from which on an alarm is raised, for a dial of so many alarms a day: what is thought
/// of it at first, and ever more what the benign days of this tenant's keys before a day show.
pub(crate) fn threshold(alarms_per_day: f64, tenant: &Tenant, on: Day, is_exposed: bool) -> f64 {
    /// Slowest dial: one alarm in three years.
    const SLOWEST: f64 = 0.001;
    /// The first guess is worth so many days.
    const GUESS_DAYS: f64 = 5.0;
    /// All alarms together are at most so many times as many.
    const MOST: f64 = 3.0;
    /// How far the tenant may move the threshold.
    const DOWN: f64 = 5.0;
    const UP: f64 = 4.0;
    let dial = if alarms_per_day.is_finite() { alarms_per_day.max(SLOWEST) } else { SLOWEST };
    let turned = (crate::ALARMS_PER_DAY / dial).ln();
    if is_exposed {
        return THRESHOLD_LEAKED + 0.8 * turned;
    }
    // Twice the keys do odd things twice as often.
    let of_many = THRESHOLD + turned;
    let guess = of_many + (tenant.keys_a_day(on) / KEYS_A_DAY).ln();
    // Thieves' days stand among the highest: each counts as far as it may be an owner's. However sure
    // they are said to be, there are not many times as many alarms as asked for.
    let (of_owners, days) = tenant.score_passed(dial, on, true);
    let learned = of_owners.max(tenant.score_passed(MOST * dial, on, false).0);
    let learned = learned.clamp(guess - DOWN, guess.max(of_many) + UP);
    let meant = guess + (learned - guess) * days / (days + GUESS_DAYS);
    meant.max(LOWEST - (dial / MANY_ALARMS).ln().max(0.0))
}

/// What an event says: the strongest sensor of each family, in nats.
pub(crate) type Heard = [Option<(f64, &'static Sensor)>; FAMILIES];

/// Asks every sensor.
pub(crate) fn weigh(sight: &Sight<'_>, asked: Asked) -> Heard {
    let mut heard: Heard = [None; FAMILIES];
    for (place, sensor) in SENSORS.iter().enumerate() {
        if !asked.is_asked(place) {
            continue;
        }
        let nats = (sensor.weigh)(sight);
        if nats == 0.0 || !nats.is_finite() {
            continue;
        }
        let strongest = &mut heard[sensor.family as usize];
        if strongest.is_none_or(|(other, _)| nats > other) {
            *strongest = Some((nats, sensor));
        }
    }
    heard
}

/// Evidence in sixteenths of a nat.
fn packed(nats: f64) -> i8 {
    let sixteenths = (nats * 16.0).round().clamp(-127.0, 127.0);
    #[expect(clippy::cast_possible_truncation, reason = "clamped to what fits")]
    let packed = sixteenths as i8;
    packed
}

/// Nothing was heard of a family.
const UNHEARD: i8 = i8::MIN;

/// The evidence of one key and one group of sources: a sequential test, family by family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Evidence {
    /// Second in which the running day began; 0 before anything was heard.
    since: u32,
    /// Strongest evidence of the running day.
    strongest: [i8; FAMILIES],
    /// Evidence of days before the running one, as it stood when that began.
    carried: [i8; FAMILIES],
}

impl Default for Evidence {
    fn default() -> Self {
        Self { since: 0, strongest: [UNHEARD; FAMILIES], carried: [0; FAMILIES] }
    }
}

impl Evidence {
    /// Whether every calm event of the running day would say the same again.
    pub(crate) fn is_settled(&self, second: u32) -> bool {
        self.since != 0
            && second.saturating_sub(self.since) < DAY
            && self.strongest[Family::Source as usize] != UNHEARD
    }

    /// When the running day began; 0 where none runs at a second.
    pub(crate) fn running_since(&self, second: u32) -> u32 {
        if second.saturating_sub(self.since) < DAY { self.since } else { 0 }
    }

    /// Takes one event in. Tells which families grew.
    pub(crate) fn hear(&mut self, second: u32, heard: &Heard) -> [bool; FAMILIES] {
        if self.since == 0 || second.saturating_sub(self.since) >= DAY {
            for (place, family) in Family::ALL.into_iter().enumerate() {
                let carries = self.since != 0 && family.adds_up();
                let left = if carries { self.value(place, second) - DRIFT } else { 0.0 };
                self.carried[place] = packed(left.max(0.0));
            }
            self.strongest = [UNHEARD; FAMILIES];
            self.since = second.max(1);
        }
        let mut grew = [false; FAMILIES];
        for (place, said) in heard.iter().enumerate() {
            let Some((nats, _)) = said else { continue };
            let nats = packed(*nats);
            grew[place] = nats > self.strongest[place];
            self.strongest[place] = self.strongest[place].max(nats);
        }
        grew
    }

    /// The evidence of a family in nats. Within the running day it stands; after it, it decays.
    pub(crate) fn value(&self, place: usize, second: u32) -> f64 {
        let age = f64::from(second.saturating_sub(self.since)) / f64::from(DAY);
        let heard = self.strongest[place];
        let strongest = if heard == UNHEARD { 0.0 } else { f64::from(heard) / 16.0 };
        let strongest = if age > 1.0 { strongest * (1.0 - age).exp() } else { strongest };
        let carried = match self.carried[place] {
            0 => 0.0,
            carried => f64::from(carried) / 16.0 * (-age).exp(),
        };
        (carried + strongest).clamp(-CAP, CAP)
    }

    /// All families together, in nats.
    pub(crate) fn total(&self, second: u32) -> f64 {
        (0..FAMILIES).map(|place| self.value(place, second)).sum()
    }

    /// How many families speak.
    pub(crate) fn speaking(&self, second: u32) -> usize {
        (0..FAMILIES).filter(|place| self.value(*place, second) >= SPEAKS).count()
    }

    /// Whether what is changed says so much that it is enough for a key without a past, of which sources, tools
    /// and amounts can say nothing.
    pub(crate) fn changes_much(&self, second: u32) -> bool {
        const MUCH: f64 = 3.0;
        self.value(Family::Control as usize, second) >= MUCH
    }

    /// The families for a stranger, strongest first.
    pub(crate) fn parts(&self, second: u32) -> Vec<(Family, f64)> {
        let all = Family::ALL.into_iter().enumerate();
        let mut parts: Vec<(Family, f64)> = all
            .map(|(place, family)| (family, self.value(place, second)))
            .filter(|(_, nats)| *nats >= SPEAKS / 2.0)
            .collect();
        parts.sort_by(|a, b| b.1.total_cmp(&a.1));
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::News;

    fn says(family: Family, nats: f64) -> Heard {
        let mut heard: Heard = [None; FAMILIES];
        heard[family as usize] = Some((nats, &SENSORS[0]));
        heard
    }

    fn of(evidence: &Evidence, family: Family, second: u32) -> f64 {
        evidence.value(family as usize, second)
    }

    #[test]
    fn a_family_counts_at_most_its_cap_however_often_it_speaks() {
        let mut evidence = Evidence::default();
        for hour in 1..1_000 {
            evidence.hear(hour * 3_600, &says(Family::Amount, 5.0));
        }
        assert!(of(&evidence, Family::Amount, 1_000 * 3_600) <= CAP);
    }

    #[test]
    fn repeats_within_a_day_are_one_witness_and_days_add_up() {
        let mut evidence = Evidence::default();
        for second in 1..100 {
            evidence.hear(second, &says(Family::Amount, 2.0));
        }
        assert!((of(&evidence, Family::Amount, 100) - 2.0).abs() < 0.01);
        evidence.hear(DAY + 10, &says(Family::Amount, 2.0));
        assert!(of(&evidence, Family::Amount, DAY + 10) > 2.4);
    }

    #[test]
    fn a_standing_fact_does_not_grow_by_being_repeated() {
        let mut evidence = Evidence::default();
        for day in 1..50 {
            evidence.hear(day * DAY, &says(Family::Leak, 2.0));
            assert!(of(&evidence, Family::Leak, day * DAY) <= 2.0);
        }
    }

    #[test]
    fn evidence_fades_within_days() {
        let mut evidence = Evidence::default();
        evidence.hear(1, &says(Family::Amount, 4.0));
        assert!(of(&evidence, Family::Amount, 8 * DAY) < 0.01);
    }

    #[test]
    fn few_keys_are_judged_by_what_few_keys_do_and_nobody_is_called_for_nothing() {
        let of = |keys: u32| {
            let mut tenant = Tenant::default();
            for key in 0..u64::from(keys) {
                tenant.keep(key, &News::Used { on: 1, closed: None, peak: None });
            }
            tenant.settle(2);
            threshold(1.0, &tenant, 2, false)
        };
        assert!(of(2) < of(200) && of(200) < of(20_000));
        assert!((of(1_500) - threshold(1.0, &Tenant::default(), 2, false)).abs() < 0.01);
        assert!(of(1) >= LOWEST, "{}", of(1));
    }

    #[test]
    fn the_dial_moves_the_threshold() {
        let at = |dial| threshold(dial, &Tenant::default(), 1, false);
        assert!((at(5.0) - THRESHOLD).abs() < 1e-9);
        assert!(at(50.0) < at(5.0) && at(5.0) < at(0.5));
        assert!(at(0.0).is_finite() && at(f64::NAN).is_finite());
    }
}
