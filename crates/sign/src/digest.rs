//! The hashes under the signatures, and the key chain that the fourth generation of them shares.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claviger_model::Secret;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Lower-case hex SHA-256.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Base64 MD5, as the `Content-MD5` header has it (RFC 1864).
#[must_use]
pub fn content_md5(bytes: &[u8]) -> String {
    STANDARD.encode(Md5::digest(bytes))
}

/// Base64 HMAC-SHA-1.
pub(super) fn hmac_sha1_base64(key: &[u8], text: &str) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104)")]
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("any key length");
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// HMAC-SHA-256.
pub(super) fn hmac_sha256(key: &[u8], text: &str) -> Vec<u8> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104)")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any key length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The signature of `text` under `<prefix><secret>` → each of `scope` in turn.
pub(super) fn chained(prefix: &str, secret: &Secret, scope: &[&str], text: &str) -> String {
    let seed = Secret::new(format!("{prefix}{}", secret.reveal()));
    let mut key = seed.reveal().as_bytes().to_vec();
    for step in scope {
        key = hmac_sha256(&key, step);
    }
    hex::encode(hmac_sha256(&key, text))
}
