//! What all keys together show: how often keys do new things here, which values many of them share,
//! how much they take, and how high benign days score.
//!
//! A value that turns up on many keys is a deployment or a shared gateway and not a thief. Nothing
//! here depends on the order in which keys are judged: sightings count from the hour after they
//! were made, days from the day after they closed, alarms from the second after. An event is judged by
//! what was so at its own time, however much more is known by then, and what a key said can be
//! said anew.

mod marks;
mod sightings;
mod sums;

use core::hash::BuildHasherDefault;
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use self::marks::Marks;
use self::sightings::{AsItIs, Sightings};
use self::sums::{Closing, OCTAVES, Sums, age, most_place, mover, score_of_bin};
use crate::habit::Day;
use crate::profile::{ClosedDay, Group, TRAITS, Trait};
use crate::sketch::{join, level};
use crate::traits::DAY;

/// Values remembered, about 100 MB. Beyond them those of a single key are forgotten.
const VALUES_MAX: usize = 3_000_000;

/// How often keys in general take a new value on a day, by [`Trait`], before any were watched.
const USUAL_NEW: [f64; TRAITS] = [0.10, 0.07, 0.04, 0.02, 0.02, 0.05, 0.06, 0.03, 0.08];

/// Keys that are used on a day of a company of 2,000.
pub(crate) const KEYS_A_DAY: f64 = 1_500.0;

/// So many days of keys the usual is worth.
const USUAL_DAYS: f64 = 200.0;

/// Days whose sums are kept one by one, about 17 kB each: an event as old as that is judged by what
/// was so then.
const DAYS_MAX: usize = 128;

/// Closed days of keys that can be closed anew, about 100 MB.
const CLOSINGS_MAX: usize = 2_000_000;

/// What a judgement adds to the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum News {
    /// A key took a value in an hour.
    Seen { value: u64, key: u32, hour: u32 },
    /// A key was used on a day. If it was before, too, the day of that closed, with its highest score if it has one.
    Used { on: Day, closed: Option<ClosedDay>, peak: Option<f64> },
    /// A stretch of a key and one of its groups of sources that began at a second was told at
    /// another.
    Alarmed { key: u32, group: Group, began: u32, told: u32 },
    /// A source that is not the key's own made keys, took on roles or gave rights, with its score then.
    Made { key: u32, second: u32, score: f32 },
}

/// Other keys that took a value before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Others {
    /// How many, up to three.
    pub(crate) count: u32,
    /// Days since the first of them did.
    pub(crate) days: u32,
}

/// A stretch of one key and group that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Suspicion {
    began: u32,
    told: u32,
}

/// What closed on a day.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Book {
    of_day: Sums,
    /// With all days before it, once it was settled.
    #[serde(skip)]
    until: Sums,
}

/// What an owner's own source makes more than a day after an alarm about it is the owner's again.
const LINGERS: u32 = DAY;

/// A key takes over the score of the strange source that made it from here on.
const SUSPICIOUS: f64 = -5.0;

/// Seconds remembered of each key in which strange sources made keys or gave rights, the latest ones.
const MADE_MAX: usize = 128;

/// What all keys together show.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Tenant {
    values: HashMap<u64, Sightings, BuildHasherDefault<AsItIs>>,
    /// Days before those in `days`.
    older: Sums,
    days: BTreeMap<Day, Book>,
    /// The first day from which on `until` is to be worked out anew.
    #[serde(skip)]
    unsettled: Option<Day>,
    /// By key, and whether the sources were strange to it.
    alarmed: BTreeMap<(u32, bool), Vec<Suspicion>>,
    /// Marks of the keys among them, so that the others are passed by at once.
    #[serde(skip)]
    alarmed_marks: Marks,
    /// What each key said of a day, where it may say so anew.
    closings: BTreeMap<Day, HashMap<u64, Closing>>,
    /// What closed before this day is no longer among them.
    closings_since: Day,
    /// Seconds in which sources that were strange to a key made keys or gave rights with it, with their
    /// scores.
    made: BTreeMap<u32, BTreeMap<u32, f32>>,
    /// The latest hour of which a sighting was told.
    #[serde(skip)]
    hour: u32,
    /// How often what is known of closed hours and days changed.
    #[serde(skip)]
    changes: u32,
}

