//! What is normal for one key: a fixed-size memory of where it is used from and how much it takes.
//!
//! Days, not events, are the witnesses: a burst is one. At most 1 KiB a key; the same events in the
//! same order leave the same profile. It judges nothing: the sensors do.

use claviger_model::AccessEvent;
use serde::{Deserialize, Serialize};

use crate::sketch::{Distinct, Levels, hash};
use crate::source::{Kind, Source};

/// Seconds of a day.
pub(crate) const DAY: u32 = 86_400;

/// The windows in which amounts are counted, in seconds. They begin at multiples of themselves.
pub(crate) const WINDOWS: [u32; 3] = [300, 3_600, DAY];

/// Values that a habit remembers one by one; a rare value gives way first.
const SLOTS: usize = 14;

/// Whether the source was the key's own before, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// Its own: known before the leak, or for more than a day.
    Familiar,
    /// Not known yet. All such sources count as one, so that rotating addresses hides nothing.
    Foreign,
}

impl Group {
    /// Its place in arrays of two.
    pub(crate) fn index(self) -> usize {
        match self {
            Self::Familiar => 0,
            Self::Foreign => 1,
        }
    }
}

/// One remembered value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Slot {
    hash: u32,
    /// Second in which it was first seen; 0 marks an empty slot.
    first: u32,
    /// On how many days it was seen.
    pub(crate) days: u16,
    last_day: u16,
}

/// The values that one trait of a key takes, and how often it takes new ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Habit {
    slots: [Slot; SLOTS],
    /// Days whose new value was seen on that day only and has given way since.
    lost_days: u16,
    lost_day: u16,
}

impl Habit {
    /// The value, if it was first seen before `cutoff`.
    pub(crate) fn known(&self, hash: u32, cutoff: u32) -> Option<&Slot> {
        self.before(cutoff).find(|slot| slot.hash == hash)
    }

    /// How many of the remembered values were first seen before `cutoff`.
    pub(crate) fn count(&self, cutoff: u32) -> u64 {
        self.before(cutoff).count() as u64
    }

    /// The chance that a day brings a new value (Good–Turing): `days` that count, on `u` of which a
    /// value was seen that never came again, and the peers' rate as worth `PRIOR_DAYS`.
    pub(crate) fn chance_of_new(&self, days: u16, cutoff: u32, peers: f64) -> f64 {
        const PRIOR_DAYS: f64 = 5.0;
        let mut singles: Vec<u32> = self
            .before(cutoff)
            .filter(|slot| slot.days == 1)
            .map(|slot| slot.first / DAY)
            .collect();
        singles.sort_unstable();
        singles.dedup();
        let once = f64::from(self.lost_days) + singles.len() as f64;
        ((once + PRIOR_DAYS * peers) / (f64::from(days) + PRIOR_DAYS)).min(0.98)
    }

    fn before(&self, cutoff: u32) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(move |slot| slot.first != 0 && slot.first < cutoff)
    }

    fn learn(&mut self, hash: u32, second: u32, day: u16) {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.first != 0 && slot.hash == hash)
        {
            slot.first = slot.first.min(second);
            if day > slot.last_day {
                slot.days = slot.days.saturating_add(1);
                slot.last_day = day;
            }
            return;
        }
        let rarest =
            self.slots.iter_mut().min_by_key(|slot| (slot.days, slot.last_day, slot.first));
        let Some(slot) = rarest else { return };
        let gone = *slot;
        *slot = Slot { hash, first: second.max(1), days: 1, last_day: day };
        if gone.days == 1 && gone.last_day != self.lost_day {
            self.lost_days = self.lost_days.saturating_add(1);
            self.lost_day = gone.last_day;
        }
    }
}

/// What one group of sources took in the running windows, and the most of each window today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Tally {
    window: [u32; 3],
    bytes: [u64; 3],
    objects: [Distinct; 3],
    most_bytes: [u64; 3],
    most_objects: [u32; 3],
}

impl Tally {
    fn count(&mut self, second: u32, bytes: u64, object: Option<u64>) {
        for (at, length) in WINDOWS.into_iter().enumerate() {
            // A late event counts in the running window: the past one is closed.
            if second / length > self.window[at] {
                self.window[at] = second / length;
                self.bytes[at] = 0;
                self.objects[at] = Distinct::default();
            }
            self.bytes[at] = self.bytes[at].saturating_add(bytes);
            self.most_bytes[at] = self.most_bytes[at].max(self.bytes[at]);
            if let Some(object) = object {
                self.objects[at].add(object);
                let objects = u32::try_from(self.objects[at].count()).unwrap_or(u32::MAX);
                self.most_objects[at] = self.most_objects[at].max(objects);
            }
        }
    }
}

/// The most that each day took in each window: how often each magnitude, and the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Past {
    bytes: [Levels; 3],
    objects: [Levels; 3],
    record_bytes: [u64; 3],
    record_objects: [u32; 3],
}

