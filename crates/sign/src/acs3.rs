//! `ACS3-HMAC-SHA256`, the signature of Alibaba Cloud's RPC and ROA calls: RAM, KMS, STS, SMS.
//!
//! The key is the secret itself, without a chain. An empty query value keeps its `=`. Which headers
//! are signed is the sender's choice; official clients sign all they hold.

use claviger_model::Secret;
use jiff::Timestamp;

use super::digest::hmac_sha256;
use super::encode::canonical_query;
use super::{
    Credentials, Malformed, Parts, encode_path, extended, field, fields, parse_extended, same,
    sha256_hex,
};

const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// The canonical request over `signed_headers`, which are lower-case names.
#[must_use]
pub fn canonical_request(parts: &Parts, signed_headers: &[String]) -> String {
    let mut names = signed_headers.to_vec();
    names.sort_unstable();
    format!(
        "{}\n{}\n{}\n{}\n{}\n{}",
        parts.method,
        encode_path(&parts.path),
        canonical_query(&parts.query, false),
        parts.header_lines(&names),
        names.join(";"),
        parts.header("x-acs-content-sha256").unwrap_or(&parts.payload_sha256),
    )
}

/// The text that is signed.
#[must_use]
pub fn string_to_sign(parts: &Parts, signed_headers: &[String]) -> String {
    let hash = sha256_hex(canonical_request(parts, signed_headers).as_bytes());
    format!("{ALGORITHM}\n{hash}")
}

/// The signature of a text.
#[must_use]
pub fn signature(secret: &Secret, string_to_sign: &str) -> String {
    hex::encode(hmac_sha256(secret.reveal().as_bytes(), string_to_sign))
}

/// Adds the date, the nonce, the hash of the body, the token of a temporary credential, and
/// `authorization`. Signs `host`, `content-type` and every `x-acs-*`: the caller has set `host`,
/// `x-acs-action` and `x-acs-version`. A nonce is used once, also when the call is repeated.
pub fn sign(parts: &mut Parts, credentials: &Credentials, nonce: &str, now: Timestamp) {
    parts.set_header("x-acs-date", &extended(now));
    parts.set_header("x-acs-signature-nonce", nonce);
    let payload = parts.payload_sha256.clone();
    parts.set_header("x-acs-content-sha256", &payload);
    if let Some(token) = &credentials.security_token {
        parts.set_header("x-acs-security-token", token.reveal());
        parts.set_header("x-acs-accesskey-id", &credentials.access_key_id);
    }
    let names = parts.header_names(|name| {
        name == "host" || name == "content-type" || name.starts_with("x-acs-")
    });
    let signature = signature(&credentials.secret, &string_to_sign(parts, &names));
    let (id, names) = (&credentials.access_key_id, names.join(";"));
    parts.set_header(
        "authorization",
        &format!("{ALGORITHM} Credential={id},SignedHeaders={names},Signature={signature}"),
    );
}

/// What a received request claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// Whose key.
    pub access_key_id: String,
    /// The signature it carries.
    pub signature: String,
    /// Lower-case names of the signed headers. The verifier checks that `host` and every `x-acs-*`
    /// that it acts on are among them.
    pub signed_headers: Vec<String>,
    /// When it says it was signed.
    pub time: Timestamp,
    /// What makes it unrepeatable.
    pub nonce: String,
    /// The token of a temporary credential.
    pub security_token: Option<String>,
}

impl Presented {
    /// Reads the claim out of the `authorization` header; `None` when the request carries no
    /// signature of this kind.
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
        let header = |name: &'static str| parts.header(name).ok_or(Malformed::new(name));
        Ok(Some(Self {
            access_key_id: field(&fields, "Credential")?.to_owned(),
            signature: field(&fields, "Signature")?.to_owned(),
            signed_headers: field(&fields, "SignedHeaders")?
                .split(';')
                .map(str::to_ascii_lowercase)
                .collect(),
            time: parse_extended(header("x-acs-date")?).ok_or(Malformed::new("x-acs-date"))?,
            nonce: header("x-acs-signature-nonce")?.to_owned(),
            security_token: parts.header("x-acs-security-token").map(str::to_owned),
        }))
    }

    /// The canonical request that the sender must have built.
    #[must_use]
    pub fn canonical_request(&self, parts: &Parts) -> String {
        canonical_request(parts, &self.signed_headers)
    }

    /// The text that the sender must have signed.
    #[must_use]
    pub fn string_to_sign(&self, parts: &Parts) -> String {
        string_to_sign(parts, &self.signed_headers)
    }

    /// Whether the signature was made with this secret over this request, and the hash that it
    /// covers is that of the body received.
    #[must_use]
    pub fn matches(&self, parts: &Parts, secret: &Secret) -> bool {
        let claimed = parts.header("x-acs-content-sha256").unwrap_or(&parts.payload_sha256);
        same(claimed, &parts.payload_sha256)
            && same(&signature(secret, &self.string_to_sign(parts)), &self.signature)
    }
}