/// A value of a trait among those of all traits.
pub(crate) fn salted(of: Trait, value: u64) -> u64 {
    join(value, 0x51ed_270b * (1 + of as u64))
}

/// The news that a key took a value.
pub(crate) fn seen(of: Trait, value: u64, key: u32, second: u32) -> News {
    News::Seen { value: salted(of, value), key, hour: second / 3_600 }
}

impl Tenant {
    /// Takes news in, each once.
    pub(crate) fn take(&mut self, news: News) {
        match news {
            News::Used { on, closed, peak } => self.count(on, &(closed, peak), 1.0),
            other => drop(self.keep(0, &other)),
        }
    }

    /// Takes in what a key says, in place of what it said of the same before. Whether it said
    /// something else.
    pub(crate) fn keep(&mut self, key: u64, news: &News) -> bool {
        match *news {
            News::Seen { value, key, hour } => {
                let is_news = self.values.entry(value).or_default().add(key, hour.max(1));
                self.changes = self.changes.wrapping_add(u32::from(is_news && hour < self.hour));
                self.hour = self.hour.max(hour);
                if self.values.len() > VALUES_MAX {
                    self.changes = self.changes.wrapping_add(1);
                    self.values.retain(|_, sightings| sightings.hours[1] != 0);
                }
                is_news
            }
            News::Used { on, closed, peak } => self.close(key, on, Some((closed, peak))),
            News::Alarmed { key, group, began, told } => {
                let known = self.alarmed.entry((key, group == Group::Foreign)).or_default();
                self.alarmed_marks.add(key);
                let suspicion = Suspicion { began, told };
                let is_news = !known.contains(&suspicion);
                if is_news {
                    known.push(suspicion);
                }
                is_news
            }
            News::Made { key, second, score } => {
                let seconds = self.made.entry(key).or_default();
                let known = seconds.get(&second);
                let is_news = known.is_none_or(|known| *known < score);
                if is_news {
                    seconds.insert(second, score);
                }
                if seconds.len() > MADE_MAX {
                    seconds.pop_first();
                }
                is_news
            }
        }
    }

    /// Forgets what a key said. Whether it was known.
    pub(crate) fn withdraw(&mut self, key: u64, news: &News) -> bool {
        match *news {
            News::Seen { value, key, hour } => {
                let sightings = self.values.get_mut(&value);
                let is_known = sightings.is_some_and(|one| one.remove(key, hour.max(1)));
                self.changes = self.changes.wrapping_add(u32::from(is_known));
                is_known
            }
            News::Used { on, .. } => self.close(key, on, None),
            News::Alarmed { key, group, began, told } => {
                let known = self.alarmed.get_mut(&(key, group == Group::Foreign));
                let Some(known) = known else { return false };
                let before = known.len();
                known.retain(|one| *one != Suspicion { began, told });
                known.len() != before
            }
            News::Made { key, second, score } => {
                let Some(seconds) = self.made.get_mut(&key) else { return false };
                let is_known = seconds.get(&second) == Some(&score);
                if is_known {
                    seconds.remove(&second);
                }
                is_known
            }
        }
    }

    /// Every sighting and every alarm, with the key and the second from which on it can be.
    pub(crate) fn shown(&self, mut take: impl FnMut(News, u32, u32)) {
        for (value, sightings) in &self.values {
            let known = sightings.keys.iter().zip(&sightings.hours).filter(|(_, hour)| **hour != 0);
            for (key, hour) in known {
                take(News::Seen { value: *value, key: *key, hour: *hour }, *key, hour * 3_600);
            }
        }
        for ((key, is_foreign), suspicions) in &self.alarmed {
            let group = if *is_foreign { Group::Foreign } else { Group::Familiar };
            for Suspicion { began, told } in suspicions {
                take(News::Alarmed { key: *key, group, began: *began, told: *told }, *key, *told);
            }
        }
        for (key, seconds) in &self.made {
            for (second, score) in seconds {
                take(News::Made { key: *key, second: *second, score: *score }, *key, *second);
            }
        }
    }