/// What is counted in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Bytes that left.
    Bytes,
    /// Distinct objects, about.
    Objects,
}

/// An amount beside the key's own past.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Amount {
    /// What the group took in the running window.
    pub(crate) now: u64,
    /// On how many past days a window took as much.
    pub(crate) days_at_least: f64,
    /// The most that any past window took.
    pub(crate) record: u64,
}

/// The memory of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// Second of the last event.
    pub(crate) last_seen: u32,
    /// Days on which the key was used in trust, today not counted.
    pub(crate) days: u16,
    today: u16,
    /// Whether today was used in trust, and whether the foreign group is under suspicion today.
    active: bool,
    tainted: bool,
    pub(crate) addresses: Habit,
    pub(crate) networks: Habit,
    tallies: [Tally; 2],
    past: Past,
}

impl Profile {
    /// Whether a source was the key's own before `cutoff`. A service of the provider acts on behalf
    /// of a call that was judged itself.
    pub(crate) fn group(&self, source: &Source, cutoff: u32) -> Group {
        match source.kind {
            Kind::Service => Group::Familiar,
            Kind::Unknown => Group::Foreign,
            Kind::Address if self.addresses.known(source.address, cutoff).is_some() => {
                Group::Familiar
            }
            Kind::Address => Group::Foreign,
        }
    }

    /// Counts what an event took. `trusted` events make up what is normal, once their day is over.
    pub(crate) fn count(&mut self, event: &AccessEvent, second: u32, group: Group, trusted: bool) {
        self.roll(day(second));
        self.last_seen = self.last_seen.max(second);
        self.active |= trusted;
        self.tainted |= !trusted;
        if !event.succeeded() {
            return;
        }
        let object = event.object.as_deref().map(|object| {
            let bucket = event.bucket.as_deref().unwrap_or_default();
            hash(format!("{bucket}/{object}").as_bytes())
        });
        self.tallies[group.index()].count(second, event.bytes_out.unwrap_or(0), object);
    }

    /// Remembers a source as the key's own.
    pub(crate) fn learn(&mut self, source: &Source, second: u32) {
        if source.kind == Kind::Address {
            self.addresses.learn(source.address, second, day(second));
            self.networks.learn(source.network, second, day(second));
        }
    }

    /// An amount of the running window, by its place in [`WINDOWS`].
    pub(crate) fn amount(&self, group: Group, measure: Measure, window: usize) -> Amount {
        let tally = &self.tallies[group.index()];
        let (now, levels, record) = match measure {
            Measure::Bytes => {
                (tally.bytes[window], &self.past.bytes[window], self.past.record_bytes[window])
            }
            Measure::Objects => {
                let record = u64::from(self.past.record_objects[window]);
                (tally.objects[window].count(), &self.past.objects[window], record)
            }
        };
        Amount { now, days_at_least: levels.at_least(now), record }
    }

    /// Closes the day if a later one began.
    fn roll(&mut self, day: u16) {
        if day <= self.today {
            return;
        }
        let [familiar, mut foreign] = self.tallies;
        if self.tainted {
            foreign = Tally::default();
        }
        if self.active {
            self.days = self.days.saturating_add(1);
            for at in 0..WINDOWS.len() {
                let bytes = familiar.most_bytes[at].max(foreign.most_bytes[at]);
                let objects = familiar.most_objects[at].max(foreign.most_objects[at]);
                self.past.bytes[at].add(bytes);
                self.past.objects[at].add(u64::from(objects));
                self.past.record_bytes[at] = self.past.record_bytes[at].max(bytes);
                self.past.record_objects[at] = self.past.record_objects[at].max(objects);
            }
        }
        for tally in &mut self.tallies {
            tally.most_bytes = [0; 3];
            tally.most_objects = [0; 3];
        }
        self.today = day;
        self.active = false;
        self.tainted = false;
    }
}

/// The day of a second since 1970.
fn day(second: u32) -> u16 {
    u16::try_from(second / DAY).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_fits_in_one_kibibyte() {
        assert!(size_of::<Profile>() <= 1024, "{} bytes", size_of::<Profile>());
    }

    #[test]
    fn a_key_that_always_takes_new_values_makes_new_ones_worth_nothing() {
        let (mut runner, mut backend) = (Habit::default(), Habit::default());
        for day in 1..=100_u16 {
            runner.learn(u32::from(day), u32::from(day) * DAY, day);
            backend.learn(7, u32::from(day) * DAY, day);
        }
        assert!(runner.chance_of_new(100, u32::MAX, 0.15) > 0.9);
        assert!(backend.chance_of_new(100, u32::MAX, 0.15) < 0.01);
    }

    #[test]
    fn a_flood_of_new_values_does_not_push_out_the_old_ones() {
        let mut habit = Habit::default();
        habit.learn(7, DAY, 1);
        habit.learn(7, 2 * DAY, 2);
        for value in 100..1_000 {
            habit.learn(value, 3 * DAY, 3);
        }
        assert!(habit.known(7, u32::MAX).is_some());
    }
}
