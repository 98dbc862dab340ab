//! Small memories of many things: distinct counts, magnitudes and the largest days, each in a few
//! bytes.
//!
//! They are estimates with known errors, and the same on every machine and on every replay.

use serde::{Deserialize, Serialize};

/// A hash that never changes, eight bytes at a time.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = (bytes.len() as u64 ^ 0xcbf2_9ce4_8422_2325).wrapping_mul(ODD);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        hash = join(hash, u64::from_le_bytes(word));
    }
    let rest = chunks.remainder();
    let mut word = [0; 8];
    word[..rest.len()].copy_from_slice(rest);
    hash = join(hash, u64::from_le_bytes(word));
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

/// Two hashes as one: the halves of their product, folded, so that every bit reaches every other.
pub(crate) fn join(hash: u64, word: u64) -> u64 {
    let product = u128::from(hash ^ word ^ 0x2d35_8dcc_aa6c_78a5)
        * u128::from(word.rotate_left(32) ^ 0x8bb8_4b93_962e_acc9);
    let bytes = product.to_le_bytes();
    let half = |start: usize| {
        let mut word = [0; 8];
        word.copy_from_slice(&bytes[start..start + 8]);
        u64::from_le_bytes(word)
    };
    half(0) ^ half(8) ^ hash.rotate_left(17)
}

/// Registers of a [`Distinct`]: 32 give a standard error of about 18 %, enough to tell 40 from 400.
const REGISTERS: usize = 32;

/// Counts distinct things in 32 bytes (HyperLogLog: Flajolet, Fusy, Gandouet, Meunier, 2007).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Distinct([u8; REGISTERS]);

impl Distinct {
    /// Counts a thing by its [`hash`].
    pub(crate) fn add(&mut self, hash: u64) {
        let register = usize::try_from(hash % REGISTERS as u64).unwrap_or(0);
        let rank = u8::try_from((hash / REGISTERS as u64).trailing_zeros() + 1).unwrap_or(u8::MAX);
        self.0[register] = self.0[register].max(rank.min(60));
    }

    /// About how many distinct things were counted.
    pub(crate) fn count(&self) -> u64 {
        let registers = REGISTERS as f64;
        let sum: f64 = self.0.iter().map(|rank| 0.5_f64.powi(i32::from(*rank))).sum();
        let raw = 0.697 * registers * registers / sum;
        let empty = self.0.iter().filter(|rank| **rank == 0).count();
        // Small counts are told better by the registers that are still empty.
        let estimate = if raw <= 2.5 * registers && empty > 0 {
            registers * (registers / empty as f64).ln()
        } else {
            raw
        };
        whole(estimate)
    }
}

/// The magnitude of an amount in a byte, in steps of a quarter of its power of two. It never
/// falls where the amount grows.
pub(crate) fn level(amount: u64) -> u8 {
    let amount = amount.saturating_add(1);
    let octave = amount.ilog2();
    let quarter =
        if octave >= 2 { (amount >> (octave - 2)) & 3 } else { (amount << (2 - octave)) & 3 };
    u8::try_from(u64::from(octave) * 4 + quarter).unwrap_or(u8::MAX)
}

/// The least amount of a [`level`].
pub(crate) fn amount_of(level: u8) -> u64 {
    let (octave, quarter) = (u32::from(level / 4), u64::from(level % 4));
    let scaled = u128::from(4 + quarter) << octave;
    u64::try_from(scaled / 4).unwrap_or(u64::MAX).saturating_sub(1)
}

/// The largest levels of past days, the largest first: the tail of a distribution in four bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Largest([u8; 4]);

impl Largest {
    /// Takes the level of a day.
    pub(crate) fn add(&mut self, level: u8) {
        let mut level = level;
        for kept in &mut self.0 {
            if level > *kept {
                core::mem::swap(kept, &mut level);
            }
        }
    }

    /// The largest of all.
    pub(crate) fn record(self) -> u8 {
        self.0[0]
    }

    /// How many of the kept days reached a level: exact up to four.
    pub(crate) fn at_least(self, level: u8) -> usize {
        self.0.iter().filter(|kept| **kept >= level).count()
    }
}

/// The nearest whole number, from 0 up.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
pub(crate) fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinct_things_are_counted_about_right_and_repeats_not_at_all() {
        for things in [1_u64, 5, 30, 300, 3000] {
            let mut distinct = Distinct::default();
            for thing in 0..things {
                distinct.add(hash(&thing.to_be_bytes()));
                distinct.add(hash(&thing.to_be_bytes()));
            }
            let counted = distinct.count();
            assert!(counted.abs_diff(things) * 2 <= things, "{things} counted as {counted}");
        }
    }

    #[test]
    fn a_level_never_falls_and_gives_its_amount_back_within_a_quarter() {
        let mut last = 0;
        for amount in (0..2_000).chain((0..60).map(|power| (1 << power) + 3)) {
            assert!(amount < 2_000 || level(amount) >= last, "{amount}");
            last = level(amount);
            let back = amount_of(last);
            assert!(back <= amount && (amount - back) * 4 <= amount + 4, "{amount} as {back}");
        }
        assert!(amount_of(level(u64::MAX)) > 1 << 62);
    }

    #[test]
    fn the_largest_days_are_kept() {
        let mut largest = Largest::default();
        for level in [3, 9, 1, 7, 9, 2, 8] {
            largest.add(level);
        }
        assert_eq!(largest, Largest([9, 9, 8, 7]));
        assert_eq!((largest.record(), largest.at_least(8)), (9, 3));
    }

    #[test]
    fn hashes_of_near_texts_differ() {
        let mut seen = std::collections::HashSet::new();
        for number in 0..10_000_u32 {
            assert!(seen.insert(hash(format!("203.0.113.{number}").as_bytes())));
            assert!(
                seen.insert(hash(&vec![
                    b'x';
                    number as usize % 97 + 100 * number as usize % 9_700
                ])) || number > 90
            );
        }
    }
}
