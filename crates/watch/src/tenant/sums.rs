//! Sums over days of keys: how often they take new values, how much they take, how high they score.

use serde::{Deserialize, Serialize};

use crate::amounts::MEASURES;
use crate::profile::{ClosedDay, TRAITS, Trait};

/// A day of a key that closed, if there was one before, with its highest score if it has one.
pub(super) type Closing = (Option<ClosedDay>, Option<f64>);

/// Bins of scores of half a nat, from -16 to 16.
const SCORES: usize = 64;

/// Ages of keys in days of use that are told apart; the last is theirs and all after it.
const AGES: usize = 6;

/// The place of an age.
pub(super) fn age(days: u16) -> usize {
    usize::from(days).min(AGES - 1)
}

/// Keys that never moved before, once or twice, some times, and often.
const MOVERS: usize = 4;

/// The place of a key that moved so many times.
pub(super) fn mover(moves: u16) -> usize {
    match moves {
        0 => 0,
        1..=2 => 1,
        3..=5 => 2,
        _ => 3,
    }
}

/// Sums over days of keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sums {
    /// Days on which any key was used, and how many were on each.
    pub(super) days_of_use: f64,
    pub(super) keys: f64,
    /// Days on which days of keys closed.
    pub(super) days: f64,
    /// Days of keys by how old they were, and on how many of those a trait took a new value.
    pub(super) key_days: [f64; AGES],
    pub(super) new: [[f64; TRAITS]; AGES],
    /// Days on which keys came from somewhere new, by how often they had before, and on how many of those with a
    /// tool, or a client, that was new to them, too.
    pub(super) moves: [[f64; 3]; MOVERS],
    /// Levels of the largest windows, by measure and window, by powers of two.
    pub(super) most: Vec<f64>,
    pub(super) peaks: Vec<f64>,
}

pub(super) const OCTAVES: usize = 64;

impl Default for Sums {
    fn default() -> Self {
        let most = vec![0.0; MEASURES * 3 * OCTAVES];
        Self {
            days_of_use: 0.0,
            keys: 0.0,
            days: 0.0,
            key_days: [0.0; AGES],
            new: [[0.0; TRAITS]; AGES],
            moves: [[0.0; 3]; MOVERS],
            most,
            peaks: vec![0.0; SCORES],
        }
    }
}

pub(super) fn most_place(measure: usize, window: usize, level: u8) -> usize {
    (measure * 3 + window) * OCTAVES + usize::from(level / 4)
}

fn score_bin(score: f64) -> usize {
    let bin = crate::sketch::whole((score + 16.0).max(0.0) * 2.0);
    usize::try_from(bin).unwrap_or(SCORES).min(SCORES - 1)
}

/// From where on a bin of scores counts, and its width.
pub(super) fn score_of_bin(bin: usize) -> (f64, f64) {
    (bin as f64 / 2.0 - 16.0, 0.5)
}

impl Sums {
    /// Counts a day of a key so many times: taken away where that is less than 0.
    pub(super) fn add(&mut self, (closed, peak): &Closing, times: f64) {
        self.keys += times;
        let Some(closed) = closed else { return };
        let age = age(closed.days_before);
        self.key_days[age] += times;
        for (place, count) in self.new[age].iter_mut().enumerate() {
            *count += times * f64::from((closed.new >> place) & 1);
        }
        let is_new = |of: Trait| (closed.new >> of as usize) & 1 == 1;
        if closed.days_before > 0 && is_new(Trait::Prefix) {
            let moved = [true, is_new(Trait::Tool), is_new(Trait::Client)];
            let moves = &mut self.moves[mover(closed.moves_before)];
            for (count, is_so) in moves.iter_mut().zip(moved) {
                *count += if is_so { times } else { 0.0 };
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
        let one_if = |is_so: bool| f64::from(u8::from(is_so));
        fade(&mut self.days_of_use, one_if(day.keys > 0.0));
        fade(&mut self.keys, day.keys);
        fade(&mut self.days, one_if(day.key_days.iter().sum::<f64>() > 0.0));
        self.key_days.iter_mut().zip(&day.key_days).for_each(|(old, new)| fade(old, *new));
        let moves = self.moves.iter_mut().flatten().zip(day.moves.iter().flatten());
        moves.for_each(|(old, new)| fade(old, *new));
        let new = self.new.iter_mut().flatten().zip(day.new.iter().flatten());
        new.for_each(|(old, new)| fade(old, *new));
        self.most.iter_mut().zip(&day.most).for_each(|(old, new)| fade(old, *new));
        self.peaks.iter_mut().zip(&day.peaks).for_each(|(old, new)| fade(old, *new));
    }
}
