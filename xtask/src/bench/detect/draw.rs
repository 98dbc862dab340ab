//! Distributions that traffic follows.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of events and bytes are far below 2^52, and a negative draw becomes 0"
)]

use crate::bench::random::Random;

impl Random {
    /// A stream of its own for a part of what a seed gives: the parts do not disturb each other.
    pub(super) fn part(seed: u64, part: u64) -> Self {
        let mut random = Self::new(seed.wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ part);
        random.next();
        Self::new(random.next())
    }

    /// Whether something of this chance happens.
    pub(super) fn chance(&mut self, chance: f64) -> bool {
        self.fraction() < chance
    }

    /// A number between two others.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.fraction()
    }

    /// A whole number between two others, both included.
    pub(super) fn whole(&mut self, low: u32, high: u32) -> u32 {
        low + u32::try_from(self.below(u64::from(high.saturating_sub(low)) + 1)).unwrap_or(0)
    }

    /// An index below a length.
    pub(super) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// A draw of the normal distribution (Box and Muller).
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.fraction().ln()).sqrt();
        radius * (core::f64::consts::TAU * self.fraction()).cos()
    }

    /// A draw of the log-normal distribution around a median.
    pub(super) fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.normal()).exp()
    }

    /// A pause whose mean is given.
    pub(super) fn pause(&mut self, mean: f64) -> f64 {
        -mean * self.fraction().ln()
    }

    /// How often something happens whose mean number is given.
    pub(super) fn poisson(&mut self, mean: f64) -> u32 {
        if mean > 50.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u32;
        }
        let (limit, mut product, mut count) = ((-mean).exp(), self.fraction(), 0);
        while product > limit {
            product *= self.fraction();
            count += 1;
        }
        count
    }

    /// A number of things, log-normal around a median, at least 1.
    pub(super) fn count(&mut self, median: f64, sigma: f64) -> u32 {
        self.lognormal(median, sigma).round().clamp(1.0, 1e7) as u32
    }

    /// An index that prefers low ones, as popularity does: rank^-1.
    pub(super) fn popular(&mut self, length: u32) -> u32 {
        let rank = f64::from(length.max(1)).powf(self.fraction());
        (rank as u32).saturating_sub(1).min(length.saturating_sub(1))
    }
}