    fn close(&mut self, key: u64, on: Day, closing: Option<Closing>) -> bool {
        if on < self.closings_since {
            return false;
        }
        let of_day = self.closings.entry(on).or_default();
        let before = match closing {
            Some(closing) => of_day.insert(key, closing),
            None => of_day.remove(&key),
        };
        if before == closing {
            return false;
        }
        before.iter().for_each(|before| self.count(on, before, -1.0));
        closing.iter().for_each(|closing| self.count(on, closing, 1.0));
        if self.closings.len() > 1
            && self.closings.values().map(HashMap::len).sum::<usize>() > CLOSINGS_MAX
        {
            self.closings.pop_first();
            self.closings_since = self.closings.first_key_value().map_or(on, |(day, _)| *day);
        }
        true
    }

    fn count(&mut self, on: Day, closing: &Closing, times: f64) {
        self.days.entry(on).or_default().of_day.add(closing, times);
        self.unsettled = Some(self.unsettled.map_or(on, |day| day.min(on)));
    }

    /// Lets the days before one count.
    pub(crate) fn settle(&mut self, day: Day) {
        let Some(from) = self.unsettled.filter(|from| *from < day) else { return };
        let mut until = self.before(from).clone();
        for (_, book) in self.days.range_mut(from..day) {
            until.settle(&book.of_day);
            book.until.clone_from(&until);
        }
        self.changes = self.changes.wrapping_add(1);
        self.unsettled = self.days.range(day..).next().map(|(day, _)| *day);
        while self.days.len() > DAYS_MAX
            && let Some(entry) = self.days.first_entry().filter(|entry| *entry.key() < day)
        {
            self.older = entry.remove().until;
        }
    }

    /// Another number once anything that counts before the running hour has changed.
    pub(crate) fn changes(&self) -> u32 {
        self.changes
    }

    /// Whether days wait to be settled before one.
    pub(crate) fn is_behind(&self, day: Day) -> bool {
        self.unsettled.is_some_and(|from| from < day)
    }

    /// What closed before a day.
    fn before(&self, day: Day) -> &Sums {
        let last = self.days.range(..day).next_back();
        last.map_or(&self.older, |(_, book)| &book.until)
    }

    /// After it was read back: what is not kept is worked out.
    pub(crate) fn read_back(mut self) -> Self {
        self.unsettled = self.days.first_key_value().map(|(day, _)| *day);
        self.settle(Day::MAX);
        self.alarmed.keys().for_each(|(key, _)| self.alarmed_marks.add(*key));
        self
    }

