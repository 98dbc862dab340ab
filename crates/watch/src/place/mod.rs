//! Where an address is: its network, its country, and whether it is rented or hides somebody.
//!
//! Bytes in, tables out: whoever calls brings the files ([`PlaceFile`]); each format that they may
//! have is one file here, recognised by content. Nothing is asked of anybody outside, and without
//! data every answer is empty. The network of an address is a fact about a day: each file says
//! which ([`PlaceSource`]).

mod country;
mod ranges;

use core::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::Date;

pub use country::Country;
use ranges::Ranges;

/// A file of place data, as the caller read it.
#[derive(Debug, Clone, Copy)]
pub struct PlaceFile<'a> {
    /// Its name for people, a path.
    pub name: &'a str,
    /// What it holds; may be gzip.
    pub bytes: &'a [u8],
    /// When it was last changed: its date where it states none.
    pub modified: Option<Timestamp>,
}

/// What is known of an address. Everything may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place<'a> {
    /// The number of the network that announces the address.
    pub asn: Option<u32>,
    /// Whose network it is.
    pub organisation: Option<&'a str>,
    /// Where it is said to be.
    pub country: Option<Country>,
    /// Anybody can rent machines there: a cloud, a hosting company, a VPN.
    pub is_hosting: bool,
    /// Traffic of the Tor network leaves there.
    pub is_tor: bool,
}

/// What was loaded: one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceSource {
    /// The name of the file.
    pub name: String,
    /// What it tells, in words: `networks`, `countries`, `hosting networks`, `Tor exits`.
    pub tells: &'static str,
    /// The day the data is of.
    pub date: Option<Date>,
    /// Its licence, as it or its package states it.
    pub licence: Option<String>,
    /// How many ranges or entries it has.
    pub entries: usize,
}

/// A file of place data could not be read.
#[derive(Debug, thiserror::Error)]
#[error("`{file}` cannot be read as place data")]
pub struct PlaceError {
    /// The file.
    pub file: String,
}

/// Which network and country each address is in.
#[derive(Debug, Clone, Default)]
pub struct Places {
    v4: Tables<u32>,
    v6: Tables<u128>,
    networks: Vec<Network>,
    sources: Vec<PlaceSource>,
}

/// The tables of one kind of address.
#[derive(Debug, Clone)]
struct Tables<A> {
    /// One more than the index into `Places::networks`.
    networks: Ranges<A, u32>,
    countries: Ranges<A, Option<Country>>,
    hosting: Ranges<A, bool>,
    tor: Ranges<A, bool>,
}

impl<A> Default for Tables<A> {
    fn default() -> Self {
        Self {
            networks: Ranges::default(),
            countries: Ranges::default(),
            hosting: Ranges::default(),
            tor: Ranges::default(),
        }
    }
}

/// A network, as its addresses point to it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Network {
    asn: u32,
    organisation: Box<str>,
    is_hosting: bool,
}

impl Places {
    /// Reads what the files hold. A file that cannot be read is told and left out; the rest counts.
    #[must_use]
    pub fn read(_files: &[PlaceFile<'_>]) -> (Self, Vec<PlaceError>) {
        (Self::default(), Vec::new())
    }

    /// What is known of an address.
    #[must_use]
    pub fn of(&self, ip: IpAddr) -> Place<'_> {
        match ip.to_canonical() {
            IpAddr::V4(ip) => self.at(&self.v4, ip.to_bits()),
            IpAddr::V6(ip) => self.at(&self.v6, ip.to_bits()),
        }
    }

    fn at<A: ranges::Address>(&self, tables: &Tables<A>, address: A) -> Place<'_> {
        let network = tables.networks.at(address).checked_sub(1);
        let network = network.and_then(|index| self.networks.get(usize::try_from(index).ok()?));
        Place {
            asn: network.map(|network| network.asn),
            organisation: network
                .map(|network| &*network.organisation)
                .filter(|name| !name.is_empty()),
            country: tables.countries.at(address),
            is_hosting: network.is_some_and(|network| network.is_hosting)
                || tables.hosting.at(address),
            is_tor: tables.tor.at(address),
        }
    }

    /// What was loaded, with its dates and licences.
    #[must_use]
    pub fn sources(&self) -> &[PlaceSource] {
        &self.sources
    }

    /// Whether nothing was loaded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }
}
