//! OSS signature version 4: `OSS4-HMAC-SHA256`, bound to a day, a region and the service.
//!
//! The bucket stands in the canonical path even where the address has it in the host. An empty query
//! value is written without `=`. The body is never hashed.

use claviger_model::Secret;
use jiff::{SignedDuration, Timestamp};

use super::digest::chained;
use super::encode::canonical_query;
use super::{
    Credentials, Malformed, Parts, UNSIGNED_PAYLOAD, basic, day, encode_path, field, fields,
    parse_basic, same, sha256_hex, split_credential,
};

const ALGORITHM: &str = "OSS4-HMAC-SHA256";
const TERMINATOR: &str = "aliyun_v4_request";
/// Headers beside `x-oss-*` that are always signed when they are there.
const SIGNED_ALWAYS: [&str; 2] = ["content-type", "content-md5"];
/// The one query parameter that a pre-signed address cannot sign.
const SIGNATURE_PARAMETER: &str = "x-oss-signature";

/// The canonical request. `additional` are the lower-case names of further signed headers.
#[must_use]
pub fn canonical_request(parts: &Parts, additional: &[String]) -> String {
    let query: Vec<(String, String)> =
        parts.query.iter().filter(|(name, _)| name != SIGNATURE_PARAMETER).cloned().collect();
    let names = parts.header_names(|name| {
        is_signed_anyway(name) || additional.iter().any(|wanted| wanted == name)
    });
    let mut additional: Vec<&str> =
        additional.iter().map(String::as_str).filter(|name| !is_signed_anyway(name)).collect();
    additional.sort_unstable();
    format!(
        "{}\n{}\n{}\n{}\n{}\n{}",
        parts.method,
        encode_path(&parts.path),
        canonical_query(&query, true),
        parts.header_lines(&names),
        additional.join(";"),
        parts.header("x-oss-content-sha256").unwrap_or(UNSIGNED_PAYLOAD),
    )
}

fn is_signed_anyway(name: &str) -> bool {
    name.starts_with("x-oss-") || SIGNED_ALWAYS.contains(&name)
}

/// `20260102/cn-hangzhou/oss/aliyun_v4_request`; the region without `oss-`.
#[must_use]
pub fn scope(date: &str, region: &str) -> String {
    format!("{date}/{region}/oss/{TERMINATOR}")
}

/// The text that is signed. `time` as in `x-oss-date`, whose day is the scope's.
#[must_use]
pub fn string_to_sign(parts: &Parts, additional: &[String], time: &str, scope: &str) -> String {
    let hash = sha256_hex(canonical_request(parts, additional).as_bytes());
    format!("{ALGORITHM}\n{time}\n{scope}\n{hash}")
}

/// The signature of a text; `date` and `region` as in its scope.
#[must_use]
pub fn signature(secret: &Secret, date: &str, region: &str, string_to_sign: &str) -> String {
    chained("aliyun_v4", secret, &[date, region, "oss", TERMINATOR], string_to_sign)
}

/// Adds `x-oss-date`, `x-oss-content-sha256`, the token of a temporary credential, and
/// `authorization`.
pub fn sign(parts: &mut Parts, credentials: &Credentials, region: &str, now: Timestamp) {
    sign_with(parts, credentials, region, now, &[]);
}

/// The same with further headers signed, named in lower case.
pub fn sign_with(
    parts: &mut Parts,
    credentials: &Credentials,
    region: &str,
    now: Timestamp,
    additional: &[String],
) {
    parts.set_header("x-oss-date", &basic(now));
    parts.set_header("x-oss-content-sha256", UNSIGNED_PAYLOAD);
    if let Some(token) = &credentials.security_token {
        parts.set_header("x-oss-security-token", token.reveal());
    }
    let scope = scope(&day(now), region);
    let text = string_to_sign(parts, additional, &basic(now), &scope);
    let signature = signature(&credentials.secret, &day(now), region, &text);
    let listed = match additional.is_empty() {
        true => String::new(),
        false => format!(",AdditionalHeaders={}", sorted(additional).join(";")),
    };
    let id = &credentials.access_key_id;
    parts.set_header(
        "authorization",
        &format!("{ALGORITHM} Credential={id}/{scope}{listed},Signature={signature}"),
    );
}

fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names
}

/// Adds the query parameters that let anybody send the request for `expires_seconds`.
pub fn presign(
    parts: &mut Parts,
    credentials: &Credentials,
    region: &str,
    now: Timestamp,
    expires_seconds: u32,
) {
    let scope = scope(&day(now), region);
    parts.push_query("x-oss-signature-version", ALGORITHM);
    parts.push_query("x-oss-date", &basic(now));
    parts.push_query("x-oss-expires", &expires_seconds.to_string());
    parts.push_query("x-oss-credential", &format!("{}/{scope}", credentials.access_key_id));
    if let Some(token) = &credentials.security_token {
        parts.push_query("x-oss-security-token", token.reveal());
    }
    let text = string_to_sign(parts, &[], &basic(now), &scope);
    let signature = signature(&credentials.secret, &day(now), region, &text);
    parts.push_query(SIGNATURE_PARAMETER, &signature);
}

/// What a received request claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// Whose key.
    pub access_key_id: String,
    /// The signature it carries.
    pub signature: String,
    /// Day of the scope: `20260102`. The verifier checks that it is the day of `time`.
    pub date: String,
    /// Region of the scope, without `oss-`.
    pub region: String,
    /// Lower-case names of the further signed headers.
    pub additional_headers: Vec<String>,
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
            let time = parts.header("x-oss-date").ok_or(Malformed::new("x-oss-date"))?;
            let additional = field(&fields, "AdditionalHeaders").unwrap_or_default();
            return Self::assemble(
                field(&fields, "Credential")?,
                field(&fields, "Signature")?,
                time,
                additional,
                parts.header("x-oss-security-token"),
            )
            .map(Some);
        }
        if parts.query_value("x-oss-signature-version") != Some(ALGORITHM) {
            return Ok(None);
        }
        let value = |name: &'static str| parts.query_value(name).ok_or(Malformed::new(name));
        let mut presented = Self::assemble(
            value("x-oss-credential")?,
            value(SIGNATURE_PARAMETER)?,
            value("x-oss-date")?,
            parts.query_value("x-oss-additional-headers").unwrap_or_default(),
            parts.query_value("x-oss-security-token"),
        )?;
        let seconds: u32 =
            value("x-oss-expires")?.parse().map_err(|_| Malformed::new("x-oss-expires"))?;
        let end = presented.time.checked_add(SignedDuration::from_secs(i64::from(seconds)));
        presented.expires_at = Some(end.map_err(|_| Malformed::new("x-oss-expires"))?);
        Ok(Some(presented))
    }

    fn assemble(
        credential: &str,
        signature: &str,
        time: &str,
        additional: &str,
        token: Option<&str>,
    ) -> Result<Self, Malformed> {
        let (access_key_id, [date, region, service, terminator]) = split_credential(credential)?;
        if service != "oss" || terminator != TERMINATOR {
            return Err(Malformed::new("Credential"));
        }
        Ok(Self {
            access_key_id,
            signature: signature.to_owned(),
            date,
            region,
            additional_headers: additional
                .split(';')
                .filter(|name| !name.is_empty())
                .map(str::to_ascii_lowercase)
                .collect(),
            time: parse_basic(time).ok_or(Malformed::new("x-oss-date"))?,
            expires_at: None,
            security_token: token.map(str::to_owned),
        })
    }

    /// The canonical request that the sender must have built.
    #[must_use]
    pub fn canonical_request(&self, parts: &Parts) -> String {
        canonical_request(parts, &self.additional_headers)
    }

    /// The text that the sender must have signed.
    #[must_use]
    pub fn string_to_sign(&self, parts: &Parts) -> String {
        let scope = scope(&self.date, &self.region);
        string_to_sign(parts, &self.additional_headers, &basic(self.time), &scope)
    }

    /// Whether the signature was made with this secret over this request.
    #[must_use]
    pub fn matches(&self, parts: &Parts, secret: &Secret) -> bool {
        let text = self.string_to_sign(parts);
        same(&signature(secret, &self.date, &self.region, &text), &self.signature)
    }
}
