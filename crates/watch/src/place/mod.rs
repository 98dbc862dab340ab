//! Where an address is: its network, its country, and whether it is rented or hides somebody.
//!
//! Bytes in, tables out: whoever calls brings the files ([`PlaceFile`]); each format that they may
//! have is one file here, recognised by content. Nothing is asked of anybody outside, and without
//! data every answer is empty. The network of an address is a fact about a day: each file says
//! which ([`PlaceSource`]).

mod country;
mod csv_range;
mod error;
mod hosting;
mod mmdb;
mod package;
mod ranges;
mod rows;
mod tor_exits;
mod tor_geoip;

use core::fmt;
use core::net::IpAddr;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

pub use country::Country;
use error::Fault;
pub use error::PlaceError;
use package::Package;
use ranges::Ranges;
use rows::{Lists, Rows};

use crate::source::source_address;
use crate::unpack::unpack;

/// Bytes of one file, unpacked. The tables of the whole internet have about 30 MB.
pub const PLACE_FILE_BYTES_MAX: u64 = 256 << 20;

/// A format that place data may have.
struct Format {
    /// Whether a file with this name and content is in it.
    is: fn(&str, &[u8]) -> bool,
    read: fn(&[u8]) -> Result<Rows, Fault>,
}

/// Every format, the one that is surest of itself first.
const FORMATS: [Format; 5] =
    [mmdb::FORMAT, tor_geoip::FORMAT, hosting::FORMAT, tor_exits::FORMAT, csv_range::FORMAT];

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

impl<'a> PlaceFile<'a> {
    fn short(&self) -> &'a str {
        self.name.rsplit_once('/').map_or(self.name, |(_, short)| short)
    }

    fn folder(&self) -> &'a str {
        self.name.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Whether a file beside it says the same with addresses written out: `asn-ipv4-num.csv`.
    fn is_twin(&self, names: &HashSet<&str>) -> bool {
        let twin = self.name.strip_suffix("-num.csv").map(|stem| format!("{stem}.csv"));
        twin.is_some_and(|twin| names.contains(twin.as_str()))
    }

    fn is_named_as_data(&self) -> bool {
        let ending = self.short().rsplit_once('.').map_or("", |(_, ending)| ending);
        ["csv", "mmdb", "tsv", "gz"].iter().any(|data| ending.eq_ignore_ascii_case(data))
    }

    /// What it says; `None` where it is no data.
    fn read(&self, package: Option<&Package>) -> Result<Option<(PlaceSource, Rows)>, PlaceError> {
        let packed = |cause| PlaceError::Packed { file: self.name.to_owned(), cause };
        let bytes: Cow<'_, [u8]> = unpack(self.bytes, PLACE_FILE_BYTES_MAX).map_err(packed)?;
        let Some(format) = FORMATS.iter().find(|format| (format.is)(self.short(), &bytes)) else {
            let unknown = PlaceError::Unknown { file: self.name.to_owned() };
            return if self.is_named_as_data() { Err(unknown) } else { Ok(None) };
        };
        let rows = (format.read)(&bytes).map_err(|fault| fault.of_file(self.name))?;
        let source = PlaceSource::of(self.name, &rows, package, self.modified);
        Ok(Some((source, rows)))
    }
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

impl PlaceSource {
    /// A file states its date itself, or its package does, or the day it was changed has to do.
    fn of(name: &str, rows: &Rows, package: Option<&Package>, modified: Option<Timestamp>) -> Self {
        let modified = modified.map(|at| Offset::UTC.to_datetime(at).date());
        Self {
            name: name.to_owned(),
            tells: rows.tells(),
            date: rows.date.or_else(|| package?.date).or(modified),
            licence: rows.licence.clone().or_else(|| package?.licence.clone()),
            entries: rows.entries,
        }
    }
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

impl fmt::Display for Place<'_> {
    /// `AS64500 Example Hosting, NL, hosting`; nothing where nothing is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let network = match (self.asn, self.organisation) {
            (Some(asn), Some(organisation)) => Some(format!("AS{asn} {organisation}")),
            (Some(asn), None) => Some(format!("AS{asn}")),
            (None, organisation) => organisation.map(str::to_owned),
        };
        let country = self.country.map(|country| country.to_string());
        let hosting = self.is_hosting.then(|| "hosting".to_owned());
        let tor = self.is_tor.then(|| "Tor exit".to_owned());
        let words: Vec<String> = [network, country, hosting, tor].into_iter().flatten().collect();
        f.write_str(&words.join(", "))
    }
}

