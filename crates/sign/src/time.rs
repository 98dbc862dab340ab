//! The spellings of time on the wire, all UTC and to the second.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

const BASIC: &str = "%Y%m%dT%H%M%SZ";
const EXTENDED: &str = "%Y-%m-%dT%H:%M:%SZ";

/// `20260102T030405Z`.
#[must_use]
pub fn basic(time: Timestamp) -> String {
    time.strftime(BASIC).to_string()
}

/// `20260102`.
#[must_use]
pub fn day(time: Timestamp) -> String {
    time.strftime("%Y%m%d").to_string()
}

/// `2026-01-02T03:04:05Z`.
#[must_use]
pub fn extended(time: Timestamp) -> String {
    time.strftime(EXTENDED).to_string()
}

/// `Fri, 02 Jan 2026 03:04:05 GMT` (RFC 9110, section 5.6.7).
#[must_use]
pub fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Reads [`basic`].
#[must_use]
pub fn parse_basic(text: &str) -> Option<Timestamp> {
    parse(BASIC, text)
}

/// Reads [`extended`].
#[must_use]
pub fn parse_extended(text: &str) -> Option<Timestamp> {
    parse(EXTENDED, text)
}

/// Reads [`http_date`] and its relatives of RFC 2822.
#[must_use]
pub fn parse_http_date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

fn parse(format: &str, text: &str) -> Option<Timestamp> {
    let time = DateTime::strptime(format, text).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_reads_back() {
        let time = Timestamp::from_second(1_767_323_045).unwrap();
        assert_eq!(basic(time), "20260102T030405Z");
        assert_eq!(day(time), "20260102");
        assert_eq!(http_date(time), "Fri, 02 Jan 2026 03:04:05 GMT");
        assert_eq!(parse_basic(&basic(time)), Some(time));
        assert_eq!(parse_extended(&extended(time)), Some(time));
        assert_eq!(parse_http_date(&http_date(time)), Some(time));
        assert_eq!(parse_basic("yesterday"), None);
    }
}
