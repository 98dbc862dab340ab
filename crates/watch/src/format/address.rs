//! An address of a client as one text, however the log writes it.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::borrow::Cow;

/// The address alone: without the port (`192.0.2.1:4711`, `[2001:db8::1]:80`, which is another one
/// each time) and with IPv4 in IPv6 (`::ffff:192.0.2.1`) as IPv4. What is no address (`Internal`, a
/// service's name, a masked one) stays as it is.
pub(super) fn plain(text: Cow<'_, str>) -> Cow<'_, str> {
    // Only the shortest way to write an IPv4 address is read as one.
    if text.parse::<Ipv4Addr>().is_ok() {
        return text;
    }
    let ip = text.parse::<IpAddr>().ok();
    let ip = ip.or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    ip.map_or(text, |ip| Cow::Owned(ip.to_canonical().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_one_text() {
        for text in ["192.0.2.1", "192.0.2.1:4711", "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:80"] {
            assert_eq!(plain(text.into()), "192.0.2.1");
        }
        for text in ["2001:db8::1", "Internal", "08.1.250.216", "xx.xx.xx.xx", ""] {
            assert_eq!(plain(text.into()), text);
        }
    }
}
