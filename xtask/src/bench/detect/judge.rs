//! Which alarms are true, how soon they came, and how many were not.
//!
//! All methods are judged alike. An alarm is true if an event of an attack raised it. Of a key's alarms within a day
//! only the first counts, for true ones and others apart: whoever is woken looks at the key as a whole.

use std::collections::{BTreeMap, HashMap};

use super::attack::QUIET_DAYS;
use super::scene::Scene;
use crate::bench::statistics::Spread;

/// Seconds within which another alarm of the same key is no news.
const EPISODE: u32 = 86_400;

/// One alarm of any method.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alarm {
    /// When it was raised, in seconds since the log began.
    pub(super) at: u32,
    pub(super) key: u32,
    /// How sure the method is; only its order counts.
    pub(super) score: f64,
    /// The attack that it tells of; 0 for none.
    pub(super) attack: u16,
}

/// What was lost until the first true alarm of an attack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) events: f64,
    pub(super) minutes: f64,
    /// Share of the attack's bytes; `None` where it took none.
    pub(super) share: Option<f64>,
}

/// The attacks as they happened.
pub(super) struct Truth {
    /// Second, bytes out, of each attack's events in the order of time.
    attacks: Vec<Vec<(u32, u64)>>,
    /// Days that are judged.
    days: f64,
}

impl Truth {
    pub(super) fn of(scene: &Scene) -> Self {
        let mut attacks = vec![Vec::new(); scene.attacks.len()];
        for event in scene.events.iter().filter(|event| event.attack > 0) {
            attacks[usize::from(event.attack) - 1].push((event.at, event.bytes_out));
        }
        Self { attacks, days: f64::from(scene.world.days - QUIET_DAYS) }
    }

    fn found(&self, attack: usize, at: u32) -> Option<Found> {
        let events = self.attacks.get(attack)?;
        let (first, _) = events.first()?;
        let until: Vec<_> = events.iter().filter(|(when, _)| *when < at).collect();
        let total: u64 = events.iter().map(|(_, bytes)| bytes).sum();
        let lost: u64 = until.iter().map(|(_, bytes)| bytes).sum();
        #[expect(clippy::cast_precision_loss, reason = "bytes and counts below 2^52")]
        let (events, share) = (until.len() as f64 + 1.0, lost as f64 / total.max(1) as f64);
        let minutes = f64::from(at.saturating_sub(*first)) / 60.0;
        // Answers to listings are no loss.
        const MUCH: u64 = 1_000_000;
        Some(Found { events, minutes, share: (total > MUCH).then_some(share) })
    }
}

/// What one method did with one scene.
#[derive(Debug, Clone, Default)]
pub(super) struct Verdict {
    /// Each attack's first true alarm.
    pub(super) found: Vec<Option<Found>>,
    /// Keys of alarms that were not true.
    pub(super) false_keys: Vec<u32>,
    /// The alarms that counted.
    pub(super) told: Vec<Alarm>,
    /// Such alarms a day.
    pub(super) false_a_day: f64,
    /// And on the days at the beginning, on which there is no past to compare with.
    pub(super) quiet_a_day: f64,
    /// All true alarms and others, with their scores.
    pub(super) scores: Vec<(f64, bool)>,
}

