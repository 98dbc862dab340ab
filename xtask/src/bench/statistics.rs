//! What is told of several measurements: their middle, their ends and their tail.

/// The measurements of one figure, in order of size.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spread {
    sorted: Vec<f64>,
}

impl Spread {
    /// Puts measurements in order; what is no number is left out.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        Self { sorted }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The smallest value that so many percent of all values do not exceed (the nearest rank), so that
    /// every figure told was really measured. `None` where nothing was measured.
    pub(crate) fn percentile(&self, percent: f64) -> Option<f64> {
        let last = self.sorted.len().checked_sub(1)?;
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 measurements")]
        let rank = (percent / 100.0 * self.sorted.len() as f64).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank is small, and a negative one becomes 0"
        )]
        let index = (rank as usize).saturating_sub(1);
        self.sorted.get(index.min(last)).copied()
    }

    /// The middle; between the two middle ones where their number is even.
    pub(crate) fn median(&self) -> Option<f64> {
        let count = self.sorted.len();
        let upper = *self.sorted.get(count / 2)?;
        if count % 2 == 1 {
            return Some(upper);
        }
        let lower = *self.sorted.get(count / 2 - 1)?;
        Some(f64::midpoint(lower, upper))
    }

    /// The smallest.
    pub(crate) fn min(&self) -> Option<f64> {
        self.sorted.first().copied()
    }

    /// The largest.
    pub(crate) fn max(&self) -> Option<f64> {
        self.sorted.last().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let spread = Spread::of((1..=200).rev().map(f64::from));
        assert_eq!(spread.percentile(50.0), Some(100.0));
        assert_eq!(spread.percentile(99.0), Some(198.0));
        assert_eq!(spread.percentile(100.0), Some(200.0));
        assert_eq!(spread.percentile(0.0), Some(1.0));
        assert_eq!(Spread::of([7.0]).percentile(99.0), Some(7.0));
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 3.0]).median(), Some(2.5));
        assert_eq!(Spread::of([9.0, 1.0, 5.0]).median(), Some(5.0));
    }

    #[test]
    fn of_nothing_nothing_is_told() {
        let spread = Spread::of([f64::NAN]);
        assert_eq!(spread.count(), 0);
        assert_eq!((spread.median(), spread.percentile(50.0)), (None, None));
        assert_eq!((spread.min(), spread.max()), (None, None));
    }
}
