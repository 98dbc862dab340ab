//! AWS Signature Version 4, for S3 and IAM and the stores that speak like them.
//!
//! S3 encodes the path once, every other service twice; an empty query value keeps its `=`. Bodies
//! sent in signed chunks are not made here; a verifier takes their `x-amz-content-sha256` as it is.

use claviger_model::Secret;
use jiff::{SignedDuration, Timestamp};

use super::digest::chained;
use super::encode::canonical_query;
use super::{
    Credentials, Malformed, Parts, UNSIGNED_PAYLOAD, basic, day, encode_path, field, fields,
    parse_basic, parse_http_date, same, sha256_hex, split_credential,
};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";
const SIGNATURE_PARAMETER: &str = "X-Amz-Signature";
/// Headers that proxies change on the way, and the signature itself.
const NEVER_SIGNED: [&str; 4] = ["authorization", "user-agent", "connection", "expect"];

/// What a signature is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// `20260102`.
    pub date: String,
    /// `us-east-1`.
    pub region: String,
    /// `s3` or `iam`.
    pub service: String,
}

impl Scope {
    /// `20260102/us-east-1/s3/aws4_request`.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}/{}/{}/{TERMINATOR}", self.date, self.region, self.service)
    }
}

/// The canonical request over `signed_headers`, which are lower-case names.
#[must_use]
pub fn canonical_request(parts: &Parts, signed_headers: &[String], service: &str) -> String {
    let query: Vec<(String, String)> =
        parts.query.iter().filter(|(name, _)| name != SIGNATURE_PARAMETER).cloned().collect();
    let path = match service {
        "s3" => encode_path(&parts.path),
        _ => encode_path(&encode_path(&parts.path)),
    };
    let mut names = signed_headers.to_vec();
    names.sort_unstable();
    let lines: String = names
        .iter()
        .map(|name| format!("{name}:{}\n", single_spaced(&parts.joined_header(name))))
        .collect();
    format!(
        "{}\n{path}\n{}\n{lines}\n{}\n{}",
        parts.method,
        canonical_query(&query, false),
        names.join(";"),
        payload(parts),
    )
}

/// The hash that the canonical request carries: what the request says of itself, else the body's.
fn payload(parts: &Parts) -> &str {
    if let Some(claimed) = parts.header("x-amz-content-sha256") {
        return claimed;
    }
    match parts.query_value("X-Amz-Algorithm") {
        Some(_) => parts.query_value("X-Amz-Content-Sha256").unwrap_or(UNSIGNED_PAYLOAD),
        None => &parts.payload_sha256,
    }
}

fn single_spaced(value: &str) -> String {
    value.split(' ').filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The text that is signed. `time` as in `x-amz-date`.
#[must_use]
pub fn string_to_sign(
    parts: &Parts,
    signed_headers: &[String],
    time: &str,
    scope: &Scope,
) -> String {
    let hash = sha256_hex(canonical_request(parts, signed_headers, &scope.service).as_bytes());
    format!("{ALGORITHM}\n{time}\n{}\n{hash}", scope.text())
}

/// The signature of a text.
#[must_use]
pub fn signature(secret: &Secret, scope: &Scope, string_to_sign: &str) -> String {
    let chain = [scope.date.as_str(), &scope.region, &scope.service, TERMINATOR];
    chained("AWS4", secret, &chain, string_to_sign)
}

/// Adds `x-amz-date`, for S3 `x-amz-content-sha256`, the token of a temporary credential, and
/// `authorization`. Signs every header that is there; the caller has set `host`.
pub fn sign(
    parts: &mut Parts,
    credentials: &Credentials,
    region: &str,
    service: &str,
    now: Timestamp,
) {
    parts.set_header("x-amz-date", &basic(now));
    if service == "s3" {
        let payload = parts.payload_sha256.clone();
        parts.set_header("x-amz-content-sha256", &payload);
    }
    if let Some(token) = &credentials.security_token {
        parts.set_header("x-amz-security-token", token.reveal());
    }
    let scope = Scope { date: day(now), region: region.to_owned(), service: service.to_owned() };
    let names = parts.header_names(|name| !NEVER_SIGNED.contains(&name));
    let text = string_to_sign(parts, &names, &basic(now), &scope);
    let signature = signature(&credentials.secret, &scope, &text);
    let (id, scope, names) = (&credentials.access_key_id, scope.text(), names.join(";"));
    parts.set_header(
        "authorization",
        &format!(
            "{ALGORITHM} Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"
        ),
    );
}

/// Adds the query parameters that let anybody send the request to S3 for `expires_seconds`.
pub fn presign(
    parts: &mut Parts,
    credentials: &Credentials,
    region: &str,
    now: Timestamp,
    expires_seconds: u32,
) {
    let scope = Scope { date: day(now), region: region.to_owned(), service: "s3".to_owned() };
    let names = parts.header_names(|name| !NEVER_SIGNED.contains(&name));
    parts.push_query("X-Amz-Algorithm", ALGORITHM);
    let credential = format!("{}/{}", credentials.access_key_id, scope.text());
    parts.push_query("X-Amz-Credential", &credential);
    parts.push_query("X-Amz-Date", &basic(now));
    parts.push_query("X-Amz-Expires", &expires_seconds.to_string());
    if let Some(token) = &credentials.security_token {
        parts.push_query("X-Amz-Security-Token", token.reveal());
    }
    parts.push_query("X-Amz-SignedHeaders", &names.join(";"));
    let text = string_to_sign(parts, &names, &basic(now), &scope);
    let signature = signature(&credentials.secret, &scope, &text);
    parts.push_query(SIGNATURE_PARAMETER, &signature);
}

/// What a received request claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// Whose key.
    pub access_key_id: String,
    /// The signature it carries.
    pub signature: String,
    /// What it is bound to. The verifier checks its day against `time`.
    pub scope: Scope,
    /// Lower-case names of the signed headers.
    pub signed_headers: Vec<String>,
    /// When it says it was signed.
    pub time: Timestamp,
    /// Until when it may be sent; `None` unless it is a pre-signed address.
    pub expires_at: Option<Timestamp>,
    /// The token of a temporary credential.
    pub security_token: Option<String>,
}

