//! Log Service signature version 4: `SLS4-HMAC-SHA256`, bound to a day, a region and the service.
//!
//! Which headers are signed is not said in the `authorization` header: `content-type`, `host` and all of
//! `x-log-*` and `x-acs-*` that are there. The body's hash stands in `x-log-content-sha256`.

use claviger_model::Secret;
use jiff::Timestamp;

use super::digest::chained;
use super::encode::canonical_query;
use super::{
    Credentials, Malformed, Parts, basic, day, encode_path, field, fields, parse_basic, same,
    sha256_hex, split_credential,
};

const ALGORITHM: &str = "SLS4-HMAC-SHA256";
const TERMINATOR: &str = "aliyun_v4_request";
const HASH: &str = "x-log-content-sha256";
const DATE: &str = "x-log-date";
const TOKEN: &str = "x-acs-security-token";

/// The canonical request.
#[must_use]
pub fn canonical_request(parts: &Parts) -> String {
    let names = parts.header_names(|name| {
        matches!(name, "content-type" | "host")
            || name.starts_with("x-log-")
            || name.starts_with("x-acs-")
    });
    format!(
        "{}\n{}\n{}\n{}\n{}\n{}",
        parts.method,
        encode_path(&parts.path),
        canonical_query(&parts.query, true),
        parts.header_lines(&names),
        names.join(";"),
        parts.header(HASH).unwrap_or(&parts.payload_sha256),
    )
}

/// `20260102/cn-hangzhou/sls/aliyun_v4_request`.
#[must_use]
pub fn scope(date: &str, region: &str) -> String {
    format!("{date}/{region}/sls/{TERMINATOR}")
}

/// The text that is signed. `time` as in `x-log-date`, whose day is the scope's.
#[must_use]
pub fn string_to_sign(parts: &Parts, time: &str, scope: &str) -> String {
    let hash = sha256_hex(canonical_request(parts).as_bytes());
    format!("{ALGORITHM}\n{time}\n{scope}\n{hash}")
}

/// The signature of a text; `date` and `region` as in its scope.
#[must_use]
pub fn signature(secret: &Secret, date: &str, region: &str, string_to_sign: &str) -> String {
    chained("aliyun_v4", secret, &[date, region, "sls", TERMINATOR], string_to_sign)
}

/// Adds `x-log-date`, `x-log-content-sha256`, the token of a temporary credential, and
/// `authorization`.
pub fn sign(parts: &mut Parts, credentials: &Credentials, region: &str, now: Timestamp) {
    parts.set_header(DATE, &basic(now));
    let hash = parts.payload_sha256.clone();
    parts.set_header(HASH, &hash);
    if let Some(token) = &credentials.security_token {
        parts.set_header(TOKEN, token.reveal());
    }
    let scope = scope(&day(now), region);
    let text = string_to_sign(parts, &basic(now), &scope);
    let signature = signature(&credentials.secret, &day(now), region, &text);
    let id = &credentials.access_key_id;
    let value = format!("{ALGORITHM} Credential={id}/{scope},Signature={signature}");
    parts.set_header("authorization", &value);
}

/// What a received request claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// Whose key.
    pub access_key_id: String,
    /// The signature it carries.
    pub signature: String,
    /// Day of the scope: `20260102`.
    pub date: String,
    /// Region of the scope.
    pub region: String,
    /// When it says it was signed.
    pub time: Timestamp,
    /// The token of a temporary credential.
    pub security_token: Option<String>,
}

impl Presented {
    /// Reads the claim out of the `authorization` header; `None` when the request carries no signature
    /// of this kind.
    ///
    /// # Errors
    /// A signature of this kind is there and a part of it is missing.
    pub fn parse(parts: &Parts) -> Result<Option<Self>, Malformed> {
        let Some(rest) =
            parts.header("authorization").and_then(|text| text.strip_prefix(ALGORITHM))
        else {
            return Ok(None);
        };
        let fields = fields(rest);
        let (access_key_id, [date, region, service, terminator]) =
            split_credential(field(&fields, "Credential")?)?;
        if service != "sls" || terminator != TERMINATOR {
            return Err(Malformed::new("Credential"));
        }
        let time = parts.header(DATE).and_then(parse_basic).ok_or(Malformed::new(DATE))?;
        Ok(Some(Self {
            access_key_id,
            signature: field(&fields, "Signature")?.to_owned(),
            date,
            region,
            time,
            security_token: parts.header(TOKEN).map(str::to_owned),
        }))
    }

    /// Whether the signature was made with this secret over this request and its body.
    #[must_use]
    pub fn matches(&self, parts: &Parts, secret: &Secret) -> bool {
        let scope = scope(&self.date, &self.region);
        let text = string_to_sign(parts, &basic(self.time), &scope);
        parts.header(HASH) == Some(parts.payload_sha256.as_str())
            && same(&signature(secret, &self.date, &self.region, &text), &self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_own_example_has_its_signature() {
        let mut parts = Parts::new("POST", "/logstores");
        parts.payload_sha256 = sha256_hex(b"adasd= -asd zcas");
        let credentials = Credentials {
            access_key_id: "acsddda21dsd".to_owned(),
            secret: Secret::new("zxasdasdasw2".to_owned()),
            security_token: None,
        };
        let now = "2022-08-08T03:23:30Z".parse().unwrap();
        sign(&mut parts, &credentials, "cn-shanghai", now);
        let value = parts.header("authorization").unwrap();
        let expected = "8a10a5e723cb2e75964816de660b2c16a58af8bc0261f7f0722d832468c76ce8";
        assert!(value.ends_with(expected), "{value}");
        let presented = Presented::parse(&parts).unwrap().unwrap();
        assert!(presented.matches(&parts, &credentials.secret));
        parts.push_query("type", "log");
        assert!(!presented.matches(&parts, &credentials.secret));
    }
}
