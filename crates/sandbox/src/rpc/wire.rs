//! Reads what the RPC style puts on the wire: parameters in the query and in a form.

use axum::body::Bytes;
use axum::http::request;
use claviger_cloud::sign::{self, Parts, sha256_hex};

/// The request as signatures see it.
pub(crate) fn parts(head: &request::Parts, body: &Bytes) -> Parts {
    let mut parts = Parts::new(head.method.as_str(), head.uri.path());
    parts.query = pairs(head.uri.query().unwrap_or_default());
    parts.headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    parts.payload_sha256 = sha256_hex(body);
    parts
}

/// The parameters of a form body; none where the body is no form.
pub(super) fn form(head: &request::Parts, body: &Bytes) -> Vec<(String, String)> {
    let kind = head.headers.get("content-type").and_then(|value| value.to_str().ok());
    let is_form = kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if is_form { pairs(&String::from_utf8_lossy(body)) } else { Vec::new() }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        sign::decode(&text).unwrap_or(text)
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn a_form_is_decoded_pair_by_pair() {
        let read = pairs("A=1&B=%7B%22a%22%3A+1%7D&&C");
        let expected = [("A", "1"), ("B", "{\"a\": 1}"), ("C", "")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
