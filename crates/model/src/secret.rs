//! The secret half of an access key pair, and the fingerprint that stands for it everywhere else.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A plaintext secret. It has no `Debug`, `Display` or `Serialize` that shows it, is wiped when
/// dropped, and is read in one place only: [`Secret::reveal`].
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The plaintext. Every caller signs a request, seals a credential, or shows what a person
    /// asked to see.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The first two and last two characters, for a person who compares: `Fa…01`.
    #[must_use]
    pub fn masked(&self) -> String {
        let characters: Vec<char> = self.0.chars().collect();
        if characters.len() < 12 {
            return "…".to_owned();
        }
        let head: String = characters[..2].iter().collect();
        let tail: String = characters[characters.len() - 2..].iter().collect();
        format!("{head}…{tail}")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The installation's key for fingerprints: 32 bytes, so that a stolen database tells nobody which
/// secrets were found.
#[derive(Clone)]
pub struct FingerprintKey(Zeroizing<[u8; 32]>);

impl FingerprintKey {
    /// Takes the key over.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// HMAC-SHA-256 of a secret under this key, cut to 128 bits.
    #[must_use]
    pub fn fingerprint(&self, secret: &Secret) -> Fingerprint {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104)")]
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_slice()).expect("any key length");
        mac.update(secret.reveal().as_bytes());
        Fingerprint(hex::encode(&mac.finalize().into_bytes()[..16]))
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey(…)")
    }
}

/// The keyed fingerprint of a secret: 32 hex digits. Equal fingerprints mean equal secrets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);
