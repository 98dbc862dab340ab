//! Sums over days of keys: how often they take new values, how much they take, how high they score.

use serde::{Deserialize, Serialize};

use crate::amounts::MEASURES;
use crate::profile::{ClosedDay, TRAITS};

/// A day of a key that closed, with its highest score if it has one.
pub(super) type Closing = (ClosedDay, Option<f64>);

/// Bins of scores of half a nat, from -16 to 16.
const SCORES: usize = 64;

/// Sums over days of keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sums {
    pub(super) days: f64,
    pub(super) key_days: f64,
    pub(super) new: [f64; TRAITS],
    /// Levels of the largest windows, by measure and window, by powers of two.
    pub(super) most: Vec<f64>,
    pub(super) peaks: Vec<f64>,
}

pub(super) const OCTAVES: usize = 64;

impl Default for Sums {
    fn default() -> Self {
        let most = vec![0.0; MEASURES * 3 * OCTAVES];
        Self { days: 0.0, key_days: 0.0, new: [0.0; TRAITS], most, peaks: vec![0.0; SCORES] }
    }
}

pub(super) fn most_place(measure: usize, window: usize, level: u8) -> usize {
    (measure * 3 + window) * OCTAVES + usize::from(level / 4)
}

fn score_bin(score: f64) -> usize {
    let bin = crate::sketch::whole((score + 16.0).max(0.0) * 2.0);
    usize::try_from(bin).unwrap_or(SCORES).min(SCORES - 1)
}

impl Sums {
    /// Counts a day of a key so many times: taken away where that is less than 0.
    pub(super) fn add(&mut self, (closed, peak): &Closing, times: f64) {
        if closed.is_grown {
            self.key_days += times;
            for (place, count) in self.new.iter_mut().enumerate() {
                *count += times * f64::from((closed.new >> place) & 1);
            }
        }
        for (measure, most) in closed.most.iter().enumerate() {
            for (window, level) in most.iter().enumerate() {
                self.most[most_place(measure, window, *level)] += times;
            }
        }
        if let Some(peak) = peak {
            self.peaks[score_bin(*peak)] += times;
        }
    }

    /// A later day is over: what is older weighs less.
    pub(super) fn settle(&mut self, day: &Self) {
        const KEPT: f64 = 0.95;
        let fade = |old: &mut f64, new: f64| *old = *old * KEPT + new;
        fade(&mut self.days, 1.0);
        fade(&mut self.key_days, day.key_days);
        self.new.iter_mut().zip(&day.new).for_each(|(old, new)| fade(old, *new));
        self.most.iter_mut().zip(&day.most).for_each(|(old, new)| fade(old, *new));
        self.peaks.iter_mut().zip(&day.peaks).for_each(|(old, new)| fade(old, *new));
    }
}
