//! Where addresses come from: networks as they really are announced, so that whatever knows addresses can say
//! something about these.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::bench::random::Random;

/// What kind of people and machines a network has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bench::detect) enum Kind {
    /// A region of Alibaba Cloud.
    Aliyun,
    /// A region of AWS.
    Aws,
    /// Another cloud, where hosted runners and notebooks live.
    OtherCloud,
    /// Lines of companies.
    Business,
    /// Lines of homes.
    Home,
    /// Telephones.
    Mobile,
    /// Rented servers, and the exits of private networks.
    Hosting,
    /// Tor exits.
    Tor,
}

/// A network.
#[derive(Debug)]
pub(in crate::bench::detect) struct Network {
    pub(in crate::bench::detect) kind: Kind,
    pub(in crate::bench::detect) country: &'static str,
    /// First address and length of each block.
    blocks: &'static [(Ipv4Addr, u8)],
}

const fn block(a: u8, b: u8, c: u8, length: u8) -> (Ipv4Addr, u8) {
    (Ipv4Addr::new(a, b, c, 0), length)
}

const fn network(kind: Kind, country: &'static str, blocks: &'static [(Ipv4Addr, u8)]) -> Network {
    Network { kind, country, blocks }
}

/// Blocks as registries and providers publish them.
pub(in crate::bench::detect) static NETWORKS: [Network; 44] = [
    network(Kind::Aliyun, "CN", &[block(47, 96, 0, 13), block(121, 40, 0, 14)]),
    network(Kind::Aliyun, "CN", &[block(39, 96, 0, 14), block(101, 200, 0, 15)]),
    network(Kind::Aliyun, "CN", &[block(120, 24, 0, 15), block(119, 23, 0, 16)]),
    network(Kind::Aliyun, "SG", &[block(47, 236, 0, 15), block(8, 219, 0, 16)]),
    network(Kind::Aliyun, "DE", &[block(47, 254, 128, 18), block(8, 209, 64, 18)]),
    network(Kind::Aws, "US", &[block(52, 0, 0, 15), block(54, 160, 0, 13), block(3, 80, 0, 12)]),
    network(Kind::Aws, "US", &[block(34, 208, 0, 12), block(54, 184, 0, 13)]),
    network(Kind::Aws, "IE", &[block(34, 240, 0, 13), block(52, 208, 0, 13)]),
    network(Kind::Aws, "DE", &[block(18, 184, 0, 15), block(3, 64, 0, 12)]),
    network(Kind::Aws, "SG", &[block(13, 228, 0, 15), block(52, 76, 0, 15)]),
    network(Kind::OtherCloud, "US", &[block(20, 40, 0, 13), block(40, 76, 0, 14)]),
    network(Kind::OtherCloud, "US", &[block(35, 184, 0, 13), block(34, 64, 0, 11)]),
    network(Kind::OtherCloud, "NL", &[block(20, 86, 0, 16), block(51, 144, 0, 15)]),
    network(Kind::Business, "US", &[block(12, 0, 0, 9), block(64, 128, 0, 11)]),
    network(Kind::Business, "GB", &[block(62, 172, 0, 16), block(213, 120, 0, 14)]),
    network(Kind::Business, "DE", &[block(62, 153, 0, 16), block(80, 146, 0, 15)]),
    network(Kind::Business, "CN", &[block(218, 1, 0, 16), block(116, 228, 0, 14)]),
    network(Kind::Business, "CN", &[block(202, 96, 0, 14), block(61, 152, 0, 14)]),
    network(Kind::Business, "SG", &[block(203, 116, 0, 15)]),
    network(Kind::Home, "US", &[block(73, 0, 0, 8), block(98, 192, 0, 10)]),
    network(Kind::Home, "US", &[block(71, 160, 0, 11), block(108, 0, 0, 11)]),
    network(Kind::Home, "DE", &[block(79, 192, 0, 10), block(87, 128, 0, 11)]),
    network(Kind::Home, "GB", &[block(86, 128, 0, 11), block(82, 0, 0, 11)]),
    network(Kind::Home, "FR", &[block(90, 0, 0, 9), block(86, 192, 0, 11)]),
    network(Kind::Home, "CN", &[block(115, 192, 0, 11), block(60, 176, 0, 12)]),
    network(Kind::Home, "CN", &[block(123, 112, 0, 12), block(114, 240, 0, 12)]),
    network(Kind::Home, "IN", &[block(49, 32, 0, 11), block(106, 192, 0, 11)]),
    network(Kind::Home, "BR", &[block(177, 0, 0, 11), block(187, 0, 0, 11)]),
    network(Kind::Home, "RU", &[block(95, 24, 0, 13), block(178, 64, 0, 13)]),
    network(Kind::Mobile, "CN", &[block(117, 136, 0, 16), block(223, 104, 0, 15)]),
    network(Kind::Mobile, "US", &[block(172, 32, 0, 11), block(174, 192, 0, 10)]),
    network(Kind::Mobile, "DE", &[block(109, 40, 0, 13), block(80, 187, 0, 16)]),
    network(Kind::Mobile, "GB", &[block(92, 40, 0, 14), block(188, 28, 0, 14)]),
    network(Kind::Hosting, "US", &[block(134, 209, 0, 16), block(159, 65, 0, 16)]),
    network(Kind::Hosting, "NL", &[block(188, 166, 0, 17), block(178, 62, 192, 18)]),
    network(Kind::Hosting, "FI", &[block(95, 216, 0, 15), block(65, 108, 0, 15)]),
    network(Kind::Hosting, "DE", &[block(116, 202, 0, 15), block(167, 235, 0, 16)]),
    network(Kind::Hosting, "FR", &[block(51, 68, 0, 16), block(145, 239, 0, 16)]),
    network(Kind::Hosting, "US", &[block(45, 76, 0, 16), block(149, 28, 0, 16)]),
    network(Kind::Hosting, "SG", &[block(139, 162, 0, 18), block(172, 104, 32, 19)]),
    network(Kind::Hosting, "RO", &[block(146, 70, 0, 16), block(37, 120, 128, 17)]),
    network(Kind::Hosting, "SE", &[block(193, 138, 218, 24), block(185, 213, 154, 24)]),
    network(Kind::Tor, "DE", &[block(185, 220, 100, 23), block(185, 220, 102, 24)]),
    network(Kind::Tor, "NL", &[block(192, 42, 116, 24), block(23, 129, 64, 24)]),
];

