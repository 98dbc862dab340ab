//! Ranges of countries as Tor carries them: `geoip` and `geoip6` of Debian's `tor-geoipdb`.
//!
//! The rows are those of `csv_range`, with `??` for no country; the head tells date and licence.

use jiff::civil::Date;
use jiff::fmt::rfc2822;

use super::error::Fault;
use super::rows::{Rows, head};
use super::{Format, csv_range};

pub(super) const FORMAT: Format = Format { is, read };

fn is(_name: &str, bytes: &[u8]) -> bool {
    head(bytes)
        .any(|line| line.contains("Tor's geoip-db-tool") || line.contains("Location Database"))
}

fn read(bytes: &[u8]) -> Result<Rows, Fault> {
    let mut rows = (csv_range::FORMAT.read)(bytes)?;
    let said = |key: &str| head(bytes).find_map(|line| line.strip_prefix(key)).map(str::trim);
    rows.date = said("Generated:").and_then(date);
    rows.licence = said("License:").map(str::to_owned);
    Ok(rows)
}

/// `Thu, 25 Jun 2026 04:33:59 GMT`.
fn date(text: &str) -> Option<Date> {
    rfc2822::parse(text).ok().map(|at| at.date())
}
