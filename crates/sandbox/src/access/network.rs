//! Networks as policies and restrictions of keys write them.

use std::net::{IpAddr, Ipv6Addr};

use super::policy::PolicyError;

/// A network in CIDR spelling; a lone address is a network of one. IPv4 is kept as the IPv6 address
/// that stands for it (RFC 4291, section 2.5.5.2), so that both spellings of a caller compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    address: u128,
    /// How many leading bits count, of 32 or 128.
    length: u8,
    is_v4: bool,
}

impl Network {
    /// Reads one.
    ///
    /// # Errors
    /// The text is neither.
    pub(crate) fn parse(text: &str) -> Result<Self, PolicyError> {
        let wrong = || PolicyError::BadValue {
            value: text.to_owned(),
            wanted: "an address such as `203.0.113.2` or a network such as `192.0.2.0/24`",
        };
        let (address, length) = match text.trim().split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u8>().map_err(|_| wrong())?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let is_v4 = address.is_ipv4();
        let longest = if is_v4 { 32 } else { 128 };
        let length = length.unwrap_or(longest);
        if length > longest {
            return Err(wrong());
        }
        Ok(Self { address: wide(address), length, is_v4 })
    }

    /// Whether an address lies within.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        let counted = u32::from(self.length) + if self.is_v4 { 96 } else { 0 };
        let mask = u128::MAX.checked_shl(128 - counted).unwrap_or(0);
        (wide(address) ^ self.address) & mask == 0
    }

    /// Whether it is so large that anybody may come from it (OSS documentation, "Block public access").
    pub(crate) fn is_everybody(self) -> bool {
        self.length < if self.is_v4 { 8 } else { 32 }
    }
}

fn wide(address: IpAddr) -> u128 {
    let wide: Ipv6Addr = match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    u128::from(wide)
}
