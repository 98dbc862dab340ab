//! Reads the ways in which logs write an instant.

use jiff::{Timestamp, civil, tz::Offset, tz::TimeZone};

/// `2023-07-10T11:42:18Z`, with or without fractions, a `T` or a zone. Stores that re-write records
/// drop the zone, which is always UTC.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let zoned = text.parse::<Timestamp>().ok();
    zoned.or_else(|| {
        let civil = text.parse::<civil::DateTime>().ok()?;
        TimeZone::UTC.to_timestamp(civil).ok()
    })
}

/// `03/Jan/2021:14:59:49 +0800`, as web servers write it. The zone is in the text, never assumed.
pub(super) fn web_server(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let bytes = text.as_bytes();
    let separators = [(2, b'/'), (6, b'/'), (11, b':'), (14, b':'), (17, b':'), (20, b' ')];
    let fits = bytes.len() == 26 && separators.iter().all(|(at, byte)| bytes[*at] == *byte);
    let digits = |from: usize, count: usize| -> Option<i16> {
        let digits = text.get(from..from + count).filter(|_| fits)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let small = |from: usize| digits(from, 2).and_then(|number| i8::try_from(number).ok());
    let month = MONTHS.iter().position(|name| text.get(3..6) == Some(*name))?;
    let month = i8::try_from(month + 1).ok()?;
    let civil = civil::DateTime::new(
        digits(7, 4)?,
        month,
        small(0)?,
        small(12)?,
        small(15)?,
        small(18)?.min(59),
        0,
    );
    let east = match bytes[21] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let minutes = 60 * i32::from(small(22)?) + i32::from(small(24)?);
    let offset = Offset::from_seconds(east * 60 * minutes).ok()?;
    offset.to_timestamp(civil.ok()?).ok()
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
