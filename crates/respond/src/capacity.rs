//! How full something is, when it will be, and when people are told.

use jiff::{SignedDuration, Timestamp};

/// The limit itself, in percent of it: people are always told when it is reached.
pub const FULL_PERCENT: u8 = 100;

/// What falls so many percent below a threshold is told again when it reaches it once more: the oldest day of
/// a full history is dropped each day, which is no news.
const REARM_PERCENT: u8 = 5;

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

/// How full something is; `near_percent` of the limit is near.
#[must_use]
pub fn fill(used: u64, limit: Option<u64>, near_percent: u8) -> Fill {
    match limit {
        Some(limit) if used >= limit => Fill::Full,
        Some(limit) if percent(used, limit) >= u64::from(near_percent) => Fill::Near,
        _ => Fill::Fine,
    }
}

/// How much of a limit is used, in whole percent, rounded down.
#[must_use]
pub fn percent(used: u64, limit: u64) -> u64 {
    match u128::from(used) * 100 / u128::from(limit.max(1)) {
        percent if percent > u128::from(u64::MAX) => u64::MAX,
        percent => percent as u64,
    }
}

/// What is to be told after a measurement, and what counts as told from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The highest threshold that is reached and was not told.
    pub tell: Option<u8>,
    /// The thresholds that are told.
    pub told: Vec<u8>,
}

/// Which threshold is news. `thresholds` are percents of the limit; the limit itself is always one. Each is told
/// once, until what is used falls well below it; without a limit none is.
#[must_use]
pub fn turn(used: u64, limit: Option<u64>, thresholds: &[u8], told: &[u8]) -> Turn {
    let Some(limit) = limit else { return Turn { tell: None, told: Vec::new() } };
    let used = percent(used, limit);
    let mut all: Vec<u8> = thresholds.to_vec();
    all.push(FULL_PERCENT);
    all.sort_unstable();
    all.dedup();
    let reached = |threshold: &u8| u64::from(*threshold) <= used;
    let stays = |threshold: &u8| {
        told.contains(threshold) && used.saturating_add(REARM_PERCENT.into()) > (*threshold).into()
    };
    Turn {
        tell: all.iter().copied().filter(|one| reached(one) && !told.contains(one)).max(),
        told: all.into_iter().filter(|one| reached(one) || stays(one)).collect(),
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
            assert_eq!(fill(used, limit, 80), expected, "{used}");
        }
        assert_eq!(fill(94, Some(100), 95), Fill::Fine);
        assert_eq!((percent(u64::MAX, 1), percent(5, 0)), (u64::MAX, 500));
    }

    #[test]
    fn each_threshold_is_told_once_until_there_is_room_again() {
        let mut told = Vec::new();
        let mut measure = |used, expected| {
            let turn = turn(used, Some(1000), &[80, 95], &told);
            assert_eq!(turn.tell, expected, "{used}");
            told = turn.told;
        };
        for (used, expected) in [
            (799, None),
            (800, Some(80)),
            (900, None),
            // Near the threshold it goes up and down without news.
            (760, None),
            (810, None),
            (740, None),
            (820, Some(80)),
            // Two at once are one message, of the higher one.
            (740, None),
            (1000, Some(100)),
            (970, None),
            (1000, None),
            (500, None),
            (960, Some(95)),
        ] {
            measure(used, expected);
        }
        assert_eq!(turn(5, None, &[80], &[80, 100]), Turn { tell: None, told: Vec::new() });
    }
}
