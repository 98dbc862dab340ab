//! The values that one trait of a key takes, and how often it takes new ones.
//!
//! Days, not events, are the witnesses: a burst is one. A rare value gives way first.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A day since 1970.
pub(crate) type Day = u16;

/// What a value is to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Known for so many days of use.
    Known {
        /// Days on which it was seen, not counting today where today's values are all that is remembered.
        days: u16,
    },
    /// First seen lately: so many days ago, 0 for today.
    Fresh {
        /// Its age in days.
        age: u16,
    },
    /// Never seen, or so long ago and so seldom that it was forgotten.
    New,
}

/// What was learned of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Learned {
    /// Whether this is its first time on that day.
    pub(crate) is_first_today: bool,
    /// Whether any value may stand otherwise than before.
    pub(crate) changed: bool,
}

impl Learned {
    const NEW: Self = Self { is_first_today: true, changed: true };

    /// Takes what was learned of another value beside it.
    pub(crate) fn add(&mut self, other: Self) {
        self.is_first_today |= other.is_first_today;
        self.changed |= other.changed;
    }
}

/// Days for which a value is still looked at as new.
const FRESH_DAYS: u16 = 3;

/// The memory of one trait: up to `N` values in 8 bytes each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(serialize = "[u16; N]: Serialize", deserialize = "[u16; N]: DeserializeOwned"))]
pub(crate) struct Habit<const N: usize> {
    /// 0 marks an empty place.
    hashes: [u16; N],
    first: [u16; N],
    last: [u16; N],
    days: [u16; N],
    /// Days whose new value was seen on that day only and has given way since.
    lost_days: u16,
    lost_day: u16,
}

impl<const N: usize> Default for Habit<N> {
    fn default() -> Self {
        let none = [0; N];
        Self { hashes: none, first: none, last: none, days: none, lost_days: 0, lost_day: 0 }
    }
}

/// The part of a hash that is kept, never 0.
fn short(hash: u64) -> u16 {
    u16::try_from(hash >> 48).unwrap_or(0).max(1)
}

impl<const N: usize> Habit<N> {
    fn place(&self, hash: u64) -> Option<usize> {
        let short = short(hash);
        // All are compared, so that nothing hangs on where the value is.
        let kept = self.hashes.iter().zip(0..);
        let found = kept.fold(0_u32, |found, (kept, at)| found | u32::from(*kept == short) << at);
        (found != 0).then(|| found.trailing_zeros() as usize)
    }

    /// What the value is on a day. With a leak, what was first seen up to its day is known and
    /// nothing else is.
    pub(crate) fn standing(&self, hash: u64, today: Day, leaked: Option<Day>) -> Standing {
        let Some(place) = self.place(hash) else { return Standing::New };
        let (first, days) = (self.first[place], self.days[place]);
        let age = today.saturating_sub(first);
        match leaked {
            Some(leaked) if first > leaked => Standing::New,
            None if age < FRESH_DAYS && self.began(first) => Standing::Fresh { age },
            // So many came today that those of before have given way: it is none of those.
            None if age == 0 && self.lost_days > 0 => Standing::Known { days: 0 },
            _ => Standing::Known { days },
        }
    }

    /// Whether anything was known before that day: what a key does first is not new, it begins.
    fn began(&self, day: Day) -> bool {
        self.hashes.iter().zip(&self.first).any(|(hash, first)| *hash != 0 && *first < day)
    }

    /// Whether nothing is remembered.
    pub(crate) fn is_empty(&self) -> bool {
        self.hashes.iter().all(|hash| *hash == 0)
    }

    /// How many values are remembered that were first seen up to a day.
    pub(crate) fn count(&self, until: Day) -> u64 {
        let kept = self.hashes.iter().zip(&self.first);
        kept.filter(|(hash, first)| **hash != 0 && **first <= until).count() as u64
    }

    /// The chance that a day brings a new value (Good–Turing): of `days` past ones those on which a
    /// value came that never came again, and the rate of keys that are as old, worth a few days. What
    /// a key began with was no choice between the known and the new.
    pub(crate) fn chance_of_new(&self, days: u16, today: Day, peers: f64) -> f64 {
        const PEERS_DAYS: f64 = 2.0;
        let began = (0..N).filter(|at| self.hashes[*at] != 0).map(|at| self.first[at]).min();
        let began = began.unwrap_or(today);
        let mut single_days = 0_u32;
        for place in 0..N {
            let is_single = |at: usize| {
                let day = self.first[at];
                self.hashes[at] != 0 && self.days[at] == 1 && began < day && day < today
            };
            let day = self.first[place];
            let is_first_of_day = !(0..place).any(|at| is_single(at) && self.first[at] == day);
            single_days += u32::from(is_single(place) && is_first_of_day);
        }
        let once = f64::from(self.lost_days) + f64::from(single_days);
        let days = f64::from(days.saturating_sub(1));
        let chance = (once + PEERS_DAYS * peers) / (days + PEERS_DAYS);
        chance.clamp(0.001, 0.98)
    }

