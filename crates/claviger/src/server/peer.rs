//! The address that a request comes from.
//!
//! Behind a proxy on the same machine it is the one that the proxy names last in `X-Forwarded-For`; a proxy
//! elsewhere is not believed, because whoever asks could say the same.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::serve::IncomingStream;

use super::patience::Patient;

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PeerAddress(SocketAddr);

impl Connected<IncomingStream<'_, Patient>> for PeerAddress {
    fn connect_info(stream: IncomingStream<'_, Patient>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Who asks, by address; `None` where the server does not know.
pub(crate) struct Peer(pub(crate) Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<PeerAddress>>();
        Ok(Self(peer.and_then(|ConnectInfo(PeerAddress(peer))| asker(peer.ip(), &parts.headers))))
    }
}

/// `None` where a proxy on this machine names somebody who cannot be read: that is nobody here.
fn asker(peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
    if !peer.to_canonical().is_loopback() {
        return Some(peer);
    }
    match headers.get_all("x-forwarded-for").iter().next_back() {
        None => Some(peer),
        Some(line) => line.to_str().ok()?.rsplit(',').next()?.trim().parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_on_this_machine_is_believed_and_only_its_own_word() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "203.0.113.9, 198.51.100.4".parse().unwrap());
        let near: IpAddr = "127.0.0.1".parse().unwrap();
        let far: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!(asker(near, &headers), Some("198.51.100.4".parse().unwrap()));
        assert_eq!(asker(far, &headers), Some(far));
        assert_eq!(asker(near, &HeaderMap::new()), Some(near));
        for unreadable in ["203.0.113.9:4711", "unknown", ""] {
            headers.insert("x-forwarded-for", unreadable.parse().unwrap());
            assert_eq!(asker(near, &headers), None, "{unreadable:?} is not this machine");
        }
    }
}
