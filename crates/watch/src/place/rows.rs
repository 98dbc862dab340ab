//! What a file of place data says, row by row, before all files are made one table.

use core::net::IpAddr;
use std::collections::HashMap;

use jiff::civil::Date;

use super::country::Country;
use super::error::Fault;
use super::ranges::Range;

/// Ranges read from one file. The whole internet has about a million, in any table.
pub(super) const RANGES_MAX: usize = 4_000_000;

/// Characters kept of an organisation's name.
const NAME_MAX: usize = 80;

/// Addresses from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    V4(u32, u32),
    V6(u128, u128),
}

impl Span {
    /// From two addresses of one kind, written as addresses or as whole numbers.
    pub(super) fn parse(first: &str, last: &str) -> Option<Self> {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if is_number(first) && is_number(last) {
            let (first, last) = (first.parse::<u128>().ok()?, last.parse::<u128>().ok()?);
            return match (u32::try_from(first), u32::try_from(last)) {
                (Ok(first), Ok(last)) => Self::V4(first, last).in_order(),
                _ => Self::V6(first, last).in_order(),
            };
        }
        match (first.parse().ok()?, last.parse().ok()?) {
            (IpAddr::V4(a), IpAddr::V4(b)) => Self::V4(a.to_bits(), b.to_bits()).in_order(),
            (IpAddr::V6(a), IpAddr::V6(b)) => Self::V6(a.to_bits(), b.to_bits()).in_order(),
            _ => None,
        }
    }

    /// From an address, or a network by its prefix.
    pub(super) fn of_network(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse().ok()?)),
            None => (text, None),
        };
        Self::of_prefix(address.parse().ok()?, length)
    }

    /// The addresses that share so many first bits; without a length, the one address.
    pub(super) fn of_prefix(address: IpAddr, length: Option<u8>) -> Option<Self> {
        match address {
            IpAddr::V4(ip) => {
                let rest = 32_u32.checked_sub(length.unwrap_or(32).into())?;
                let hosts = u32::MAX.checked_shr(32 - rest).unwrap_or(0);
                Some(Self::V4(ip.to_bits() & !hosts, ip.to_bits() | hosts))
            }
            IpAddr::V6(ip) => {
                let rest = 128_u32.checked_sub(length.unwrap_or(128).into())?;
                let hosts = u128::MAX.checked_shr(128 - rest).unwrap_or(0);
                Some(Self::V6(ip.to_bits() & !hosts, ip.to_bits() | hosts))
            }
        }
    }

    fn in_order(self) -> Option<Self> {
        let is_in_order = match self {
            Self::V4(first, last) => first <= last,
            Self::V6(first, last) => first <= last,
        };
        is_in_order.then_some(self)
    }
}

/// The rows of one kind of address.
#[derive(Debug)]
pub(super) struct Lists<A> {
    /// One more than the index of the network.
    pub(super) networks: Vec<Range<A, u32>>,
    pub(super) countries: Vec<Range<A, Option<Country>>>,
    pub(super) hosting: Vec<Range<A, bool>>,
    pub(super) tor: Vec<Range<A, bool>>,
}

impl<A> Default for Lists<A> {
    fn default() -> Self {
        let (networks, countries) = (Vec::new(), Vec::new());
        Self { networks, countries, hosting: Vec::new(), tor: Vec::new() }
    }
}

/// Networks, each once.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: HashMap<(u32, Box<str>), u32>,
    last: Option<(u32, Box<str>, u32)>,
    all: Vec<(u32, Box<str>)>,
}

impl Names {
    /// One more than the network's index.
    pub(super) fn number(&mut self, asn: u32, organisation: &str) -> u32 {
        if let Some((last, name, number)) = &self.last
            && *last == asn
            && **name == *organisation
        {
            return *number;
        }
        let name: Box<str> =
            organisation.trim().chars().filter(|c| !c.is_control()).take(NAME_MAX).collect();
        let next = u32::try_from(self.all.len() + 1).unwrap_or(0);
        let number = *self.known.entry((asn, name.clone())).or_insert(next);
        if number == next {
            self.all.push((asn, name));
        }
        self.last = Some((asn, organisation.into(), number));
        number
    }

    pub(super) fn into_all(self) -> Vec<(u32, Box<str>)> {
        self.all
    }

    fn get(&self, number: u32) -> Option<&(u32, Box<str>)> {
        self.all.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }
}

