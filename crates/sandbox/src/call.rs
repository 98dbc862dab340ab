//! One request to the practice cloud as it came over the wire, read whole.
//!
//! The path and the query stay as sent beside their decoded forms: signatures are computed over one
//! and the access log shows the other.

use std::net::{IpAddr, SocketAddr};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, header};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use crate::refusal::Refusal;
use crate::world::random_bytes;

/// Largest body taken: enough for practice, small enough for a laptop. The real limit is 5 GiB.
pub(crate) const BODY_BYTES_MAX: usize = 256 << 20;

/// One request.
pub(crate) struct Call {
    /// `GET`, `PUT`, ….
    pub(crate) method: Method,
    /// Path as sent, percent-encoded, beginning with `/`.
    pub(crate) path: String,
    /// Query as sent, without `?`; empty when there is none.
    pub(crate) raw_query: String,
    /// Query decoded, in order; a parameter without `=` has an empty value.
    pub(crate) query: Vec<(String, String)>,
    /// `HTTP/1.1`.
    pub(crate) version: String,
    /// Headers.
    pub(crate) headers: HeaderMap,
    /// Body.
    pub(crate) body: Bytes,
    /// Where it came from, or is said to come from.
    pub(crate) source_ip: IpAddr,
    /// When it came.
    pub(crate) received_at: Timestamp,
    /// Names it in answer and log: 24 upper-case hex digits, as OSS spells it.
    pub(crate) request_id: String,
    /// Whether the body was longer than [`BODY_BYTES_MAX`] (it is then empty here).
    too_large: bool,
}

impl Call {
    /// Reads a request whole.
    pub(crate) async fn read(request: Request<Body>, peer: SocketAddr) -> Self {
        let received_at = Timestamp::now();
        let (head, body) = request.into_parts();
        let (body, too_large) = match to_bytes(body, BODY_BYTES_MAX).await {
            Ok(body) => (body, false),
            Err(_) => (Bytes::new(), true),
        };
        let raw_query = head.uri.query().unwrap_or_default().to_owned();
        Self {
            method: head.method,
            path: head.uri.path().to_owned(),
            query: decode_query(&raw_query),
            raw_query,
            version: format!("{:?}", head.version),
            source_ip: crate::source_ip(&head.headers, peer),
            headers: head.headers,
            body,
            received_at,
            request_id: request_id(),
            too_large,
        }
    }

    /// The decoded value of a query parameter; `Some("")` when it stands without a value.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The value of a header, where it is readable text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The value of a header as text, whatever bytes it holds.
    pub(crate) fn header_lossy(&self, name: &str) -> Option<String> {
        self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    /// The `Host` header with its port.
    pub(crate) fn host(&self) -> &str {
        self.header(header::HOST.as_str()).unwrap_or_default()
    }

    /// Path and query as sent.
    pub(crate) fn uri(&self) -> String {
        if self.raw_query.is_empty() {
            return self.path.clone();
        }
        format!("{}?{}", self.path, self.raw_query)
    }

    /// Bytes of the whole request: request line, headers, body.
    pub(crate) fn request_length(&self) -> usize {
        let line = self.method.as_str().len() + self.uri().len() + self.version.len() + 4;
        let headers: usize =
            self.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        line + headers + 2 + self.body.len()
    }

    /// Refuses a body that was too long to be taken.
    pub(crate) fn check_length(&self) -> Result<(), Refusal> {
        if self.too_large { Err(Refusal::EntityTooLarge) } else { Ok(()) }
    }
}

/// A fresh request id. Without random bytes it is all zeros: the request is still answered.
fn request_id() -> String {
    hex::encode_upper(random_bytes(12).unwrap_or_else(|_| vec![0; 12]))
}

/// In a query a `+` is a blank, as in forms: official clients write blanks both ways.
fn decode_query(raw: &str) -> Vec<(String, String)> {
    raw.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode_form(name), decode_form(value))
        })
        .collect()
}

fn decode_form(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::decode_query;

    #[test]
    fn a_query_is_decoded_pair_by_pair() {
        let pairs = decode_query("acl&prefix=a%2Fb+c&&x==y&%E7%8C%AB=");
        let expected = [("acl", ""), ("prefix", "a/b c"), ("x", "=y"), ("猫", "")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pairs, expected);
    }
}
