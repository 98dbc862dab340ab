//! Where a request came from: its address and the networks around it.

use core::net::{IpAddr, Ipv6Addr};

use crate::place::Places;
use crate::sketch::{hash, join};

/// What the log says of the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An address, or text in its place (masked, malformed).
    Address,
    /// An address of a private network: nobody outside has it.
    Private,
    /// A service of the provider called, on somebody's behalf.
    Service,
    /// The log does not say.
    Unknown,
}

/// The origin of a request, as the profile remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Source {
    /// What it is.
    pub(crate) kind: Kind,
    /// The address, where it is one.
    pub(crate) ip: Option<IpAddr>,
    /// Hash of the address.
    pub(crate) address: u64,
    /// Hash of the prefix: /24 of IPv4, /48 of IPv6; of a private network /16.
    pub(crate) prefix: u64,
}

impl Source {
    /// Reads what a log has: `1.2.3.4`, `ip:port`, `[v6]:port`, `::ffff:1.2.3.4`, `Internal`, a
    /// service's name, or anything else, which is then taken as it is.
    pub(crate) fn of(text: Option<&str>) -> Self {
        let Some(text) = text else { return Self::named(Kind::Unknown, "", "") };
        match source_address(text) {
            Some(ip) => Self::at(ip),
            None if is_service(text) => Self::named(Kind::Service, text, text),
            None => {
                Self::named(Kind::Address, text, text.rsplit_once('.').map_or(text, |(n, _)| n))
            }
        }
    }

    fn at(ip: IpAddr) -> Self {
        let kind = if is_private(ip) { Kind::Private } else { Kind::Address };
        let (address, network) = match ip {
            IpAddr::V4(v4) => {
                let keep = if kind == Kind::Private { 0xffff_0000 } else { 0xffff_ff00 };
                (u128::from(v4.to_bits()), u128::from(v4.to_bits() & keep))
            }
            IpAddr::V6(v6) => (v6.to_bits(), v6.to_bits() >> 80 << 80),
        };
        let of = |bits: u128, salt: u8| {
            let mut bytes = [salt; 17];
            bytes[..16].copy_from_slice(&bits.to_le_bytes());
            hash(&bytes)
        };
        Self { kind, ip: Some(ip), address: of(address, b'a'), prefix: of(network, b'p') }
    }

    fn named(kind: Kind, address: &str, prefix: &str) -> Self {
        let prefix = join(hash(prefix.as_bytes()), 1);
        Self { kind, ip: None, address: hash(address.as_bytes()), prefix }
    }

    /// Whether it can be told from other origins.
    pub(crate) fn is_somewhere(&self) -> bool {
        matches!(self.kind, Kind::Address | Kind::Private)
    }

    /// Hash of the block around a public address, of which one network mostly has all: /16 of IPv4, /32 of IPv6.
    pub(crate) fn block(&self) -> Option<u64> {
        let bits = match self.ip.filter(|_| self.kind == Kind::Address)? {
            IpAddr::V4(v4) => u128::from(v4.to_bits() >> 16),
            IpAddr::V6(v6) => v6.to_bits() >> 96 | 1 << 64,
        };
        Some(hash(&bits.to_le_bytes()))
    }

    /// That block for people: `203.0.0.0/16`.
    pub(crate) fn block_name(&self) -> Option<String> {
        Some(match self.ip? {
            IpAddr::V4(ip) => {
                let [a, b, ..] = ip.octets();
                format!("{a}.{b}.0.0/16")
            }
            IpAddr::V6(ip) => {
                let [a, b, ..] = ip.segments();
                format!("{}/32", Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0))
            }
        })
    }

    /// The prefix for people: `203.0.113.0/24`.
    pub(crate) fn prefix_name(&self) -> Option<String> {
        Some(match self.ip? {
            IpAddr::V4(ip) if self.kind == Kind::Private => {
                let [a, b, ..] = ip.octets();
                format!("{a}.{b}.0.0/16")
            }
            IpAddr::V4(ip) => {
                let [a, b, c, _] = ip.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            IpAddr::V6(ip) => {
                let [a, b, c, ..] = ip.segments();
                format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
            }
        })
    }

    /// The place for people, as the end of a sentence: `203.0.113.7 (AS64500 Example, hosting, NL)`.
    pub(crate) fn name(text: Option<&str>, places: &Places) -> String {
        let Some(text) = text else { return "an unknown address".to_owned() };
        let shown = crate::words::quoted(text);
        let Some(ip) = source_address(text) else { return shown };
        let place = places.of(ip);
        let mut known: Vec<String> = Vec::new();
        if let Some(asn) = place.asn {
            let organisation = place.organisation.map(|name| format!(" {name}"));
            known.push(format!("AS{asn}{}", organisation.unwrap_or_default()));
        }
        known.extend(place.is_tor.then(|| "Tor exit".to_owned()));
        known.extend(place.is_hosting.then(|| "hosting".to_owned()));
        known.extend(place.country.map(|country| country.to_string()));
        if known.is_empty() { shown } else { format!("{shown} ({})", known.join(", ")) }
    }
}

/// The address that a log writes as the source of a request, however it writes it: with a port, in
/// brackets, with a zone, mapped into IPv6, or a list as proxies make it.
///
/// Of a list the last public address counts: a client may write anything before the address that the
/// nearest proxy saw. Numbers with a zero in front are no address, since some read them as octal.
#[must_use]
pub fn source_address(text: &str) -> Option<IpAddr> {
    let mut hops = text.rsplit(',').filter_map(|hop| address(hop.trim()));
    let nearest = hops.next()?;
    let public = |ip: &IpAddr| !is_private(*ip) && !ip.is_unspecified();
    Some(Some(nearest).filter(public).or_else(|| hops.find(public)).unwrap_or(nearest))
}

