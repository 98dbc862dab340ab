//! What all keys together show: how often keys do new things here, which values many of them share,
//! how much they take, and how high benign days score.
//!
//! A value that turns up on many keys is a deployment or a shared gateway and not a thief. Nothing
//! here depends on the order in which keys are judged: sightings count from the hour after they
//! were made, days from the day after they closed.

use core::hash::{BuildHasherDefault, Hasher};
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::amounts::MEASURES;
use crate::habit::Day;
use crate::profile::{ClosedDay, Group, TRAITS, Trait};
use crate::sketch::{join, level};
use crate::traits::DAY;

/// Keys remembered for each value: three are many.
const KEYS: usize = 3;

/// Values remembered, about 100 MB. Beyond them those of a single key are forgotten.
const VALUES_MAX: usize = 3_000_000;

/// How often keys in general take a new value on a day, by [`Trait`], before any were watched.
const USUAL_NEW: [f64; TRAITS] = [0.10, 0.07, 0.04, 0.02, 0.02, 0.05, 0.06, 0.03, 0.08];

/// So many days of keys the usual is worth.
const USUAL_DAYS: f64 = 200.0;

/// What a judgement adds to the tenant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum News {
    /// A key took a value in an hour.
    Seen { value: u64, key: u32, hour: u32 },
    /// A day of a key closed on a later one, with its highest score if it has one.
    Closed { on: Day, closed: ClosedDay, peak: Option<f64> },
    /// A stretch of a key and one of its groups of sources that began at a second was told at
    /// another.
    Alarmed { key: u32, group: Group, began: u32, told: u32 },
    /// A source that is not the key's own made keys or took on roles, with its score then.
    Made { key: u32, second: u32, score: f32 },
}

/// The keys that took a value, each with the hour of its first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Sightings {
    keys: [u32; KEYS],
    hours: [u32; KEYS],
}

impl Sightings {
    /// Keeps the first keys by hour, whatever the order in which they are told.
    fn add(&mut self, key: u32, hour: u32) {
        let mut all: [(u32, u32); KEYS + 1] = [(u32::MAX, 0); KEYS + 1];
        for ((slot, kept), kept_hour) in all.iter_mut().zip(&self.keys).zip(&self.hours) {
            if *kept_hour != 0 {
                *slot = (*kept_hour, *kept);
            }
        }
        match all.iter_mut().find(|(_, kept)| *kept == key) {
            Some(known) => known.0 = known.0.min(hour),
            None => all[KEYS] = (hour, key),
        }
        all.sort_unstable();
        for (place, (hour, key)) in all.into_iter().take(KEYS).enumerate() {
            let is_kept = hour != u32::MAX;
            self.hours[place] = if is_kept { hour } else { 0 };
            self.keys[place] = if is_kept { key } else { 0 };
        }
    }
}

/// Other keys that took a value before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Others {
    /// How many, up to three.
    pub(crate) count: u32,
    /// Days since the first of them did.
    pub(crate) days: u32,
}

/// Bins of scores of half a nat, from -16 to 16.
const SCORES: usize = 64;

/// Sums over days of keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sums {
    days: f64,
    key_days: f64,
    new: [f64; TRAITS],
    /// Levels of the largest windows, by measure and window, by powers of two.
    most: Vec<f64>,
    peaks: Vec<f64>,
}

const OCTAVES: usize = 64;

impl Default for Sums {
    fn default() -> Self {
        let most = vec![0.0; MEASURES * 3 * OCTAVES];
        Self { days: 0.0, key_days: 0.0, new: [0.0; TRAITS], most, peaks: vec![0.0; SCORES] }
    }
}

fn most_place(measure: usize, window: usize, level: u8) -> usize {
    (measure * 3 + window) * OCTAVES + usize::from(level / 4)
}

fn score_bin(score: f64) -> usize {
    let bin = crate::sketch::whole((score + 16.0).max(0.0) * 2.0);
    usize::try_from(bin).unwrap_or(SCORES).min(SCORES - 1)
}

impl Sums {
    fn add(&mut self, closed: &ClosedDay, peak: Option<f64>) {
        if closed.is_grown {
            self.key_days += 1.0;
            for (place, count) in self.new.iter_mut().enumerate() {
                *count += f64::from((closed.new >> place) & 1);
            }
        }
        for (measure, most) in closed.most.iter().enumerate() {
            for (window, level) in most.iter().enumerate() {
                self.most[most_place(measure, window, *level)] += 1.0;
            }
        }
        if let Some(peak) = peak {
            self.peaks[score_bin(peak)] += 1.0;
        }
    }

