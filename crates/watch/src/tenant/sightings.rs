//! Which keys took a value first, and when.

use core::hash::Hasher;

use serde::{Deserialize, Serialize};

use crate::sketch::join;

/// Keys remembered for each value: three are many.
const KEYS: usize = 3;

/// The keys that took a value, each with the hour of its first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Sightings {
    pub(super) keys: [u32; KEYS],
    pub(super) hours: [u32; KEYS],
}

impl Sightings {
    /// Keeps the first keys by hour, whatever the order in which they are told. Whether that was
    /// news.
    pub(super) fn add(&mut self, key: u32, hour: u32) -> bool {
        let before = *self;
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
        *self != before
    }

    /// Forgets that a key took the value first in an hour. Whether it was known.
    pub(super) fn remove(&mut self, key: u32, hour: u32) -> bool {
        let mut slots = self.keys.iter().zip(&self.hours);
        let Some(place) = slots.position(|known| known == (&key, &hour)) else { return false };
        self.keys[place..].rotate_left(1);
        self.hours[place..].rotate_left(1);
        (self.keys[KEYS - 1], self.hours[KEYS - 1]) = (0, 0);
        true
    }
}

/// Takes a number as its own hash: these are hashes, of values that nobody outside can aim at more
/// than at the hash itself.
#[derive(Debug, Clone, Default)]
pub(super) struct AsItIs(u64);

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