impl<A: ranges::Address> Tables<A> {
    fn of(lists: Lists<A>) -> Self {
        Self {
            networks: Ranges::flat(lists.networks),
            countries: Ranges::flat(lists.countries),
            hosting: Ranges::flat(lists.hosting),
            tor: Ranges::flat(lists.tor),
        }
    }

    fn size(&self) -> usize {
        self.networks.size() + self.countries.size() + self.hosting.size() + self.tor.size()
    }
}

impl Places {
    /// Reads what the files hold. A file that cannot be read is told and left out; the rest counts.
    ///
    /// Files that are in no format are told where their names say that they are data (`.csv`,
    /// `.mmdb`, `.tsv`, `.gz`), and passed over otherwise: packages bring licences and notes. Where
    /// ranges overlap the narrowest counts, and of two as narrow the newer.
    #[must_use]
    pub fn read(files: &[PlaceFile<'_>]) -> (Self, Vec<PlaceError>) {
        let packages: BTreeMap<&str, Package> = files
            .iter()
            .filter(|file| file.short() == "package.json")
            .map(|file| (file.folder(), Package::parse(file.bytes)))
            .collect();
        let names: HashSet<&str> = files.iter().map(|file| file.name).collect();
        let (mut read, mut errors) = (Vec::new(), Vec::new());
        for file in files.iter().filter(|file| !file.is_twin(&names)) {
            match file.read(packages.get(file.folder())) {
                Ok(Some(one)) => read.push(one),
                Ok(None) => {}
                Err(error) => errors.push(error),
            }
        }
        read.sort_by(|(a, _), (b, _)| (a.date, &a.name).cmp(&(b.date, &b.name)));
        (Self::of_rows(read), errors)
    }

    fn of_rows(files: Vec<(PlaceSource, Rows)>) -> Self {
        let (mut sources, mut all) = (Vec::new(), Rows::default());
        for (source, rows) in files {
            sources.push(source);
            all.append(rows);
        }
        let names = core::mem::take(&mut all.names).into_all();
        if !names.is_empty()
            && let Ok(list) = (hosting::FORMAT.read)(hosting::LIST.as_bytes())
        {
            sources.push(PlaceSource::of(hosting::BUILT_IN, &list, None, None));
            all.append(list);
        }
        let hosting: HashSet<u32> = all.hosting_asns.iter().copied().collect();
        let networks = names.into_iter().map(|(asn, organisation)| Network {
            asn,
            organisation,
            is_hosting: hosting.contains(&asn),
        });
        let networks = networks.collect();
        Self { v4: Tables::of(all.v4), v6: Tables::of(all.v6), networks, sources }
    }

    /// What is known of an address.
    #[must_use]
    pub fn of(&self, ip: IpAddr) -> Place<'_> {
        match ip.to_canonical() {
            IpAddr::V4(ip) => self.at(&self.v4, ip.to_bits()),
            IpAddr::V6(ip) => self.at(&self.v6, ip.to_bits()),
        }
    }

    /// What is known of a source as a log writes it; nothing where that is no address.
    #[must_use]
    pub fn of_source(&self, source: &str) -> Place<'_> {
        source_address(source).map(|ip| self.of(ip)).unwrap_or_default()
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

    /// Memory that the tables take, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        let names: usize = self.networks.iter().map(|network| network.organisation.len()).sum();
        let networks = size_of_val(self.networks.as_slice()) + names;
        self.v4.size() + self.v6.size() + networks
    }

    /// Whether nothing was loaded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }
}