    /// A later day is over: what is older weighs less.
    fn settle(&mut self, day: &Self) {
        const KEPT: f64 = 0.95;
        let fade = |old: &mut f64, new: f64| *old = *old * KEPT + new;
        fade(&mut self.days, 1.0);
        fade(&mut self.key_days, day.key_days);
        self.new.iter_mut().zip(&day.new).for_each(|(old, new)| fade(old, *new));
        self.most.iter_mut().zip(&day.most).for_each(|(old, new)| fade(old, *new));
        self.peaks.iter_mut().zip(&day.peaks).for_each(|(old, new)| fade(old, *new));
    }
}

/// Stretches of one key and group that were told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Suspicion {
    began: u32,
    told: u32,
    told_last: u32,
}

/// What an owner's own source makes more than a day after an alarm about it is the owner's again.
const LINGERS: u32 = DAY;

/// A key takes over the score of the strange source that made it from here on.
const SUSPICIOUS: f64 = -5.0;

/// Seconds remembered of each key in which strange sources made keys, the latest ones.
const MADE_MAX: usize = 32;

/// What all keys together show.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Tenant {
    values: HashMap<u64, Sightings, BuildHasherDefault<AsItIs>>,
    settled: Sums,
    pending: BTreeMap<Day, Sums>,
    /// By key, and whether the sources were strange to it.
    alarmed: BTreeMap<(u32, bool), Suspicion>,
    /// Seconds in which sources that were strange to a key made keys with it, with their scores.
    made: BTreeMap<u32, BTreeMap<u32, f32>>,
    /// The latest hour of which a sighting was told.
    #[serde(skip)]
    hour: u32,
    /// How often what is known of closed hours and days changed.
    #[serde(skip)]
    changes: u32,
}

/// Takes a number as its own hash: these are hashes, of values that nobody outside can aim at more
/// than at the hash itself.
#[derive(Debug, Clone, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = join(self.0, crate::sketch::hash(bytes));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// A value of a trait among those of all traits.
fn salted(of: Trait, value: u64) -> u64 {
    join(value, 0x51ed_270b * (1 + of as u64))
}

/// The news that a key took a value.
pub(crate) fn seen(of: Trait, value: u64, key: u32, second: u32) -> News {
    News::Seen { value: salted(of, value), key, hour: second / 3_600 }
}

impl Tenant {
    /// Takes news in. The same news twice of a sighting or an alarm changes nothing.
    pub(crate) fn take(&mut self, news: News) {
        match news {
            News::Seen { value, key, hour } => {
                self.values.entry(value).or_default().add(key, hour.max(1));
                self.changes = self.changes.wrapping_add(u32::from(hour < self.hour));
                self.hour = self.hour.max(hour);
                if self.values.len() > VALUES_MAX {
                    self.changes = self.changes.wrapping_add(1);
                    self.values.retain(|_, sightings| sightings.hours[1] != 0);
                }
            }
            News::Closed { on, closed, peak } => {
                self.pending.entry(on).or_default().add(&closed, peak);
            }
            News::Alarmed { key, group, began, told } => {
                let place = (key, group == Group::Foreign);
                let new = Suspicion { began, told, told_last: told };
                let known = self.alarmed.entry(place).or_insert(new);
                known.began = known.began.min(began);
                known.told = known.told.min(told);
                known.told_last = known.told_last.max(told);
            }
            News::Made { key, second, score } => {
                let seconds = self.made.entry(key).or_default();
                let known = seconds.entry(second).or_insert(score);
                *known = known.max(score);
                if seconds.len() > MADE_MAX {
                    seconds.pop_first();
                }
            }
        }
    }

    /// Lets the days before one count.
    pub(crate) fn settle(&mut self, day: Day) {
        while let Some(entry) = self.pending.first_entry() {
            if *entry.key() >= day {
                return;
            }
            self.settled.settle(&entry.remove());
            self.changes = self.changes.wrapping_add(1);
        }
    }

    /// Another number once anything that counts before the running hour has changed.
    pub(crate) fn changes(&self) -> u32 {
        self.changes
    }

    /// Whether days wait to be settled before one.
    pub(crate) fn is_behind(&self, day: Day) -> bool {
        self.pending.first_key_value().is_some_and(|(first, _)| *first < day)
    }

