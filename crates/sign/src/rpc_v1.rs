//! The older signature of Alibaba Cloud's RPC calls: HMAC-SHA-1 over all parameters
//! (`SignatureVersion=1.0`), still spoken by clients of the first generation.
//!
//! Parameters of the query and of a form body are signed together, so they are one list here.

use claviger_model::Secret;
use jiff::Timestamp;

use super::digest::hmac_sha1_base64;
use super::encode::canonical_query;
use super::{Credentials, Malformed, Parts, encode, extended, parse_extended, same};

/// The text that is signed; `parameters` are those of query and form body, without `Signature`.
#[must_use]
pub fn string_to_sign(method: &str, parameters: &[(String, String)]) -> String {
    let signed: Vec<(String, String)> =
        parameters.iter().filter(|(name, _)| name != "Signature").cloned().collect();
    format!("{method}&%2F&{}", encode(&canonical_query(&signed, false)))
}

/// The signature of a text: the key is the secret with `&` behind it.
#[must_use]
pub fn signature(secret: &Secret, string_to_sign: &str) -> String {
    let key = Secret::new(format!("{}&", secret.reveal()));
    hmac_sha1_base64(key.reveal().as_bytes(), string_to_sign)
}

/// Adds the common parameters and `Signature` to the query. The caller has set `Action`, `Version`
/// and the call's own; `form` are the parameters that travel in the body.
pub fn sign(
    parts: &mut Parts,
    form: &[(String, String)],
    credentials: &Credentials,
    nonce: &str,
    now: Timestamp,
) {
    parts.push_query("AccessKeyId", &credentials.access_key_id);
    parts.push_query("Format", "JSON");
    parts.push_query("Timestamp", &extended(now));
    parts.push_query("SignatureMethod", "HMAC-SHA1");
    parts.push_query("SignatureVersion", "1.0");
    parts.push_query("SignatureNonce", nonce);
    if let Some(token) = &credentials.security_token {
        parts.push_query("SecurityToken", token.reveal());
    }
    let text = string_to_sign(&parts.method, &together(parts, form));
    parts.push_query("Signature", &signature(&credentials.secret, &text));
}

fn together(parts: &Parts, form: &[(String, String)]) -> Vec<(String, String)> {
    parts.query.iter().chain(form).cloned().collect()
}

/// What a received request claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// Whose key.
    pub access_key_id: String,
    /// The signature it carries.
    pub signature: String,
    /// When it says it was signed.
    pub time: Timestamp,
    /// What makes it unrepeatable.
    pub nonce: String,
    /// The token of a temporary credential.
    pub security_token: Option<String>,
    /// All parameters, of query and form body.
    pub parameters: Vec<(String, String)>,
    method: String,
}

impl Presented {
    /// Reads the claim out of query and form body; `None` when the request carries no signature of
    /// this kind.
    ///
    /// # Errors
    /// A signature of this kind is there and a part of it is missing.
    pub fn parse(parts: &Parts, form: &[(String, String)]) -> Result<Option<Self>, Malformed> {
        let parameters = together(parts, form);
        let get = |name: &str| {
            parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        if get("SignatureMethod").is_none_or(|method| method != "HMAC-SHA1") {
            return Ok(None);
        }
        let need = |name: &'static str| get(name).ok_or(Malformed::new(name));
        Ok(Some(Self {
            access_key_id: need("AccessKeyId")?,
            signature: need("Signature")?,
            time: parse_extended(&need("Timestamp")?).ok_or(Malformed::new("Timestamp"))?,
            nonce: need("SignatureNonce")?,
            security_token: get("SecurityToken"),
            method: parts.method.clone(),
            parameters,
        }))
    }

    /// The text that the sender must have signed.
    #[must_use]
    pub fn string_to_sign(&self) -> String {
        string_to_sign(&self.method, &self.parameters)
    }

    /// Whether the signature was made with this secret over these parameters.
    #[must_use]
    pub fn matches(&self, secret: &Secret) -> bool {
        same(&signature(secret, &self.string_to_sign()), &self.signature)
    }
}
