//! Request signatures: the bytes that prove who sent a request, for the side that signs and the side
//! that verifies.
//!
//! `sealed` is no signature: it is how MinIO encrypts bodies with the secret that signs.
//!
//! Pure: no clock, no network, no randomness; time and nonce are arguments. One file a signature, each
//! with the same shape: `string_to_sign`, `signature`, `sign`, and `Presented`, what a received request
//! claims. The facts come from the vendors' documents and from requests captured from their official
//! clients, which stand in `fixtures/`.

pub mod acs3;
pub mod oss_v1;
pub mod oss_v4;
pub mod rpc_v1;
pub mod sealed;
pub mod sig_v4;
pub mod sls_v4;

mod digest;
mod encode;
mod time;

use claviger_model::Secret;

pub use digest::{content_md5, sha256_hex};
pub use encode::{decode, encode, encode_path};
pub use time::{basic, day, extended, http_date, parse_basic, parse_extended, parse_http_date};

/// The literal that stands for the hash of a body that is not hashed.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The parts of a request that signatures speak of, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// `GET`, `PUT`, … in upper case.
    pub method: String,
    /// Decoded path, always with the bucket in it: `/bucket/key`, `/bucket/` for a bucket, `/` for the
    /// service, whatever the style of the address on the wire.
    pub path: String,
    /// Decoded query in any order; `?acl` and `?acl=` are both `("acl", "")`.
    pub query: Vec<(String, String)>,
    /// Lower-case names with trimmed values, in any order.
    pub headers: Vec<(String, String)>,
    /// Lower-case hex SHA-256 of the body, or [`UNSIGNED_PAYLOAD`]. OSS signatures do not read it.
    pub payload_sha256: String,
}

impl Parts {
    /// A request without query, headers and body.
    #[must_use]
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            payload_sha256: sha256_hex(b""),
        }
    }

    /// The first value of a header; the name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Sets a header, in place of any of the same name.
    pub fn set_header(&mut self, name: &str, value: &str) {
        let name = name.to_ascii_lowercase();
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.trim().to_owned()));
    }

    /// The first value of a query parameter.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Adds a query parameter.
    pub fn push_query(&mut self, name: &str, value: &str) {
        self.query.push((name.to_owned(), value.to_owned()));
    }

    /// The named header as a canonical line has it: several of one name joined by commas.
    fn joined_header(&self, name: &str) -> String {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.trim())
            .collect();
        values.join(",")
    }

    /// `name:value\n` for each of `names`, which the caller sorted.
    fn header_lines(&self, names: &[String]) -> String {
        names.iter().map(|name| format!("{name}:{}\n", self.joined_header(name))).collect()
    }

    /// The distinct header names that `keep` keeps, sorted.
    fn header_names(&self, keep: impl Fn(&str) -> bool) -> Vec<String> {
        let mut names: Vec<String> =
            self.headers.iter().map(|(name, _)| name.clone()).filter(|name| keep(name)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// What a caller signs with.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The public half.
    pub access_key_id: String,
    /// The secret half.
    pub secret: Secret,
    /// The token of a temporary credential.
    pub security_token: Option<Secret>,
}

/// A signature is there, but not in its documented form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the signature of the request is incomplete: {missing}")]
pub struct Malformed {
    /// What is missing or unreadable, such as `Credential`.
    pub missing: &'static str,
}

impl Malformed {
    fn new(missing: &'static str) -> Self {
        Self { missing }
    }
}

/// `Credential=a,SignedHeaders=b, Signature=c` as pairs; blanks after a comma are allowed because
/// some official clients write them.
fn fields(text: &str) -> Vec<(&str, &str)> {
    text.split(',').filter_map(|field| field.trim().split_once('=')).collect()
}

/// The value of one of those pairs.
fn field<'a>(fields: &[(&'a str, &'a str)], name: &'static str) -> Result<&'a str, Malformed> {
    fields
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, value)| *value)
        .ok_or(Malformed::new(name))
}

/// `<id>/<date>/<region>/<service>/<terminator>`; the id itself may hold slashes, so it is read from
/// the right.
fn split_credential(text: &str) -> Result<(String, [String; 4]), Malformed> {
    let mut pieces = text.rsplitn(5, '/');
    let mut next = || pieces.next().map(str::to_owned).ok_or(Malformed::new("Credential"));
    let (terminator, service, region, date) = (next()?, next()?, next()?, next()?);
    let id = next()?;
    if id.is_empty() {
        return Err(Malformed::new("Credential"));
    }
    Ok((id, [date, region, service, terminator]))
}

/// Whether two signatures are equal, in a time that does not tell how far they agree.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one.bytes().zip(other.bytes()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
