//! What a person wants scanned: by name, by age and by size.

use anyhow::{Context, bail};
use jiff::{Span, Timestamp, civil, tz::TimeZone};

use super::glob::Globs;

/// The choice. What it leaves out is counted, and is neither clean nor unread.
pub(super) struct Select {
    /// Paths that are scanned; all when empty.
    pub(super) include: Globs,
    /// Paths that are not.
    pub(super) exclude: Globs,
    /// Only what changed since then.
    pub(super) since: Option<Timestamp>,
    /// Only what is no larger.
    pub(super) bytes_max: Option<u64>,
}

impl Select {
    /// Whether a path below a target is chosen.
    pub(super) fn by_path(&self, path: &[u8]) -> bool {
        (self.include.is_empty() || self.include.matches(path)) && !self.exclude.matches(path)
    }

    /// Whether something of this size and age is chosen; what is unknown is no reason against it.
    pub(super) fn by_size_and_time(&self, bytes: Option<u64>, changed: Option<Timestamp>) -> bool {
        let fits = bytes.zip(self.bytes_max).is_none_or(|(bytes, most)| bytes <= most);
        fits && changed.zip(self.since).is_none_or(|(changed, since)| changed >= since)
    }
}

/// A size such as `500`, `10M` or `2G`, in bytes; units are powers of 1024.
///
/// # Errors
/// It is none.
pub(super) fn size(text: &str) -> anyhow::Result<u64> {
    let lower = text.trim().to_ascii_lowercase();
    let digits = lower.trim_end_matches(|character: char| !character.is_ascii_digit());
    let factor: u64 = match lower[digits.len()..].trim() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        "t" | "tb" | "tib" => 1 << 40,
        _ => bail!("`{text}` is no size (hint: write it as `10M` or `2G`)"),
    };
    let number: u64 = digits.parse().with_context(|| format!("`{text}` is no size"))?;
    number.checked_mul(factor).with_context(|| format!("`{text}` is too large"))
}

/// A moment: `2026-01-31`, `2026-01-31T08:00:00Z`, or how long ago: `12h`, `7d`, `2w`.
///
/// # Errors
/// It is none.
pub(super) fn moment(text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    if let Ok(date) = text.parse::<civil::Date>() {
        let zoned = date.to_zoned_datetime(TimeZone::system()).context("no such day here")?;
        return Ok(zoned.timestamp());
    }
    let span: Span = text.parse().with_context(|| {
        format!("`{text}` is no moment (hint: write it as `2026-01-31`, `12h` or `7d`)")
    })?;
    let ago = now.to_zoned_datetime(TimeZone::UTC).checked_sub(span.abs());
    Ok(ago.with_context(|| format!("`{text}` is too long ago"))?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("500").unwrap(), 500);
        assert_eq!(size("10M").unwrap(), 10 << 20);
        assert_eq!(size("2 GiB").unwrap(), 2 << 30);
        assert!(size("many").is_err() && size("99999999T").is_err() && size("").is_err());
    }

    #[test]
    fn a_moment_is_a_date_or_how_long_ago() {
        let now: Timestamp = "2026-03-08T12:00:00Z".parse().unwrap();
        let check = |text: &str, expected: &str| {
            assert_eq!(
                moment(text, now).unwrap(),
                expected.parse::<Timestamp>().unwrap(),
                "{text}"
            );
        };
        check("2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z");
        check("12h", "2026-03-08T00:00:00Z");
        check("7d", "2026-03-01T12:00:00Z");
        check("2w", "2026-02-22T12:00:00Z");
        assert!(moment("yesterday", now).is_err());
    }
}
