//! Where a request came from: its address and the network around it.

use core::net::{IpAddr, Ipv6Addr, SocketAddr};

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
        match address(text) {
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

fn address(text: &str) -> Option<IpAddr> {
    let ip = text.parse::<IpAddr>().ok();
    let ip = ip.or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    ip.map(|ip| ip.to_canonical())
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