/// What files say.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) v4: Lists<u32>,
    pub(super) v6: Lists<u128>,
    pub(super) names: Names,
    /// Networks where anybody can rent machines.
    pub(super) hosting_asns: Vec<u32>,
    /// The day it is of, as the file says.
    pub(super) date: Option<Date>,
    /// Its licence, as the file says.
    pub(super) licence: Option<String>,
    pub(super) entries: usize,
}

impl Rows {
    /// Counts one more row.
    ///
    /// # Errors
    /// There are too many.
    fn count(&mut self) -> Result<(), Fault> {
        self.entries += 1;
        if self.entries > RANGES_MAX { Err(Fault::TooMany) } else { Ok(()) }
    }

    pub(super) fn network(&mut self, at: Span, asn: u32, name: &str) -> Result<(), Fault> {
        let value = self.names.number(asn, name);
        match at {
            Span::V4(start, end) => self.v4.networks.push(Range { start, end, value }),
            Span::V6(start, end) => self.v6.networks.push(Range { start, end, value }),
        }
        self.count()
    }

    pub(super) fn country(&mut self, at: Span, country: Country) -> Result<(), Fault> {
        let value = Some(country);
        match at {
            Span::V4(start, end) => self.v4.countries.push(Range { start, end, value }),
            Span::V6(start, end) => self.v6.countries.push(Range { start, end, value }),
        }
        self.count()
    }

    pub(super) fn hosting(&mut self, at: Span) -> Result<(), Fault> {
        match at {
            Span::V4(start, end) => self.v4.hosting.push(Range { start, end, value: true }),
            Span::V6(start, end) => self.v6.hosting.push(Range { start, end, value: true }),
        }
        self.count()
    }

    pub(super) fn hosting_asn(&mut self, asn: u32) -> Result<(), Fault> {
        self.hosting_asns.push(asn);
        self.count()
    }

    pub(super) fn tor(&mut self, at: Span) -> Result<(), Fault> {
        match at {
            Span::V4(start, end) => self.v4.tor.push(Range { start, end, value: true }),
            Span::V6(start, end) => self.v6.tor.push(Range { start, end, value: true }),
        }
        self.count()
    }

    /// What the rows tell, in words.
    pub(super) fn tells(&self) -> &'static str {
        let has_networks = !(self.v4.networks.is_empty() && self.v6.networks.is_empty());
        let has_countries = !(self.v4.countries.is_empty() && self.v6.countries.is_empty());
        let has_tor = !(self.v4.tor.is_empty() && self.v6.tor.is_empty());
        match (has_networks, has_countries) {
            (true, true) => "networks and countries",
            (true, false) => "networks",
            (false, true) => "countries",
            (false, false) if has_tor => "Tor exits",
            (false, false) if self.entries > 0 => "hosting networks",
            (false, false) => "nothing",
        }
    }

    /// Takes over what another file says.
    pub(super) fn append(&mut self, mut other: Self) {
        for range in &mut other.v4.networks {
            range.value = renumber(&mut self.names, &other.names, range.value);
        }
        for range in &mut other.v6.networks {
            range.value = renumber(&mut self.names, &other.names, range.value);
        }
        append(&mut self.v4, other.v4);
        append(&mut self.v6, other.v6);
        self.hosting_asns.append(&mut other.hosting_asns);
    }
}

fn renumber(names: &mut Names, of: &Names, number: u32) -> u32 {
    of.get(number).map_or(0, |(asn, name)| names.number(*asn, name))
}

fn append<A>(to: &mut Lists<A>, mut from: Lists<A>) {
    to.networks.append(&mut from.networks);
    to.countries.append(&mut from.countries);
    to.hosting.append(&mut from.hosting);
    to.tor.append(&mut from.tor);
}

/// The lines of a text with their numbers, without the empty ones and comments.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Result<(usize, &str), Fault>> {
    bytes.split(|byte| *byte == b'\n').zip(1_usize..).filter_map(|(bytes, line)| {
        match str::from_utf8(bytes) {
            Ok(text) => {
                let text = text.trim();
                (!text.is_empty() && !text.starts_with('#')).then_some(Ok((line, text)))
            }
            Err(_) => Some(Err(Fault::Line { line, why: "the line is not UTF-8" })),
        }
    })
}

/// The comments at the head of a text, without their mark.
pub(super) fn head(bytes: &[u8]) -> impl Iterator<Item = &str> {
    let lines = bytes.split(|byte| *byte == b'\n').map_while(|line| str::from_utf8(line).ok());
    lines.map_while(|line| line.trim().strip_prefix('#')).map(str::trim)
}
