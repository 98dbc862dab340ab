//! Counts values in bounded memory: exactly while there are few, then the frequent ones nearly so.
//!
//! Beyond the bound the smaller half of the counts is given up and what is left is lowered by the median
//! (Misra and Gries: Finding repeated elements, 1982; the variant by medians is of Anderson et al.: A
//! high-performance algorithm for identifying frequent items in data streams, 2017). How many different
//! values there were is then estimated (Flajolet et al.: `HyperLogLog`, 2007).

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap};

use crate::summary::Distinct;

/// Values that are counted at the same time; a summary has five such counts, thus some 20 MB at most with
/// usual names.
const VALUES_MAX: usize = 32_768;

/// Bits of a hash that choose a register.
const REGISTER_BITS: u32 = 12;

/// Counts of values.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: HashMap<Box<[u8]>, u64>,
    /// How many values were added, repeats included.
    added: u64,
    /// By how much counts were lowered.
    lowered: u64,
    registers: Option<Registers>,
    hasher: DefaultHashBuilder,
}

impl Tally {
    pub(crate) fn add(&mut self, value: &[u8]) {
        self.added += 1;
        if let Some(registers) = &mut self.registers {
            registers.add(self.hasher.hash_one(value));
        }
        if let Some(count) = self.counts.get_mut(value) {
            *count += 1;
            return;
        }
        if self.counts.len() >= VALUES_MAX {
            self.lower();
        }
        self.counts.insert(value.into(), 1);
    }

    /// Makes room.
    fn lower(&mut self) {
        if self.registers.is_none() {
            let mut registers = Registers::default();
            self.counts.keys().for_each(|value| registers.add(self.hasher.hash_one(&**value)));
            self.registers = Some(registers);
        }
        let mut counts: Vec<u64> = self.counts.values().copied().collect();
        let middle = counts.len() / 2;
        let median = *counts.select_nth_unstable(middle).1;
        self.lowered += median;
        self.counts.retain(|_, count| {
            *count = count.saturating_sub(median);
            *count > 0
        });
    }

    /// The most frequent values; of equally frequent ones, the first by name.
    pub(crate) fn finish(self, top: usize) -> Distinct {
        let held = self.counts.len() as u64;
        // An estimate may be too high, but there are no more different values than values.
        let estimate = |registers: Registers| registers.estimate().clamp(held, self.added);
        let values = self.registers.map_or(held, estimate);
        let mut most: Vec<(Box<[u8]>, u64)> = self.counts.into_iter().collect();
        most.sort_unstable_by(|(left, one), (right, other)| other.cmp(one).then(left.cmp(right)));
        most.truncate(top);
        let named = |(value, count): (Box<[u8]>, u64)| {
            (String::from_utf8_lossy(&value).into_owned(), count)
        };
        Distinct { values, most: most.into_iter().map(named).collect(), short_by_max: self.lowered }
    }
}

/// Estimates how many different hashes were added.
#[derive(Debug)]
struct Registers([u8; 1 << REGISTER_BITS]);

impl Default for Registers {
    fn default() -> Self {
        Self([0; 1 << REGISTER_BITS])
    }
}

impl Registers {
    fn add(&mut self, hash: u64) {
        let register = usize::try_from(hash >> (64 - REGISTER_BITS)).unwrap_or_default();
        let rest = hash << REGISTER_BITS;
        let rank = rest.leading_zeros().min(64 - REGISTER_BITS) + 1;
        if let Some(held) = self.0.get_mut(register) {
            *held = (*held).max(u8::try_from(rank).unwrap_or(u8::MAX));
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate, positive and far below 2^52"
    )]
    fn estimate(&self) -> u64 {
        let registers = self.0.len() as f64;
        let sum: f64 = self.0.iter().map(|rank| (-f64::from(*rank)).exp2()).sum();
        let raw = 0.7213 / (1.0 + 1.079 / registers) * registers * registers / sum;
        let empty = self.0.iter().filter(|rank| **rank == 0).count();
        // Few values leave registers empty, which tells more than the ranks do.
        let estimate = if raw <= 2.5 * registers && empty > 0 {
            registers * (registers / empty as f64).ln()
        } else {
            raw
        };
        estimate.round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_never_more_different_values_than_values() {
        // The estimate is too high for about one half of such sets: the hashes are other ones each time.
        for _ in 0..8 {
            let mut tally = Tally::default();
            (0..40_000_u32).for_each(|value| tally.add(&value.to_be_bytes()));
            let values = tally.finish(1).values;
            assert!((36_000..=40_000).contains(&values), "{values}");
        }
    }
}
