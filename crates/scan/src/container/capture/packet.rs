//! One packet of a capture: from the link to what its transport carries.

/// A payload with the two ends that it travels between.
pub(super) struct Segment<'p> {
    /// `address:port > address:port`, with the transport before it.
    pub(super) flow: String,
    /// The number of its first byte in the stream; `None` where the transport has no order.
    pub(super) sequence: Option<u32>,
    /// Begins or ends a stream.
    pub(super) is_first: bool,
    pub(super) payload: &'p [u8],
}

/// Headers inside each other that are followed.
const HEADERS_MAX: u32 = 8;

/// The segment that a packet of a link type carries; `None` for anything but TCP and UDP over IP.
pub(super) fn segment(link: u32, packet: &[u8]) -> Option<Segment<'_>> {
    match link {
        // BSD loopback: the family in four bytes.
        0 | 108 => internet(packet.get(4..)?),
        1 => ethernet(packet.get(12..)?, 0),
        101 | 228 | 229 => internet(packet),
        // Linux, "any" device, in two versions.
        113 => ethernet(packet.get(14..)?, 0),
        276 => {
            let kind = packet.get(..2)?;
            matches!(kind, [8, 0] | [0x86, 0xDD]).then(|| internet(packet.get(20..)?))?
        }
        _ => None,
    }
}

/// From the type of an Ethernet frame on, over tags of networks.
fn ethernet(frame: &[u8], depth: u32) -> Option<Segment<'_>> {
    match frame {
        [0x08, 0x00, rest @ ..] | [0x86, 0xDD, rest @ ..] => internet(rest),
        [0x81, 0x00, _, _, rest @ ..] | [0x88, 0xA8, _, _, rest @ ..] if depth < HEADERS_MAX => {
            ethernet(rest, depth + 1)
        }
        _ => None,
    }
}

fn internet(packet: &[u8]) -> Option<Segment<'_>> {
    match packet.first()? >> 4 {
        4 => {
            let header = usize::from(packet[0] & 15) * 4;
            let total = usize::from(u16::from_be_bytes([*packet.get(2)?, *packet.get(3)?]));
            let fragment = u16::from_be_bytes([*packet.get(6)?, *packet.get(7)?]) & 0x1FFF;
            let end = if total >= header { total.min(packet.len()) } else { packet.len() };
            let data = packet.get(header..end)?;
            let address = |at: usize| {
                let four: [u8; 4] = *packet.get(at..)?.first_chunk()?;
                Some(core::net::Ipv4Addr::from(four).to_string())
            };
            // Later fragments have no ports: they belong to no flow that could be told.
            (fragment == 0).then(|| transport(packet[9], data, &address(12)?, &address(16)?))?
        }
        6 => {
            let (mut next, mut data) = (*packet.get(6)?, packet.get(40..)?);
            for _ in 0..HEADERS_MAX {
                // Options, routes and destinations come before the transport.
                if !matches!(next, 0 | 43 | 60) {
                    break;
                }
                let length = (usize::from(*data.get(1)?) + 1) * 8;
                next = data[0];
                data = data.get(length..)?;
            }
            let address = |at: usize| {
                let bytes: [u8; 16] = *packet.get(at..)?.first_chunk()?;
                Some(format!("[{}]", core::net::Ipv6Addr::from(bytes)))
            };
            transport(next, data, &address(8)?, &address(24)?)
        }
        _ => None,
    }
}

fn transport<'p>(kind: u8, data: &'p [u8], from: &str, to: &str) -> Option<Segment<'p>> {
    let port = |at: usize| data.get(at..at + 2).map(|two| u16::from_be_bytes([two[0], two[1]]));
    let name = match kind {
        6 => "tcp",
        17 => "udp",
        _ => return None,
    };
    let flow = format!("{name} {from}:{} > {to}:{}", port(0)?, port(2)?);
    if kind == 17 {
        let payload = data.get(8..)?;
        return Some(Segment { flow, sequence: None, is_first: false, payload });
    }
    let sequence = u32::from_be_bytes(*data.get(4..)?.first_chunk()?);
    let header = usize::from(data.get(12)? >> 4) * 4;
    let is_first = data.get(13)? & 2 != 0;
    Some(Segment { flow, sequence: Some(sequence), is_first, payload: data.get(header..)? })
}
