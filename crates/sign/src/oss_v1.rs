//! OSS signature version 1: `Authorization: OSS <id>:<base64 HMAC-SHA-1>`.
//!
//! The resource is signed unencoded, with only those query parameters that name a sub-resource: what
//! a listing asks for (`prefix`, `max-keys`, …) is not covered, except `continuation-token`.

use claviger_model::Secret;
use jiff::Timestamp;

use super::digest::hmac_sha1_base64;
use super::{Credentials, Malformed, Parts, http_date, parse_http_date, same};

/// The parameters that name a sub-resource, as the official client lists them.
const SUBRESOURCES: [&str; 81] = [
    "acl",
    "uploads",
    "uploadId",
    "partNumber",
    "location",
    "logging",
    "website",
    "referer",
    "lifecycle",
    "cors",
    "delete",
    "append",
    "position",
    "tagging",
    "objectMeta",
    "objectInfo",
    "stat",
    "bucketInfo",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "accessPoint",
    "accessPointPolicy",
    "encryption",
    "versions",
    "versioning",
    "versionId",
    "restore",
    "symlink",
    "callback",
    "callback-var",
    "qos",
    "qosInfo",
    "requestPayment",
    "x-oss-request-payer",
    "inventory",
    "inventoryId",
    "worm",
    "wormId",
    "wormExtend",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "transferAcceleration",
    "cname",
    "metaQuery",
    "resourceGroup",
    "continuation-token",
    "sequential",
    "status",
    "comp",
    "live",
    "vod",
    "vodPlaylist",
    "startTime",
    "endTime",
    "style",
    "styleName",
    "img",
    "asyncFetch",
    "x-oss-process",
    "x-oss-async-process",
    "x-oss-traffic-limit",
    "x-oss-ac-source-ip",
    "x-oss-ac-subnet-mask",
    "x-oss-ac-vpc-id",
    "x-oss-ac-forward-allow",
    "x-oss-enable-md5",
    "x-oss-enable-sha1",
    "x-oss-enable-sha256",
    "x-oss-hash-ctx",
    "x-oss-md5-ctx",
    "regionList",
    "httpsConfig",
    "response-content-type",
    "response-content-language",
    "response-expires",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "security-token",
];

/// The text that is signed. `date` is the value of `x-oss-date` or `Date`, and for a pre-signed
/// address its `Expires`.
#[must_use]
pub fn string_to_sign(parts: &Parts, date: &str) -> String {
    let header = |name| parts.header(name).unwrap_or_default();
    let names = parts.header_names(|name| name.starts_with("x-oss-"));
    format!(
        "{}\n{}\n{}\n{date}\n{}{}",
        parts.method,
        header("content-md5"),
        header("content-type"),
        parts.header_lines(&names),
        canonical_resource(parts),
    )
}

/// The path with its sub-resources.
#[must_use]
pub fn canonical_resource(parts: &Parts) -> String {
    let mut signed: Vec<&(String, String)> =
        parts.query.iter().filter(|(name, _)| SUBRESOURCES.contains(&name.as_str())).collect();
    signed.sort_unstable();
    let written: Vec<String> = signed
        .into_iter()
        .map(|(name, value)| match value.is_empty() {
            true => name.clone(),
            false => format!("{name}={value}"),
        })
        .collect();
    match written.is_empty() {
        true => parts.path.clone(),
        false => format!("{}?{}", parts.path, written.join("&")),
    }
}

/// The signature of a text.
#[must_use]
pub fn signature(secret: &Secret, string_to_sign: &str) -> String {
    hmac_sha1_base64(secret.reveal().as_bytes(), string_to_sign)
}

/// Adds `date`, the token of a temporary credential, and `authorization`.
pub fn sign(parts: &mut Parts, credentials: &Credentials, now: Timestamp) {
    let date = http_date(now);
    parts.set_header("date", &date);
    if let Some(token) = &credentials.security_token {
        parts.set_header("x-oss-security-token", token.reveal());
    }
    let signature = signature(&credentials.secret, &string_to_sign(parts, &date));
    parts.set_header("authorization", &format!("OSS {}:{signature}", credentials.access_key_id));
}

/// Adds the query parameters that let anybody send the request until `expires_at`.
pub fn presign(parts: &mut Parts, credentials: &Credentials, expires_at: Timestamp) {
    let expires = expires_at.as_second().to_string();
    if let Some(token) = &credentials.security_token {
        parts.push_query("security-token", token.reveal());
    }
    let signature = signature(&credentials.secret, &string_to_sign(parts, &expires));
    parts.push_query("OSSAccessKeyId", &credentials.access_key_id);
    parts.push_query("Expires", &expires);
    parts.push_query("Signature", &signature);
}

/// What a received request claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// Whose key.
    pub access_key_id: String,
    /// The signature it carries.
    pub signature: String,
    /// When it says it was signed; `None` for a pre-signed address or an unreadable date.
    pub time: Option<Timestamp>,
    /// Until when it may be sent; `None` unless it is a pre-signed address.
    pub expires_at: Option<Timestamp>,
    /// The token of a temporary credential.
    pub security_token: Option<String>,
    /// The line of the signed text that holds the date or the expiry.
    date: String,
}

impl Presented {
    /// Reads the claim out of the `authorization` header or the query; `None` when the request
    /// carries no signature of this kind.
    ///
    /// # Errors
    /// A signature of this kind is there and a part of it is missing.
    pub fn parse(parts: &Parts) -> Result<Option<Self>, Malformed> {
        if let Some(rest) = parts.header("authorization").and_then(|text| text.strip_prefix("OSS "))
        {
            let (id, signature) =
                rest.trim().rsplit_once(':').ok_or(Malformed::new("Authorization"))?;
            let date = parts.header("x-oss-date").or_else(|| parts.header("date"));
            let date = date.ok_or(Malformed::new("Date"))?;
            return Ok(Some(Self {
                access_key_id: id.to_owned(),
                signature: signature.to_owned(),
                time: parse_http_date(date).or_else(|| super::parse_basic(date)),
                expires_at: None,
                security_token: parts.header("x-oss-security-token").map(str::to_owned),
                date: date.to_owned(),
            }));
        }
        let Some(id) = parts.query_value("OSSAccessKeyId") else { return Ok(None) };
        let expires = parts.query_value("Expires").ok_or(Malformed::new("Expires"))?;
        let seconds = expires.parse().map_err(|_| Malformed::new("Expires"))?;
        let expires_at = Timestamp::from_second(seconds).map_err(|_| Malformed::new("Expires"))?;
        Ok(Some(Self {
            access_key_id: id.to_owned(),
            signature: parts
                .query_value("Signature")
                .ok_or(Malformed::new("Signature"))?
                .to_owned(),
            time: None,
            expires_at: Some(expires_at),
            security_token: parts.query_value("security-token").map(str::to_owned),
            date: expires.to_owned(),
        }))
    }

    /// The text that the sender must have signed.
    #[must_use]
    pub fn string_to_sign(&self, parts: &Parts) -> String {
        string_to_sign(parts, &self.date)
    }

    /// Whether the signature was made with this secret over this request.
    #[must_use]
    pub fn matches(&self, parts: &Parts, secret: &Secret) -> bool {
        same(&signature(secret, &self.string_to_sign(parts)), &self.signature)
    }
}
