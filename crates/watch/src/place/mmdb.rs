//! Databases in MaxMind's format (MMDB 2), of networks, countries, or both.
//!
//! The names of the fields differ by who makes them: MaxMind and DB-IP say `country.iso_code` and
//! `autonomous_system_number`, ip-location-db `country_code`, IPinfo `country_code` and `asn`.

use core::net::IpAddr;
use std::collections::HashMap;

use jiff::tz::Offset;
use maxminddb::{Reader, WithinOptions};
use serde::Deserialize;

use super::Format;
use super::country::Country;
use super::error::Fault;
use super::rows::{RANGES_MAX, Rows, Span};

pub(super) const FORMAT: Format = Format { is, read };

/// What the metadata of a database begins with, and how far from the end it may lie (MMDB 2.0).
const MARK: &[u8] = b"\xab\xcd\xefMaxMind.com";
const METADATA_MAX: usize = 128 << 10;

/// Leaves of the tree that are looked at, with and without data. A hostile tree may lead to the same
/// nodes on more ways than can be walked.
const LEAVES_MAX: usize = 4 * RANGES_MAX;

#[derive(Debug, Default, Deserialize)]
struct Record {
    autonomous_system_number: Option<Asn>,
    #[serde(alias = "as_name")]
    autonomous_system_organization: Option<String>,
    asn: Option<Asn>,
    country_code: Option<String>,
    country: Option<Nested>,
}

/// The number of a network, of whatever width, or as text: `AS64500`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Asn {
    Number(u32),
    Text(String),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Nested {
    Code(String),
    Names { iso_code: Option<String> },
}

impl Record {
    fn country(&self) -> Option<Country> {
        let nested = self.country.as_ref().and_then(|country| match country {
            Nested::Code(code) => Some(code),
            Nested::Names { iso_code } => iso_code.as_ref(),
        });
        Country::parse(self.country_code.as_ref().or(nested)?)
    }

    fn asn(&self) -> Option<u32> {
        let asn = match self.autonomous_system_number.as_ref().or(self.asn.as_ref())? {
            Asn::Number(asn) => *asn,
            Asn::Text(text) => text.trim_start_matches("AS").parse().ok()?,
        };
        (asn != 0).then_some(asn)
    }
}

fn is(_name: &str, bytes: &[u8]) -> bool {
    let from = bytes.len().saturating_sub(METADATA_MAX);
    bytes.get(from..).is_some_and(|end| end.windows(MARK.len()).any(|window| window == MARK))
}

fn read(bytes: &[u8]) -> Result<Rows, Fault> {
    let reader = Reader::from_source(bytes).map_err(Fault::Database)?;
    let mut rows = Rows::default();
    let built = i64::try_from(reader.metadata().build_epoch).ok();
    let built = built.and_then(|second| jiff::Timestamp::from_second(second).ok());
    rows.date = built.map(|at| Offset::UTC.to_datetime(at).date());
    // Every leaf is seen, so that each is counted; those that mean other leaves are left out below.
    let all = WithinOptions::default().include_aliased_networks().include_networks_without_data();
    let mut decoded: HashMap<usize, Record> = HashMap::new();
    for (leaf, number) in reader.networks(all).map_err(Fault::Database)?.zip(1_usize..) {
        if number > LEAVES_MAX {
            return Err(Fault::TooMany);
        }
        let leaf = leaf.map_err(Fault::Database)?;
        let Some(offset) = leaf.offset() else { continue };
        let network = leaf.network().map_err(Fault::Database)?;
        if is_alias(network.ip()) {
            continue;
        }
        let record = match decoded.entry(offset) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                let record = leaf.decode().map_err(Fault::Database)?;
                entry.insert(record.unwrap_or_default())
            }
        };
        let Some(span) = Span::of_prefix(network.ip(), Some(network.prefix())) else { continue };
        if let Some(country) = record.country() {
            rows.country(span, country)?;
        }
        if let Some(asn) = record.asn() {
            let name = record.autonomous_system_organization.as_deref().unwrap_or_default();
            rows.network(span, asn, name)?;
        }
    }
    Ok(rows)
}

/// Whether an address of IPv6 only leads to the tree of IPv4: mapped, Teredo, 6to4.
fn is_alias(ip: IpAddr) -> bool {
    let IpAddr::V6(ip) = ip else { return false };
    matches!(ip.segments(), [0, 0, 0, 0, 0, 0xffff, _, _] | [0x2001, 0, ..] | [0x2002, ..])
}
