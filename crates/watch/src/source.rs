//! Where a request came from: its address and the network around it.

use core::net::{IpAddr, Ipv6Addr};

use crate::sketch::hash;

/// What the log says of the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An address, or text in its place (masked, malformed).
    Address,
    /// A service of the provider called, on somebody's behalf.
    Service,
    /// The log does not say.
    Unknown,
}

/// The origin of a request, as the profile remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// What it is.
    pub(crate) kind: Kind,
    /// Hash of the address.
    pub(crate) address: u32,
    /// Hash of the network: /24 of IPv4, /48 of IPv6.
    pub(crate) network: u32,
    /// The network for people: `203.0.113.0/24`.
    pub(crate) network_name: String,
}

impl Source {
    /// Reads what a log has: `1.2.3.4`, `ip:port`, `[v6]:port`, `::ffff:1.2.3.4`, `Internal`, a
    /// service's name, or anything else, which is then taken as it is.
    pub(crate) fn of(text: Option<&str>) -> Self {
        let Some(text) = text else { return Self::named(Kind::Unknown, "", "") };
        match source_address(text) {
            Some(ip) => Self::named(Kind::Address, &ip.to_string(), &network(ip)),
            None if is_service(text) => Self::named(Kind::Service, text, text),
            None => {
                Self::named(Kind::Address, text, text.rsplit_once('.').map_or(text, |(n, _)| n))
            }
        }
    }

    fn named(kind: Kind, address: &str, network: &str) -> Self {
        let short = |text: &str| u32::try_from(hash(text.as_bytes()) >> 32).unwrap_or(0);
        let network_name = network.to_owned();
        Self { kind, address: short(address), network: short(network), network_name }
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
    let public = |ip: &IpAddr| is_public(*ip);
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

/// Whether an address may be one of the open internet.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let is_shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
            let is_local = ip.is_loopback() || ip.is_link_local() || ip.is_unspecified();
            !(ip.is_private() || is_shared || is_local)
        }
        IpAddr::V6(ip) => {
            let is_local = ip.is_unicast_link_local() || ip.is_unspecified();
            !(ip.is_loopback() || ip.is_unique_local() || is_local)
        }
    }
}

fn network(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

fn is_service(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    matches!(text.as_str(), "internal" | "aws internal" | "private" | "gce-internal-ip")
        || [".amazonaws.com", ".aliyuncs.com", ".aliyun.com", ".googleapis.com"]
            .iter()
            .any(|suffix| text.ends_with(suffix))
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
        assert_eq!(plain.network_name, "192.0.2.0/24");
        assert_eq!(Source::of(Some("192.0.2.8")).network, plain.network);
        assert_ne!(Source::of(Some("192.0.3.7")).network, plain.network);
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
        assert_eq!(Source::of(None).kind, Kind::Unknown);
        let v6 = Source::of(Some("2001:db8:1:2::3"));
        assert_eq!(v6.network_name, "2001:db8:1::/48");
    }
}