fn address(text: &str) -> Option<IpAddr> {
    let inside = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (host, is_whole) = match inside {
        Some((host, rest)) => (host, rest.is_empty() || is_port(rest)),
        None => match text.split_once(':') {
            Some((host, port)) if !port.contains(':') && host.contains('.') => {
                (host, port.parse::<u16>().is_ok())
            }
            _ => (text, true),
        },
    };
    let host = host.split_once('%').map_or(host, |(host, _zone)| host);
    let ip = host.parse::<IpAddr>().ok().filter(|_| is_whole);
    ip.map(|ip| ip.to_canonical())
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
}

/// Whether an address is of no use outside its own network.
fn is_private(ip: IpAddr) -> bool {
    match ip {
        // 100.64/10 is what clouds and carriers use inside (RFC 6598).
        IpAddr::V4(ip) => {
            let shared = ip.octets()[0] == 100 && (64..128).contains(&ip.octets()[1]);
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || shared
        }
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_loopback() || ip.is_unicast_link_local(),
    }
}

fn is_service(text: &str) -> bool {
    let is = |name: &str| text.eq_ignore_ascii_case(name);
    let ends = |suffix: &str| {
        let start = text.len().checked_sub(suffix.len());
        start
            .and_then(|start| text.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
    };
    is("internal")
        || is("aws internal")
        || is("private")
        || is("gce-internal-ip")
        || [".amazonaws.com", ".aliyuncs.com", ".aliyun.com", ".googleapis.com"]
            .into_iter()
            .any(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_one_source_however_it_is_written() {
        let plain = Source::of(Some("192.0.2.7"));
        for text in ["192.0.2.7:4711", "::ffff:192.0.2.7", "[::ffff:192.0.2.7]:80"] {
            assert_eq!(Source::of(Some(text)), plain, "{text}");
        }
        assert_eq!(plain.prefix_name().as_deref(), Some("192.0.2.0/24"));
        assert_eq!(Source::of(Some("192.0.2.8")).prefix, plain.prefix);
        assert_ne!(Source::of(Some("192.0.3.7")).prefix, plain.prefix);
    }

    #[test]
    fn addresses_of_one_block_are_neighbours_and_private_ones_have_none() {
        let block = |text| Source::of(Some(text)).block();
        assert_eq!(block("203.0.113.7"), block("203.0.1.2"));
        assert_ne!(block("203.0.113.7"), block("203.1.113.7"));
        assert_eq!(block("2001:db8:1::7"), block("2001:db8:2::7"));
        assert_ne!(block("2001:db8::7"), block("2001:db9::7"));
        assert_eq!((block("10.1.2.3"), block("xx.xx")), (None, None));
        let named = |text| Source::of(Some(text)).block_name().unwrap();
        assert_eq!(named("203.0.113.7"), "203.0.0.0/16");
        assert_eq!(named("2001:db8:1:2::3"), "2001:db8::/32");
    }

    #[test]
    fn an_address_of_ipv6_is_one_source_with_port_brackets_or_zone() {
        let plain = Source::of(Some("2001:db8::7"));
        for text in ["[2001:db8::7]", "[2001:db8::7]:443", "2001:db8::7%eth0", "[2001:db8::7%1]:80"]
        {
            assert_eq!(Source::of(Some(text)), plain, "{text}");
        }
    }

    #[test]
    fn of_a_list_of_proxies_the_last_public_address_counts() {
        let address = |text| source_address(text).map(|ip| ip.to_string()).unwrap_or_default();
        assert_eq!(address("203.0.113.7, 10.0.0.1"), "203.0.113.7");
        assert_eq!(address("198.51.100.1, 203.0.113.7:8080, 10.0.0.1, 100.64.0.9"), "203.0.113.7");
        assert_eq!(address("203.0.113.7,198.51.100.1"), "198.51.100.1");
        assert_eq!(address("unknown, 10.0.0.1, -"), "10.0.0.1");
    }

    #[test]
    fn what_is_no_address_is_not_taken_for_one() {
        let odd = [
            "08.1.250.216",
            "010.0.0.1",
            "xx.xx",
            "1.2.3",
            "203.0.113.7:",
            "203.0.113.7:99999",
            "[2001:db8::7",
            "[2001:db8::7]443",
            "[203.0.113.7]:x",
            "",
            ",",
            "203.0.113.0/24",
        ];
        for text in odd {
            assert_eq!(source_address(text), None, "{text}");
        }
    }

    #[test]
    fn services_and_odd_addresses_are_told_apart() {
        let kind = |text| Source::of(Some(text)).kind;
        assert_eq!(kind("AWS Internal"), Kind::Service);
        assert_eq!(kind("secretsmanager.amazonaws.com"), Kind::Service);
        assert_eq!(kind("08.1.250.216"), Kind::Address);
        assert_eq!(kind("xx.xx.xx.xx"), Kind::Address);
        assert_eq!(kind("10.1.2.3"), Kind::Private);
        assert_eq!(kind("100.64.0.9"), Kind::Private);
        assert_eq!(Source::of(None).kind, Kind::Unknown);
        let v6 = Source::of(Some("2001:db8:1:2::3"));
        assert_eq!(v6.prefix_name().as_deref(), Some("2001:db8:1::/48"));
    }
}
