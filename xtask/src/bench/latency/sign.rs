//! The two oldest signatures of Alibaba Cloud, as a thief's script makes them: OSS V1 and RPC V1, both
//! HMAC-SHA-1. Written here once more, so that the bench shares no code with what it measures.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;

/// Everything but the unreserved (RFC 3986, section 2.3).
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The same with `/` kept.
const RESERVED_IN_PATH: AsciiSet = RESERVED.remove(b'/');

/// Query parameters that name a sub-resource and are signed with the path.
const SUBRESOURCES: [&str; 2] = ["acl", "logging"];

/// A key pair of the practice cloud.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// The access key id.
    pub(crate) id: String,
    /// Its secret.
    pub(crate) secret: String,
    /// The user it belongs to; empty for the account's own.
    pub(crate) user: String,
}

fn hmac_sha1(key: &str, text: &str) -> anyhow::Result<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes())?;
    mac.update(text.as_bytes());
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}

/// A name or value as a query has it.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, &RESERVED).to_string()
}

/// A path as a request line has it.
pub(super) fn encode_path(path: &str) -> String {
    utf8_percent_encode(path, &RESERVED_IN_PATH).to_string()
}

/// The `date` and `authorization` headers of an OSS request for a path that is not encoded.
pub(super) fn oss_v1(
    key: &Key,
    method: &str,
    path: &str,
    query: &str,
    now: Timestamp,
) -> anyhow::Result<(String, String)> {
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let resource = match SUBRESOURCES.contains(&query) {
        true => format!("{path}?{query}"),
        false => path.to_owned(),
    };
    let signature = hmac_sha1(&key.secret, &format!("{method}\n\n\n{date}\n{resource}"))?;
    Ok((date, format!("OSS {}:{signature}", key.id)))
}

/// The query of a signed call to the accounts' API.
pub(super) fn rpc_v1(
    key: &Key,
    action: &str,
    parameters: &[(&str, &str)],
    nonce: &str,
    now: Timestamp,
) -> anyhow::Result<String> {
    let time = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let own = [
        ("AccessKeyId", key.id.as_str()),
        ("Action", action),
        ("Format", "JSON"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureNonce", nonce),
        ("SignatureVersion", "1.0"),
        ("Timestamp", &time),
        ("Version", "2015-05-01"),
    ];
    let all = own.iter().chain(parameters);
    let mut pairs: Vec<String> =
        all.map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.sort_unstable();
    let query = pairs.join("&");
    let text = format!("GET&%2F&{}", encode(&query));
    let signature = hmac_sha1(&format!("{}&", key.secret), &text)?;
    Ok(format!("{query}&Signature={}", encode(&signature)))
}
