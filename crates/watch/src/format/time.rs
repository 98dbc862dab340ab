//! Reads the ways in which logs write an instant.

use jiff::{Timestamp, civil, tz::TimeZone};

/// `2023-07-10T11:42:18Z`, with or without fractions, a `T` or a zone. Stores that re-write records
/// drop the zone, which is always UTC.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    if let Some(plain) = plain_instant(text.as_bytes()) {
        return Some(plain);
    }
    let zoned = text.parse::<Timestamp>().ok();
    zoned.or_else(|| {
        let civil = text.parse::<civil::DateTime>().ok()?;
        TimeZone::UTC.to_timestamp(civil).ok()
    })
}

/// An instant as nearly all are written: `2023-07-10T11:42:18Z`, with fractions or none.
fn plain_instant(text: &[u8]) -> Option<Timestamp> {
    let (clock, rest) = text.split_first_chunk::<19>()?;
    let fraction = rest.strip_suffix(b"Z")?;
    let marks = [clock[4], clock[7], clock[10], clock[13], clock[16]];
    if marks != *b"--T::" {
        return None;
    }
    let two = |at: usize| two_digits([clock[at], clock[at + 1]]);
    let date = (100 * two(0)? + two(2)?, two(5)?, two(8)?);
    let seconds = seconds_of(date, (two(11)?, two(14)?, two(17)?))?;
    Timestamp::new(seconds, nanoseconds(fraction)?).ok()
}

/// `.2123117` as nanoseconds; nothing is zero.
fn nanoseconds(fraction: &[u8]) -> Option<i32> {
    let Some((point, digits)) = fraction.split_first() else { return Some(0) };
    if *point != b'.' || digits.is_empty() || digits.len() > 9 {
        return None;
    }
    let mut number = 0;
    for place in 0..9 {
        let digit = digits.get(place).map_or(0, |digit| digit.wrapping_sub(b'0'));
        if digit > 9 {
            return None;
        }
        number = 10 * number + i32::from(digit);
    }
    Some(number)
}

fn two_digits([tens, ones]: [u8; 2]) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| 10 * i64::from(tens) + i64::from(ones))
}

/// Seconds since 1970 of a date (year, month, day) and a time of day in UTC.
///
/// Source: H. Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
fn seconds_of((year, month, day): (i64, i64, i64), clock: (i64, i64, i64)) -> Option<i64> {
    const LENGTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = LENGTHS.get(usize::try_from(month - 1).ok()?)? + i64::from(leap && month == 2);
    let (hour, minute, second) = clock;
    let is_right = (1..=length).contains(&day) && hour < 24 && minute < 60 && second < 60;
    if !is_right || year < 1 {
        return None;
    }
    // Years begin in March, so that the leap day is their last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let days = 365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// `03/Jan/2021:14:59:49 +0800`, as web servers write it. The zone is in the text, never assumed. A
/// leap second counts as the one before it.
pub(super) fn web_server(text: &str) -> Option<Timestamp> {
    let text: &[u8; 26] = text.as_bytes().try_into().ok()?;
    let marks = [text[2], text[6], text[11], text[14], text[17], text[20]];
    if marks != *b"//::: " {
        return None;
    }
    let two = |at: usize| two_digits([text[at], text[at + 1]]);
    let month = match &text[3..6] {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    };
    let date = (100 * two(7)? + two(9)?, month, two(0)?);
    let second = two(18)?;
    let second = if second == 60 { 59 } else { second };
    let local = seconds_of(date, (two(12)?, two(15)?, second))?;
    let (hours, minutes) = (two(22)?, two(24)?);
    let east = match text[21] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    // No zone is further than a day from UTC.
    let offset = Some(3_600 * hours + 60 * minutes).filter(|offset| *offset < 93_600)?;
    Timestamp::from_second(local - east * offset).ok()
}

/// Seconds since 1970, whole or not, as a number or in quotes.
pub(super) fn unix_seconds(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = whole.parse().ok()?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction = fraction.get(..fraction.len().min(9))?;
    let nanoseconds: i32 = format!("{fraction:0<9}").parse().ok()?;
    Timestamp::new(seconds, nanoseconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_with_or_without_its_zone() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(instant(text).map(|time| time.to_string()).as_deref(), expected, "{text}");
        };
        check("2023-07-10T11:42:18Z", Some("2023-07-10T11:42:18Z"));
        check("2019-02-28T19:10:21.2123117Z", Some("2019-02-28T19:10:21.2123117Z"));
        check("2025-12-15 15:40:29.533794920", Some("2025-12-15T15:40:29.53379492Z"));
        check("2025-12-15T15:40:29+08:00", Some("2025-12-15T07:40:29Z"));
        check("yesterday", None);
    }

    #[test]
    fn a_web_servers_time_is_read_in_its_own_zone() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(
                web_server(text).map(|time| time.to_string()).as_deref(),
                expected,
                "{text}"
            );
        };
        check("03/Jan/2021:14:59:49 +0800", Some("2021-01-03T06:59:49Z"));
        check("31/Dec/2025:23:30:00 -0330", Some("2026-01-01T03:00:00Z"));
        check("03/Jin/2021:14:59:49 +0800", None);
        check("30/Feb/2021:14:59:49 +0800", None);
        check("03/Jan/2021:14:59:49 0800", None);
        check("03/Jan/2021:14:59:49 +080", None);
        check("é3/Jan/2021:14:59:49 +080", None);
        check("+3/Jan/2021:14:59:49 +0800", None);
        check("", None);
    }

    #[test]
    fn seconds_since_1970_keep_their_fraction() {
        let check = |text: &str, expected: Option<&str>| {
            let read = unix_seconds(text).map(|time| time.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        };
        check("1795471135", Some("2026-11-23T21:58:55Z"));
        check("1764767027.217", Some("2025-12-03T13:03:47.217Z"));
        check("1.x", None);
        check("", None);
        check("99999999999999", None);
    }
}