    /// The other keys that took a value before the running hour.
    pub(crate) fn others(&self, of: Trait, value: u64, key: u32, second: u32) -> Others {
        let Some(sightings) = self.values.get(&salted(of, value)) else { return Others::default() };
        let mut others = Others::default();
        let now = second / 3_600;
        for (other, hour) in sightings.keys.iter().zip(&sightings.hours) {
            if *hour != 0 && *hour < now && *other != key {
                others.count += 1;
                others.days = others.days.max((now - hour) / 24);
            }
        }
        others
    }

    /// The chance that a day of a grown key brings a new value of a trait.
    pub(crate) fn chance_of_new(&self, of: Trait) -> f64 {
        let usual = USUAL_NEW[of as usize] * USUAL_DAYS;
        (self.settled.new[of as usize] + usual) / (self.settled.key_days + USUAL_DAYS)
    }

    /// The share of days of keys on which a window took an amount or more; `usual` is what is
    /// thought of it without having watched.
    pub(crate) fn share_at_least(&self, place: (usize, usize), amount: u64, usual: f64) -> f64 {
        let (measure, window) = place;
        let start = most_place(measure, window, 0);
        let all = &self.settled.most[start..start + OCTAVES];
        let bin = usize::from(level(amount) / 4);
        let above: f64 = all[bin + 1..].iter().sum::<f64>() + 0.5 * all[bin];
        (above + usual * USUAL_DAYS) / (all.iter().sum::<f64>() + USUAL_DAYS)
    }

    /// The score that benign days of keys pass so many times a day, and how many days it was
    /// learned from.
    pub(crate) fn score_passed(&self, times_a_day: f64) -> (f64, f64) {
        let allowed = times_a_day * self.settled.days;
        let mut above = 0.0;
        for (bin, count) in self.settled.peaks.iter().enumerate().rev() {
            above += count;
            if above > allowed {
                return ((bin + 1) as f64 / 2.0 - 16.0 + 0.25, self.settled.days);
            }
        }
        (-16.0, self.settled.days)
    }

    /// The score of the strange source that made keys with a key at a second, if it was suspicious.
    pub(crate) fn score_of_maker(&self, key: u32, at: u32) -> Option<f64> {
        let score = f64::from(*self.made.get(&key)?.get(&at)?);
        (score >= SUSPICIOUS).then_some(score)
    }

    /// Whether what was made with a key at one second was made by those about whom an alarm was told
    /// before another: strange sources, or its own ones about then.
    pub(crate) fn was_suspect(&self, key: u32, at: u32, now: u32) -> bool {
        let told = |is_foreign: bool| {
            let known = self.alarmed.get(&(key, is_foreign));
            known.filter(|suspicion| suspicion.began <= at && suspicion.told <= now)
        };
        let by_strangers = || self.made.get(&key).is_some_and(|seconds| seconds.contains_key(&at));
        told(true).is_some_and(|_| by_strangers())
            || told(false).is_some_and(|own| at <= own.told_last.saturating_add(LINGERS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_and_repeats_of_sightings_change_nothing() {
        let all = [(1, 50), (2, 40), (3, 60), (4, 45), (2, 55), (1, 50)];
        let told = |order: &[usize]| {
            let mut tenant = Tenant::default();
            for place in order {
                let (key, hour) = all[*place];
                tenant.take(seen(Trait::Client, 9, key, hour * 3_600));
            }
            tenant
        };
        let one = told(&[0, 1, 2, 3, 4, 5]);
        assert_eq!(one.values, told(&[5, 4, 3, 2, 1, 0]).values);
        assert_eq!(one.values, told(&[2, 2, 4, 0, 3, 1, 1]).values);
        let others = |key, hour: u32| one.others(Trait::Client, 9, key, hour * 3_600);
        assert_eq!(others(9, 46), Others { count: 2, days: 0 });
        assert_eq!(others(2, 45), Others { count: 0, days: 0 });
        assert_eq!(others(9, 100), Others { count: 3, days: 2 });
    }

    #[test]
    fn the_score_that_is_passed_once_a_day_follows_the_benign_days() {
        let mut tenant = Tenant::default();
        let closed = ClosedDay { new: 0, most: Default::default(), is_grown: true };
        for day in 1..=20 {
            for key in 0..50 {
                let peak = Some(if key < 2 { 4.0 } else { -4.0 });
                tenant.take(News::Closed { on: day, closed, peak });
            }
        }
        tenant.settle(21);
        assert!(tenant.score_passed(1.0).0 > 4.0);
        assert!(tenant.score_passed(3.0).0 < 0.0);
    }
}
