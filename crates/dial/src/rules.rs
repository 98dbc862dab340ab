//! Which addresses are dialled.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{Network, Why};

/// Addresses that hand out credentials of the machine: AWS, Azure, Google and most others; AWS tasks;
/// Alibaba Cloud; AWS by IPv6.
const METADATA: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// Where the machine itself asks for the credentials of its role: AWS and Alibaba Cloud.
pub(crate) const ROLE_SERVICES: [IpAddr; 2] = [METADATA[0], METADATA[2]];

/// Why `address` is not dialled; `None` when it is.
pub(crate) fn refusal(address: IpAddr, allowed: &[Network]) -> Option<Why> {
    let address = unwrapped(address);
    if METADATA.contains(&address) {
        return Some(Why::Metadata);
    }
    if allowed.iter().any(|network| network.contains(address)) {
        return None;
    }
    match address {
        IpAddr::V4(address) => refusal_v4(address),
        IpAddr::V6(address) => refusal_v6(address),
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped, compatible, NAT64 (RFC 6052) and 6to4
/// (RFC 3056); every other address as it is.
fn unwrapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let bits = v6.to_bits();
    let tail = Ipv4Addr::from_bits((bits & 0xffff_ffff) as u32);
    let head = bits >> 32;
    if head == 0xffff || head == 0x0064_ff9b << 64 || (head == 0 && bits > 1) {
        return IpAddr::V4(tail);
    }
    if bits >> 112 == 0x2002 {
        return IpAddr::V4(Ipv4Addr::from_bits(((bits >> 80) & 0xffff_ffff) as u32));
    }
    address
}

fn refusal_v4(address: Ipv4Addr) -> Option<Why> {
    let [a, b, c, _] = address.octets();
    Some(match (a, b, c) {
        (0, ..) => Why::Unspecified,
        (127, ..) => Why::Loopback,
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => Why::Private,
        (169, 254, _) => Why::LinkLocal,
        (100, 64..=127, _) => Why::CarrierShared,
        (224..=239, ..) => Why::Multicast,
        (240..=255, ..) | (192, 0, 0 | 2) | (198, 18 | 19, _) | (198, 51, 100) | (203, 0, 113) => {
            Why::Reserved
        }
        _ => return None,
    })
}

fn refusal_v6(address: Ipv6Addr) -> Option<Why> {
    if address.is_unspecified() {
        return Some(Why::Unspecified);
    }
    if address.is_loopback() {
        return Some(Why::Loopback);
    }
    let head = address.segments()[0];
    Some(match head {
        0xfe80..=0xfebf => Why::LinkLocal,
        0xfec0..=0xfeff => Why::Private,
        0xfc00..=0xfdff => Why::UniqueLocal,
        0xff00..=0xffff => Why::Multicast,
        0x2001 if address.segments()[1] == 0xdb8 => Why::Reserved,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, expected: Option<Why>) {
        assert_eq!(refusal(address.parse().unwrap(), &[]), expected, "{address}");
    }

    #[test]
    fn public_addresses_are_dialled() {
        for address in ["1.1.1.1", "47.110.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111"] {
            check(address, None);
        }
    }

    #[test]
    fn loopback_is_refused() {
        check("127.0.0.1", Some(Why::Loopback));
        check("127.255.255.254", Some(Why::Loopback));
        check("::1", Some(Why::Loopback));
    }

    #[test]
    fn private_networks_are_refused() {
        for address in ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fec0::1"] {
            check(address, Some(Why::Private));
        }
    }

    #[test]
    fn link_local_is_refused() {
        check("169.254.0.1", Some(Why::LinkLocal));
        check("fe80::1", Some(Why::LinkLocal));
    }

    #[test]
    fn unique_local_is_refused() {
        check("fc00::1", Some(Why::UniqueLocal));
        check("fd12:3456::1", Some(Why::UniqueLocal));
    }

    #[test]
    fn carrier_shared_is_refused() {
        check("100.64.0.1", Some(Why::CarrierShared));
        check("100.127.255.255", Some(Why::CarrierShared));
    }

    #[test]
    fn multicast_is_refused() {
        check("224.0.0.1", Some(Why::Multicast));
        check("ff02::1", Some(Why::Multicast));
    }

    #[test]
    fn unspecified_is_refused() {
        check("0.0.0.0", Some(Why::Unspecified));
        check("0.1.2.3", Some(Why::Unspecified));
        check("::", Some(Why::Unspecified));
    }

    #[test]
    fn reserved_is_refused() {
        for address in ["255.255.255.255", "240.0.0.1", "198.18.0.1", "192.0.2.1", "2001:db8::1"] {
            check(address, Some(Why::Reserved));
        }
    }

    #[test]
    fn an_ipv4_address_inside_an_ipv6_address_is_judged_as_such() {
        check("::ffff:127.0.0.1", Some(Why::Loopback));
        check("::ffff:10.0.0.1", Some(Why::Private));
        check("::127.0.0.1", Some(Why::Loopback));
        check("64:ff9b::10.0.0.1", Some(Why::Private));
        check("2002:7f00:1::", Some(Why::Loopback));
        check("::ffff:169.254.169.254", Some(Why::Metadata));
        check("::ffff:1.1.1.1", None);
    }

    #[test]
    fn metadata_is_refused_even_in_an_allowed_network() {
        let everything = [Network::parse("0.0.0.0/0").unwrap(), Network::parse("::/0").unwrap()];
        for address in
            ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "::ffff:169.254.169.254"]
        {
            assert_eq!(refusal(address.parse().unwrap(), &everything), Some(Why::Metadata));
        }
        assert_eq!(refusal("127.0.0.1".parse().unwrap(), &everything), None);
        assert_eq!(refusal("::ffff:10.0.0.1".parse().unwrap(), &everything), None);
    }

    #[test]
    fn an_allowed_network_opens_itself_only() {
        let allowed = [Network::parse("127.0.0.0/8").unwrap()];
        assert_eq!(refusal("127.0.0.1".parse().unwrap(), &allowed), None);
        assert_eq!(refusal("10.0.0.1".parse().unwrap(), &allowed), Some(Why::Private));
        assert_eq!(refusal("::1".parse().unwrap(), &allowed), Some(Why::Loopback));
    }
}
