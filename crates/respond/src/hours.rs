//! Days and hours in a time zone: whether messages leave now, and when they may next.

use claviger_model::Hours;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

/// Days looked ahead: every day of a week, and one on each side for hours over midnight and for
/// zones.
const DAYS_AHEAD: i32 = 9;

/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// Why hours are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHours {
    /// The zone is not known.
    #[error("`{0}` is no time zone")]
    Zone(String),
    /// No day, or a day that is none.
    #[error("days are numbers from 1 (Monday) to 7 (Sunday), at least one")]
    Days,
    /// A minute beyond the day.
    #[error("a time is from 00:00 to 24:00")]
    Minutes,
}

/// Looks at hours as a person entered them.
///
/// # Errors
/// They name no time.
pub fn check(hours: &Hours) -> Result<(), BadHours> {
    if TimeZone::get(&hours.zone).is_err() {
        return Err(BadHours::Zone(hours.zone.clone()));
    }
    if hours.days.is_empty() || hours.days.iter().any(|day| !(1..=7).contains(day)) {
        return Err(BadHours::Days);
    }
    if hours.from_minute >= DAY_MINUTES || hours.until_minute > DAY_MINUTES {
        return Err(BadHours::Minutes);
    }
    Ok(())
}

/// The first instant from `now` on that lies in the hours. Hours that name no time hold nothing back: a
/// message too early is better than none.
#[must_use]
pub fn next_open(hours: &Hours, now: Timestamp) -> Timestamp {
    let (Ok(zone), Ok(())) = (TimeZone::get(&hours.zone), check(hours)) else { return now };
    let today = zone.to_datetime(now).date();
    let mut next = None;
    for ahead in -1..DAYS_AHEAD {
        let Some((from, until)) = stretch(hours, &zone, today, ahead) else { continue };
        if from <= now && now < until {
            return now;
        }
        if from > now && from < until {
            next = Some(next.map_or(from, |next: Timestamp| next.min(from)));
        }
    }
    next.unwrap_or(now)
}

/// Whether an instant lies in the hours.
#[must_use]
pub fn is_open(hours: &Hours, now: Timestamp) -> bool {
    next_open(hours, now) == now
}

/// The hours of the day so many days ahead; `None` where that day is not theirs.
fn stretch(
    hours: &Hours,
    zone: &TimeZone,
    today: Date,
    ahead: i32,
) -> Option<(Timestamp, Timestamp)> {
    let day = today.checked_add(ahead.days()).ok()?;
    let number = u8::try_from(day.weekday().to_monday_one_offset()).ok()?;
    if !hours.days.contains(&number) {
        return None;
    }
    let over_midnight = hours.until_minute <= hours.from_minute;
    let last = if over_midnight { day.checked_add(1.day()).ok()? } else { day };
    Some((instant(zone, day, hours.from_minute)?, instant(zone, last, hours.until_minute)?))
}

/// The instant of a minute of a day; a minute that the clock jumps over is the one after the jump.
fn instant(zone: &TimeZone, day: Date, minute: u16) -> Option<Timestamp> {
    let at = day.to_datetime(Time::midnight());
    let at = at.checked_add(Span::new().minutes(i64::from(minute))).ok()?;
    zone.to_timestamp(at).ok()
}

#[cfg(test)]
mod tests {
    use claviger_model::Outside;
    use proptest::prelude::*;

    use super::*;

    fn hours(zone: &str, days: &[u8], from: u16, until: u16) -> Hours {
        Hours {
            zone: zone.to_owned(),
            days: days.to_vec(),
            from_minute: from,
            until_minute: until,
            outside: Outside::Hold,
        }
    }

    #[test]
    fn the_hours_are_those_of_the_zone() {
        let work = hours("Asia/Shanghai", &[1, 2, 3, 4, 5], 9 * 60, 18 * 60);
        let cases = [
            ("2026-11-27T00:59:59Z", "2026-11-27T01:00:00Z"),
            ("2026-11-27T01:00:00Z", "2026-11-27T01:00:00Z"),
            ("2026-11-27T09:59:59Z", "2026-11-27T09:59:59Z"),
            ("2026-11-27T10:00:00Z", "2026-11-30T01:00:00Z"),
        ];
        for (now, open) in cases {
            let (now, open): (Timestamp, Timestamp) = (now.parse().unwrap(), open.parse().unwrap());
            assert_eq!(next_open(&work, now), open, "{now}");
        }
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_begins() {
        let night = hours("UTC", &[5], 22 * 60, 6 * 60);
        let open = |text: &str| is_open(&night, text.parse().unwrap());
        assert!(open("2026-11-27T23:00:00Z") && open("2026-11-28T05:59:00Z"));
        assert!(!open("2026-11-27T05:00:00Z") && !open("2026-11-28T23:00:00Z"));
    }

    #[test]
    fn a_clock_that_jumps_closes_nothing_for_ever() {
        let gap = hours("Europe/Berlin", &[7], 2 * 60 + 30, 2 * 60 + 45);
        let jump: Timestamp = "2026-03-29T00:00:00Z".parse().unwrap();
        assert!(next_open(&gap, jump) >= jump);
    }

    #[test]
    fn what_names_no_time_is_refused() {
        assert!(matches!(check(&hours("Mars/Base", &[1], 0, 1)), Err(BadHours::Zone(_))));
        assert_eq!(check(&hours("UTC", &[], 0, 1)), Err(BadHours::Days));
        assert_eq!(check(&hours("UTC", &[8], 0, 1)), Err(BadHours::Days));
        assert_eq!(check(&hours("UTC", &[1], 1440, 1)), Err(BadHours::Minutes));
    }

    proptest! {
        #[test]
        fn the_next_opening_is_open_and_nothing_before_it_is(
            zone in prop::sample::select(vec!["UTC", "Asia/Shanghai", "America/New_York", "Asia/Kathmandu"]),
            days in prop::collection::vec(1_u8..=7, 1..4),
            from in 0_u16..1440, until in 0_u16..=1440, second in 1_700_000_000_i64..1_900_000_000,
            part in 0.0_f64..1.0,
        ) {
            let hours = hours(zone, &days, from, until);
            let now = Timestamp::from_second(second).unwrap();
            let open = next_open(&hours, now);
            prop_assert!(open >= now);
            prop_assert!(is_open(&hours, open));
            let gap = open.as_second() - now.as_second();
            prop_assert!(gap <= 8 * 86_400);
            if gap > 1 {
                let between = now.as_second() + (part * (gap - 1) as f64) as i64;
                prop_assert!(!is_open(&hours, Timestamp::from_second(between).unwrap()));
            }
        }
    }
}