    /// As far as it takes to judge one key.
    pub(crate) fn to_judge(&self, key: u64) -> Self {
        let own = |of_day: &HashMap<u64, Closing>| {
            let closing = of_day.get(&key)?;
            Some(HashMap::from([(key, *closing)]))
        };
        let closings = self.closings.iter().filter_map(|(day, all)| Some((*day, own(all)?)));
        Self {
            values: self.values.clone(),
            older: self.older.clone(),
            days: self.days.clone(),
            unsettled: self.unsettled,
            alarmed: self.alarmed.clone(),
            alarmed_marks: self.alarmed_marks,
            made: self.made.clone(),
            hour: self.hour,
            changes: self.changes,
            closings: closings.collect(),
            closings_since: self.closings_since,
        }
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

    /// The chance that a day of a key that was used on so many before brings a new value of a trait.
    pub(crate) fn chance_of_new(&self, of: Trait, day: Day, days_before: u16) -> f64 {
        /// The days of a young key are fewer, and what is thought of them at first is worth less.
        const YOUNG_USUAL_DAYS: f64 = 40.0;
        const YOUNG_DAYS: f64 = 1.5;
        let (age, settled) = (age(days_before), self.before(day));
        let young = (-f64::from(days_before) / YOUNG_DAYS).exp();
        let usual = (USUAL_NEW[of as usize] * (1.0 + 6.0 * young)).min(0.5);
        let worth = YOUNG_USUAL_DAYS * young + USUAL_DAYS * (1.0 - young);
        (settled.new[age][of as usize] + usual * worth) / (settled.key_days[age] + worth)
    }

    /// The chance that a key that comes from somewhere new, as it did so many times before, comes with a
    /// tool, or a client, that is new to it, too: another machine has other programs.
    pub(crate) fn chance_of_new_elsewhere(&self, of: Trait, day: Day, moves: u16) -> f64 {
        const USUAL_MOVES: f64 = 20.0;
        let [days, tools, clients] = self.before(day).moves[mover(moves)];
        let (usual, new) = if of == Trait::Tool { (0.2, tools) } else { (0.4, clients) };
        let usual = usual / f64::from(1 + moves.min(9));
        (new + usual * USUAL_MOVES) / (days + USUAL_MOVES)
    }

    /// The share of days of keys on which a window took an amount or more; `usual` is what is
    /// thought of it without having watched.
    pub(crate) fn share_at_least(
        &self,
        (measure, window): (usize, usize),
        amount: u64,
        usual: f64,
        day: Day,
    ) -> f64 {
        let start = most_place(measure, window, 0);
        let all = &self.before(day).most[start..start + OCTAVES];
        let bin = usize::from(level(amount) / 4);
        let above: f64 = all[bin + 1..].iter().sum::<f64>() + 0.5 * all[bin];
        (above + usual * USUAL_DAYS) / (all.iter().sum::<f64>() + USUAL_DAYS)
    }

    /// How many keys are used on a day, as far as the days before one show. Of a tenant that was not watched yet
    /// many are thought.
    pub(crate) fn keys_a_day(&self, day: Day) -> f64 {
        const USUAL_DAYS: f64 = 0.1;
        let settled = self.before(day);
        let days = settled.days_of_use;
        let known = if days > 0.0 { (settled.keys / days).max(1.0) } else { KEYS_A_DAY };
        ((KEYS_A_DAY.ln() * USUAL_DAYS + known.ln() * days) / (USUAL_DAYS + days)).exp()
    }

    /// The score that days of keys pass so many times a day, and how many days it was learned from. Of
    /// owners' days alone where each is to count as far as its score leaves it to an owner.
    pub(crate) fn score_passed(&self, times_a_day: f64, day: Day, of_owners: bool) -> (f64, f64) {
        let settled = self.before(day);
        let mut allowed = times_a_day * settled.days;
        for (bin, count) in settled.peaks.iter().enumerate().rev() {
            let (from, width) = score_of_bin(bin);
            let owner = 1.0 / (1.0 + (from + width / 2.0).exp());
            let count = if of_owners { count * owner } else { *count };
            if count > allowed {
                return (from + width * (1.0 - allowed / count), settled.days);
            }
            allowed -= count;
        }
        (score_of_bin(0).0, settled.days)
    }

    /// The score of the strange source that made keys with a key at a second, if it was suspicious.
    pub(crate) fn score_of_maker(&self, key: u32, at: u32) -> Option<f64> {
        let score = f64::from(*self.made.get(&key)?.get(&at)?);
        (score >= SUSPICIOUS).then_some(score)
    }

    /// Whether an alarm about a key may have been told: a look at the marks alone.
    pub(crate) fn may_be_alarmed(&self, key: u32) -> bool {
        self.alarmed_marks.has(key)
    }

    /// Whether what was made with a key at one second was made by those about whom an alarm was told
    /// before another: strange sources, or its own ones about then.
    pub(crate) fn was_suspect(&self, key: u32, at: u32, now: u32) -> bool {
        let told = |is_foreign: bool| {
            let known = self.alarmed.get(&(key, is_foreign)).into_iter().flatten();
            known.filter(|one| one.told < now)
        };
        let includes = |one: &Suspicion| one.began <= at;
        let by_strangers = || self.made.get(&key).is_some_and(|seconds| seconds.contains_key(&at));
        let last = told(false).map(|one| one.told).max().unwrap_or(0);
        (told(true).any(includes) && by_strangers())
            || (told(false).any(includes) && at <= last.saturating_add(LINGERS))
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
        let closed =
            ClosedDay { new: 0, most: Default::default(), days_before: 9, moves_before: 0 };
        for day in 1..=20 {
            for key in 0..50 {
                let peak = Some(if key < 2 { 4.0 } else { -4.0 });
                tenant.take(News::Used { on: day, closed: Some(closed), peak });
            }
        }
        tenant.settle(21);
        assert!(tenant.score_passed(1.0, 21, false).0 > 4.0);
        assert!(tenant.score_passed(3.0, 21, false).0 < 0.0);
        assert!(tenant.score_passed(1.0, 21, true).0 < 0.0, "such scores are hardly owners'");
        assert_eq!(tenant.score_passed(1.0, 1, false).1, 0.0, "on the first day nothing was known");
    }

    #[test]
    fn what_is_new_to_a_young_key_is_measured_by_young_keys() {
        let mut tenant = Tenant::default();
        let of = |of: Trait| 1_u16 << of as usize;
        for (days_before, moves_before, new) in [
            (1, 0, of(Trait::Operation)),
            (9, 0, of(Trait::Prefix) | of(Trait::Tool)),
            (9, 7, of(Trait::Prefix)),
        ] {
            let closed = ClosedDay { new, most: Default::default(), days_before, moves_before };
            (0..900)
                .for_each(|_| tenant.take(News::Used { on: 3, closed: Some(closed), peak: None }));
        }
        tenant.settle(4);
        let chance = |of, days| tenant.chance_of_new(of, 4, days);
        assert!(chance(Trait::Operation, 1) > 0.9 && chance(Trait::Operation, 9) < 0.1);
        assert!(chance(Trait::Tool, 1) < 0.05 && chance(Trait::Tool, 9) > 0.4);
        let with_tool = |moves| tenant.chance_of_new_elsewhere(Trait::Tool, 4, moves);
        assert!(with_tool(0) > 0.9 && with_tool(7) < 0.01, "who always moves keeps her tools");
    }

    #[test]
    fn what_is_said_anew_stands_in_place_of_what_was_said() {
        let day =
            |new| ClosedDay { new, most: Default::default(), days_before: 9, moves_before: 0 };
        let closed =
            |on, new| News::Used { on, closed: Some(day(new)), peak: Some(f64::from(new)) };
        let (mut once, mut anew) = (Tenant::default(), Tenant::default());
        assert!(once.keep(1, &closed(3, 2)) && once.keep(2, &closed(3, 1)));
        assert!(once.keep(1, &closed(4, 1)));
        for news in [(1, closed(4, 3)), (2, closed(3, 1)), (1, closed(3, 7)), (3, closed(3, 7))] {
            assert!(anew.keep(news.0, &news.1));
        }
        anew.settle(9);
        assert!(anew.keep(1, &closed(4, 1)) && anew.keep(1, &closed(3, 2)));
        assert!(!anew.keep(1, &closed(3, 2)), "the same again is no news");
        assert!(anew.withdraw(3, &closed(3, 7)) && !anew.withdraw(3, &closed(3, 7)));
        once.settle(9);
        anew.settle(9);
        let books = |tenant: &Tenant| (tenant.days.clone(), tenant.closings.clone());
        assert_eq!(books(&once).0, books(&anew).0);
        assert!(
            books(&anew).1.values().map(HashMap::len).eq(books(&once).1.values().map(HashMap::len))
        );
        let seen = seen(Trait::Client, 9, 1, 7_200);
        assert!(anew.keep(0, &seen) && anew.withdraw(0, &seen) && !anew.withdraw(0, &seen));
        assert_eq!(anew.others(Trait::Client, 9, 2, 72_000), Others::default());
    }
}
