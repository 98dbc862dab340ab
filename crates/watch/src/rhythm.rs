//! When a key is used: its hours of the week and its silences.

use serde::{Deserialize, Serialize};

/// Hours that count as one: two, so that a week has 84 of them.
const BLOCK: u32 = 7_200;
const BLOCKS: usize = 84;
const A_DAY: usize = 12;

/// Silences are told apart by days: 1, 2, 4, 8, 16 and more.
const GAPS: usize = 5;

/// The rhythm of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rhythm {
    /// In how many weeks the key was used in each block, newer ones weighing more.
    blocks: [[u8; A_DAY]; 7],
    block: u32,
    gaps: [u8; GAPS],
    /// Second of the last use; 0 before the first.
    pub(crate) last: u32,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self { blocks: [[0; A_DAY]; 7], block: 0, gaps: [0; GAPS], last: 0 }
    }
}

fn gap_bin(days: u32) -> Option<usize> {
    let octave = usize::try_from(days.checked_ilog2()?).unwrap_or(0);
    Some(octave.min(GAPS - 1))
}

impl Rhythm {
    fn at(&self, block: usize) -> f64 {
        f64::from(self.blocks[block % BLOCKS / A_DAY][block % A_DAY])
    }

    /// Remembers a use. Tells whether the hours of the week changed by it.
    pub(crate) fn learn(&mut self, second: u32) -> bool {
        if self.last != 0
            && let Some(bin) = gap_bin(second.saturating_sub(self.last) / 86_400)
        {
            self.gaps[bin] = self.gaps[bin].saturating_add(1);
        }
        self.last = self.last.max(second);
        let block = second / BLOCK;
        if block <= self.block {
            return false;
        }
        self.block = block;
        let place = usize::try_from(block).unwrap_or(0) % BLOCKS;
        let count = &mut self.blocks[place / A_DAY][place % A_DAY];
        *count = count.saturating_add(1);
        if *count >= 100 {
            self.blocks.iter_mut().flatten().for_each(|count| *count /= 2);
        }
        true
    }

    /// How many times as often as at any hour the key is used about this one, neighbours counted
    /// in; 1 where nothing is known.
    pub(crate) fn habit_of_hour(&self, second: u32) -> f64 {
        const SMOOTH: f64 = 12.0;
        let place = usize::try_from(second / BLOCK).unwrap_or(0) % BLOCKS;
        let near = |back: usize| self.at(place + BLOCKS - back) + self.at(place + back);
        let same_hour: f64 = (0..7).map(|day| self.at(place + day * A_DAY)).sum();
        let weight = self.at(place) + 0.6 * near(1) + 0.3 * near(2) + 0.3 * same_hour;
        let total =
            f64::from(self.blocks.iter().flatten().map(|count| u32::from(*count)).sum::<u32>());
        // The weights of all blocks come to this much of the total.
        let share = 1.0 + 1.2 + 0.6 + 2.1;
        (weight + SMOOTH / 84.0) / (total * share / 84.0 + SMOOTH / 84.0)
    }

    /// Days of silence before a second, and how many silences were as long.
    pub(crate) fn silence(&self, second: u32) -> Option<(u32, u32)> {
        let days = (self.last != 0).then(|| second.saturating_sub(self.last) / 86_400)?;
        let bin = gap_bin(days)?;
        Some((days, self.gaps[bin..].iter().map(|count| u32::from(*count)).sum()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_hour_is_more_usual_than_the_others() {
        let mut rhythm = Rhythm::default();
        assert!((rhythm.habit_of_hour(5 * 86_400) - 1.0).abs() < 1e-9);
        (1..60).for_each(|day| assert!(rhythm.learn(day * 86_400 + 9 * 3_600)));
        assert!(rhythm.habit_of_hour(61 * 86_400 + 9 * 3_600) > 3.0);
        assert!(rhythm.habit_of_hour(61 * 86_400 + 21 * 3_600) < 0.2);
    }

    #[test]
    fn a_key_that_sleeps_for_weeks_each_month_is_known_to() {
        let mut rhythm = Rhythm::default();
        (1..5).for_each(|month| assert!(rhythm.learn(month * 30 * 86_400)));
        assert_eq!(rhythm.silence(150 * 86_400), Some((30, 3)));
        assert_eq!(rhythm.silence(121 * 86_400), Some((1, 3)));
        assert_eq!(Rhythm::default().silence(9), None);
    }
}