    /// Days before one that brought a value, the first left out, as far as they are remembered.
    pub(crate) fn later_days(&self, before: Day) -> u16 {
        let known = (0..N).filter(|at| self.hashes[*at] != 0);
        let began = known.clone().map(|at| self.first[at]).min().unwrap_or(before);
        let is_later = |at: &usize| {
            let day = self.first[*at];
            let is_told = (0..*at).any(|other| self.hashes[other] != 0 && self.first[other] == day);
            began < day && day < before && !is_told
        };
        let days = u16::try_from(known.filter(is_later).count()).unwrap_or(u16::MAX);
        self.lost_days.saturating_add(days)
    }

    /// Remembers a value.
    pub(crate) fn learn(&mut self, hash: u64, day: Day) -> Learned {
        if let Some(place) = self.place(hash) {
            let is_later = day > self.last[place];
            if is_later {
                self.days[place] = self.days[place].saturating_add(1);
                self.last[place] = day;
            }
            let is_older = day < self.first[place];
            self.first[place] = self.first[place].min(day);
            return Learned { is_first_today: is_later, changed: is_older };
        }
        let weight = |place: usize| (self.hashes[place] != 0, self.days[place], self.last[place]);
        let Some(place) = (0..N).min_by_key(|place| weight(*place)) else { return Learned::NEW };
        let gone_last = self.last[place];
        if self.hashes[place] != 0 && self.days[place] == 1 && gone_last != self.lost_day {
            self.lost_days = self.lost_days.saturating_add(1);
            self.lost_day = gone_last;
        }
        self.hashes[place] = short(hash);
        (self.first[place], self.last[place], self.days[place]) = (day, day, 1);
        Learned::NEW
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::hash;

    fn of(value: u32) -> u64 {
        hash(&value.to_be_bytes())
    }

    #[test]
    fn a_key_that_always_takes_new_values_makes_new_ones_worth_nothing() {
        let (mut runner, mut backend) = (Habit::<8>::default(), Habit::<8>::default());
        for day in 1..=100_u16 {
            runner.learn(of(day.into()), day);
            backend.learn(of(7), day);
        }
        assert!(runner.chance_of_new(100, 101, 0.05) > 0.8);
        assert!(backend.chance_of_new(100, 101, 0.05) < 0.01);
    }

    #[test]
    fn a_flood_of_new_values_does_not_push_out_the_old_ones() {
        let mut habit = Habit::<8>::default();
        habit.learn(of(7), 1);
        habit.learn(of(7), 2);
        for value in 100..1_000 {
            habit.learn(of(value), 3);
        }
        assert!(matches!(habit.standing(of(7), 9, None), Standing::Known { days: 2 }));
    }

    #[test]
    fn what_came_after_the_leak_is_not_the_keys_own() {
        let mut habit = Habit::<8>::default();
        habit.learn(of(1), 5);
        habit.learn(of(2), 9);
        assert_eq!(habit.standing(of(2), 30, Some(7)), Standing::New);
        assert_eq!(habit.standing(of(1), 30, Some(7)), Standing::Known { days: 1 });
        assert_eq!(habit.standing(of(2), 10, None), Standing::Fresh { age: 1 });
        assert_eq!(habit.standing(of(2), 30, None), Standing::Known { days: 1 });
    }

    #[test]
    fn what_a_key_began_with_is_no_habit_of_new_things() {
        let mut habit = Habit::<8>::default();
        for value in 1..4 {
            habit.learn(of(value), 5);
        }
        assert!((habit.chance_of_new(1, 6, 0.1) - 0.1).abs() < 1e-9, "only the peers tell");
        habit.learn(of(9), 6);
        assert!(habit.chance_of_new(2, 7, 0.1) > 0.3);
        assert_eq!((habit.later_days(6), habit.later_days(7)), (0, 1));
    }

    #[test]
    fn of_a_flood_of_values_a_day_none_is_the_keys_own() {
        let mut habit = Habit::<8>::default();
        for value in 0..200 {
            habit.learn(of(value), 5 + Day::from(value >= 100));
        }
        assert_eq!(habit.standing(of(199), 6, None), Standing::Known { days: 0 });
        assert_eq!(habit.standing(of(199), 7, None), Standing::Known { days: 1 });
    }

    #[test]
    fn what_a_key_begins_with_is_not_new_to_it() {
        let mut habit = Habit::<8>::default();
        habit.learn(of(1), 5);
        assert_eq!(habit.standing(of(1), 5, None), Standing::Known { days: 1 });
    }
}