impl Presented {
    /// Reads the claim out of the `authorization` header or the query; `None` when the request
    /// carries no signature of this kind.
    ///
    /// # Errors
    /// A signature of this kind is there and a part of it is missing.
    pub fn parse(parts: &Parts) -> Result<Option<Self>, Malformed> {
        if let Some(rest) =
            parts.header("authorization").and_then(|text| text.strip_prefix(ALGORITHM))
        {
            let fields = fields(rest);
            return Self::assemble(
                field(&fields, "Credential")?,
                field(&fields, "SignedHeaders")?,
                field(&fields, "Signature")?,
                time_of_headers(parts).ok_or(Malformed::new("x-amz-date"))?,
                parts.header("x-amz-security-token"),
            )
            .map(Some);
        }
        if parts.query_value("X-Amz-Algorithm") != Some(ALGORITHM) {
            return Ok(None);
        }
        let value = |name: &'static str| parts.query_value(name).ok_or(Malformed::new(name));
        let time = parse_basic(value("X-Amz-Date")?).ok_or(Malformed::new("X-Amz-Date"))?;
        let mut presented = Self::assemble(
            value("X-Amz-Credential")?,
            value("X-Amz-SignedHeaders")?,
            value(SIGNATURE_PARAMETER)?,
            time,
            parts.query_value("X-Amz-Security-Token"),
        )?;
        let seconds: u32 =
            value("X-Amz-Expires")?.parse().map_err(|_| Malformed::new("X-Amz-Expires"))?;
        let end = time.checked_add(SignedDuration::from_secs(i64::from(seconds)));
        presented.expires_at = Some(end.map_err(|_| Malformed::new("X-Amz-Expires"))?);
        Ok(Some(presented))
    }

    fn assemble(
        credential: &str,
        signed_headers: &str,
        signature: &str,
        time: Timestamp,
        token: Option<&str>,
    ) -> Result<Self, Malformed> {
        let (access_key_id, [date, region, service, terminator]) = split_credential(credential)?;
        if terminator != TERMINATOR {
            return Err(Malformed::new("Credential"));
        }
        Ok(Self {
            access_key_id,
            signature: signature.to_owned(),
            scope: Scope { date, region, service },
            signed_headers: signed_headers.split(';').map(str::to_ascii_lowercase).collect(),
            time,
            expires_at: None,
            security_token: token.map(str::to_owned),
        })
    }

    /// The canonical request that the sender must have built.
    #[must_use]
    pub fn canonical_request(&self, parts: &Parts) -> String {
        canonical_request(parts, &self.signed_headers, &self.scope.service)
    }

    /// The text that the sender must have signed.
    #[must_use]
    pub fn string_to_sign(&self, parts: &Parts) -> String {
        string_to_sign(parts, &self.signed_headers, &basic(self.time), &self.scope)
    }

    /// Whether the signature was made with this secret over this request. It does not compare
    /// `x-amz-content-sha256` with the body: that header may also name a way of sending in chunks.
    #[must_use]
    pub fn matches(&self, parts: &Parts, secret: &Secret) -> bool {
        same(&signature(secret, &self.scope, &self.string_to_sign(parts)), &self.signature)
    }
}

fn time_of_headers(parts: &Parts) -> Option<Timestamp> {
    match parts.header("x-amz-date") {
        Some(text) => parse_basic(text),
        None => parts.header("date").and_then(|text| parse_http_date(text).or(parse_basic(text))),
    }
}
