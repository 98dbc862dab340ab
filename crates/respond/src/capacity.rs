//! How full something is, and when it will be.

use jiff::{SignedDuration, Timestamp};

/// From this share of the limit on people are told.
const NEAR: f64 = 0.8;

/// Forecasts look no further: what grows so slowly is no news.
const HORIZON_DAYS: f64 = 3_650.0;

/// How something stands to its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// There is room, or no limit.
    Fine,
    /// Little room is left.
    Near,
    /// The limit is reached.
    Full,
}

/// How full something is.
#[must_use]
pub fn fill(used: u64, limit: Option<u64>) -> Fill {
    match limit {
        Some(limit) if used >= limit => Fill::Full,
        Some(limit) if used as f64 >= limit as f64 * NEAR => Fill::Near,
        _ => Fill::Fine,
    }
}

/// How many bytes a day it grows by: the line that lies nearest to all measurements; `None` of fewer than two
/// days.
#[must_use]
pub fn per_day(measured: &[(Timestamp, u64)]) -> Option<f64> {
    let first = measured.first()?.0;
    let day = |at: Timestamp| at.duration_since(first).as_secs_f64() / 86_400.0;
    let count = measured.len() as f64;
    let mean_day = measured.iter().map(|(at, _)| day(*at)).sum::<f64>() / count;
    let mean_used = measured.iter().map(|(_, used)| *used as f64).sum::<f64>() / count;
    let spread: f64 = measured.iter().map(|(at, _)| (day(*at) - mean_day).powi(2)).sum();
    if spread < 0.25 {
        return None;
    }
    let together: f64 =
        measured.iter().map(|(at, used)| (day(*at) - mean_day) * (*used as f64 - mean_used)).sum();
    Some(together / spread)
}

/// When the limit is reached, if it goes on so; `None` where it does not, or not within ten years.
#[must_use]
pub fn full_at(
    used: u64,
    limit: Option<u64>,
    per_day: Option<f64>,
    now: Timestamp,
) -> Option<Timestamp> {
    let (limit, per_day) = (limit?, per_day?);
    if used >= limit {
        return Some(now);
    }
    let days = (limit - used) as f64 / per_day;
    let within = per_day > 0.0 && days <= HORIZON_DAYS;
    let later = SignedDuration::try_from_secs_f64(days * 86_400.0).ok();
    now.checked_add(later.filter(|_| within)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> Timestamp {
        Timestamp::from_second(number * 86_400).unwrap()
    }

    #[test]
    fn steady_growth_is_full_when_the_room_is_used_up() {
        let measured: Vec<_> = (0..10).map(|n| (day(n), 100 + 10 * n as u64)).collect();
        let rate = per_day(&measured);
        assert!((rate.unwrap() - 10.0).abs() < 1e-9);
        assert_eq!(full_at(190, Some(290), rate, day(9)), Some(day(19)));
        assert_eq!(full_at(190, Some(190), rate, day(9)), Some(day(9)));
        assert_eq!(full_at(190, None, rate, day(9)), None);
        assert_eq!(full_at(190, Some(290), Some(-1.0), day(9)), None);
    }

    #[test]
    fn one_day_forecasts_nothing() {
        assert_eq!(per_day(&[(day(0), 5)]), None);
        assert_eq!(per_day(&[]), None);
    }

    #[test]
    fn from_four_fifths_on_it_is_near_and_at_the_limit_full() {
        for (used, limit, expected) in [
            (79, Some(100), Fill::Fine),
            (80, Some(100), Fill::Near),
            (100, Some(100), Fill::Full),
            (u64::MAX, None, Fill::Fine),
        ] {
            assert_eq!(fill(used, limit), expected, "{used}");
        }
    }
}