impl Verdict {
    /// Judges alarms that stand in the order of time.
    pub(super) fn of(truth: &Truth, alarms: &[Alarm]) -> Self {
        let mut verdict = Self { found: vec![None; truth.attacks.len()], ..Self::default() };
        let mut last: HashMap<(u32, bool), u32> = HashMap::new();
        let mut quiet = 0_u32;
        for alarm in alarms {
            let is_true = alarm.attack > 0;
            let told = last.get(&(alarm.key, is_true));
            if told.is_some_and(|told| alarm.at < told + EPISODE) {
                continue;
            }
            last.insert((alarm.key, is_true), alarm.at);
            verdict.scores.push((alarm.score, is_true));
            verdict.told.push(*alarm);
            if is_true {
                let attack = usize::from(alarm.attack) - 1;
                if verdict.found[attack].is_none() {
                    verdict.found[attack] = truth.found(attack, alarm.at);
                }
            } else if alarm.at < QUIET_DAYS * 86_400 {
                quiet += 1;
            } else {
                verdict.false_keys.push(alarm.key);
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 alarms")]
        let count = verdict.false_keys.len() as f64;
        verdict.false_a_day = count / truth.days;
        verdict.quiet_a_day = f64::from(quiet) / f64::from(QUIET_DAYS);
        verdict
    }

    /// The best that a method can do with so many false alarms a day: the lowest threshold of its score that keeps
    /// to it, chosen with the answers at hand.
    pub(super) fn at_best(truth: &Truth, alarms: &[Alarm], a_day: f64) -> Self {
        let mut scores: Vec<f64> = alarms.iter().map(|alarm| alarm.score).collect();
        scores.sort_by(f64::total_cmp);
        scores.dedup();
        let judged = |threshold: f64| {
            let loud = |alarm: &&Alarm| alarm.score >= threshold;
            Self::of(truth, &alarms.iter().filter(loud).copied().collect::<Vec<Alarm>>())
        };
        let (mut low, mut high) = (0, scores.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if judged(scores[middle]).false_a_day <= a_day {
                high = middle
            } else {
                low = middle + 1
            }
        }
        scores.get(low).map_or_else(|| judged(f64::INFINITY), |threshold| judged(*threshold))
    }
}

/// Figures of some attacks.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) attacks: usize,
    pub(super) found: Vec<Found>,
}

impl Tally {
    pub(super) fn add(&mut self, found: Option<Found>) {
        self.attacks += 1;
        self.found.extend(found);
    }

    pub(super) fn spread(&self, of: impl Fn(&Found) -> Option<f64>) -> Spread {
        Spread::of(self.found.iter().filter_map(of))
    }
}

/// Attacks by a word about them: their kind, or whether the key was known to have leaked.
pub(super) fn tallies<'a>(
    scenes: &'a [(Vec<super::attack::Attack>, Verdict)],
    word: impl Fn(&'a super::attack::Attack) -> &'a str,
) -> BTreeMap<&'a str, Tally> {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for (attacks, verdict) in scenes {
        for (attack, found) in attacks.iter().zip(&verdict.found) {
            tallies.entry(word(attack)).or_default().add(*found);
        }
    }
    tallies
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One attack of three events on the eighth day, over ten judged days.
    fn truth() -> Truth {
        let at = 8 * EPISODE;
        Truth {
            attacks: vec![vec![(at, 0), (at + 60, 3_000_000), (at + 120, 1_000_000)]],
            days: 10.0,
        }
    }

    fn alarm(at: u32, key: u32, score: f64, attack: u16) -> Alarm {
        Alarm { at, key, score, attack }
    }

    #[test]
    fn what_is_lost_is_what_came_before_the_first_true_alarm() {
        let at = 8 * EPISODE + 120;
        let verdict = Verdict::of(&truth(), &[alarm(at, 1, 1.0, 1)]);
        let found = verdict.found[0].unwrap();
        assert_eq!((found.events, found.minutes, found.share), (3.0, 2.0, Some(0.75)));
    }

    #[test]
    fn a_key_that_was_told_of_within_a_day_is_no_news_but_a_true_alarm_is() {
        let at = 8 * EPISODE;
        let alarms = [alarm(at, 1, 1.0, 0), alarm(at + 9, 1, 1.0, 0), alarm(at + 60, 1, 1.0, 1)];
        let verdict = Verdict::of(&truth(), &alarms);
        assert_eq!(verdict.false_keys, [1]);
        assert!(verdict.found[0].is_some());
    }

    #[test]
    fn the_first_week_is_told_apart() {
        let verdict = Verdict::of(&truth(), &[alarm(5, 1, 1.0, 0), alarm(9 * EPISODE, 2, 1.0, 0)]);
        assert_eq!((verdict.false_a_day, verdict.quiet_a_day), (0.1, 1.0 / 7.0));
    }

    #[test]
    fn the_best_threshold_is_the_lowest_that_keeps_to_the_false_alarms() {
        let day = |day: u32| day * EPISODE;
        let alarms = [
            alarm(day(8), 1, 3.0, 1),
            alarm(day(9), 2, 1.0, 0),
            alarm(day(10), 3, 2.0, 0),
            alarm(day(11), 4, 4.0, 0),
        ];
        let found = |a_day: f64| {
            let verdict = Verdict::at_best(&truth(), &alarms, a_day);
            (verdict.found[0].is_some(), verdict.false_keys.len())
        };
        assert_eq!(found(0.3), (true, 3));
        assert_eq!(found(0.1), (true, 1));
        assert_eq!(found(0.0), (false, 0));
    }
}