impl Network {
    /// One of a kind.
    pub(in crate::bench::detect) fn draw(random: &mut Random, kind: Kind) -> usize {
        let of_kind = NETWORKS.iter().enumerate().filter(|(_, network)| network.kind == kind);
        let places: Vec<usize> = of_kind.map(|(place, _)| place).collect();
        random.pick(&places).unwrap_or(0)
    }

    /// One of a kind, in a country where it has one.
    pub(in crate::bench::detect) fn near(random: &mut Random, kind: Kind, country: &str) -> usize {
        let fits =
            |(_, network): &(usize, &Self)| network.kind == kind && network.country == country;
        let places: Vec<usize> =
            NETWORKS.iter().enumerate().filter(fits).map(|(place, _)| place).collect();
        random.pick(&places).unwrap_or_else(|| Self::draw(random, kind))
    }

    /// An address of it.
    pub(in crate::bench::detect) fn address(&self, random: &mut Random) -> Source {
        let Some((first, length)) = random.pick(self.blocks) else { return Source::V4(0) };
        let hosts = 1_u64 << (32 - length);
        let host = u32::try_from(random.below(hosts)).unwrap_or(0);
        // The ends of a /24 are hardly ever hosts.
        let host = if (host & 0xFF) == 0 || (host & 0xFF) == 0xFF { host ^ 0x11 } else { host };
        Source::V4(u32::from(first) | host)
    }
}

/// Where a request came from, as the log has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::bench::detect) enum Source {
    /// An address.
    V4(u32),
    /// An address of IPv6: network and host.
    V6(u64, u64),
    /// A service of the provider, by its name.
    Service(&'static str),
}

impl Source {
    /// An address of a private network, as an endpoint inside the cloud sees it.
    pub(in crate::bench::detect) fn private(random: &mut Random, subnet: u32) -> Self {
        let host = random.whole(4, 250);
        Self::V4(u32::from(Ipv4Addr::new(10, 0, 0, 0)) | (subnet & 0xFFFF) << 8 | host)
    }

    /// Another address in the same /24 or /64.
    pub(in crate::bench::detect) fn neighbour(self, random: &mut Random) -> Self {
        match self {
            Self::V4(address) => Self::V4(address & 0xFFFF_FF00 | random.whole(2, 253)),
            Self::V6(network, _) => Self::V6(network, random.next() | 0x0200_0000_0000_0000),
            Self::Service(name) => Self::Service(name),
        }
    }

    /// The /24 or /48 around it.
    pub(in crate::bench::detect) fn prefix(self) -> Self {
        match self {
            Self::V4(address) => Self::V4(address & 0xFFFF_FF00),
            Self::V6(network, _) => Self::V6(network & 0xFFFF_FFFF_FFFF_0000, 0),
            Self::Service(name) => Self::Service(name),
        }
    }

    /// The number of its network in [`NETWORKS`]; `None` for private and unknown ones.
    pub(in crate::bench::detect) fn network(self) -> Option<usize> {
        let Self::V4(address) = self else { return None };
        NETWORKS.iter().position(|network| {
            network.blocks.iter().any(|(first, length)| {
                let mask = u32::MAX << (32 - length);
                address & mask == u32::from(*first) & mask
            })
        })
    }
}

impl core::fmt::Display for Source {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::V4(address) => Ipv4Addr::from(*address).fmt(f),
            Self::V6(network, host) => {
                Ipv6Addr::from(u128::from(*network) << 64 | u128::from(*host)).fmt(f)
            }
            Self::Service(name) => f.write_str(name),
        }
    }
}
