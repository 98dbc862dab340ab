//! Addresses and networks, as policies write them.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks that are larger than with so long a prefix are the whole world: AWS and OSS draw the line there
/// (S3 user guide, "The meaning of public"; OSS documentation, "Block public access").
const FIXED_PREFIX_MIN: (u8, u8) = (8, 32);

/// Private addresses of IPv6 are those of fc00::/7 (RFC 4193): what is wider holds others, too.
const UNIQUE_LOCAL: u8 = 7;

/// A network; an address alone is one of a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Reads `198.51.100.7` or `198.51.100.0/24`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(bits);
        (prefix <= bits).then_some(Self { address, prefix })
    }

    /// Whether an address lies in it. An address of IPv4 written as one of IPv6 is that of IPv4.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = u32::from(32 - self.prefix.min(32));
                network.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = u32::from(128 - self.prefix.min(128));
                network.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
            }
            _ => false,
        }
    }

    /// Whether it is so large that anybody may come from it.
    pub(crate) fn is_world(self) -> bool {
        match self.address {
            IpAddr::V4(_) => self.prefix < FIXED_PREFIX_MIN.0,
            IpAddr::V6(_) => {
                self.prefix < FIXED_PREFIX_MIN.1
                    && !(self.prefix >= UNIQUE_LOCAL && self.is_private())
            }
        }
    }

    /// Whether its addresses are those of private networks.
    pub(crate) fn is_private(self) -> bool {
        match self.address {
            IpAddr::V4(address) => address.is_private(),
            IpAddr::V6(address) => address.is_unique_local(),
        }
    }
}
/// `198.51.100.0/24`: the first address and the length of the network.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first: IpAddr = match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                Ipv4Addr::from_bits(address.to_bits() & mask).into()
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                Ipv6Addr::from_bits(address.to_bits() & mask).into()
            }
        };
        write!(f, "{first}/{}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wider_than_a_fixed_network_is_the_world() {
        for (text, is_world) in [
            ("0.0.0.0/0", true),
            ("46.0.0.0/7", true),
            ("47.0.0.0/8", false),
            ("2001::/31", true),
            ("2001:db8::/32", false),
            ("fc00::/7", false),
            ("fd00::/0", true),
            ("fc00::/6", true),
        ] {
            assert_eq!(Network::parse(text).unwrap().is_world(), is_world, "{text}");
        }
    }
}
