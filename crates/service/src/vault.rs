//! Seals what must be kept and never shown: the credentials of connections and mail servers.
//!
//! XChaCha20-Poly1305 under a key that is derived from the installation's master key; the name of what
//! is sealed is authenticated with it, so that one row's seal does not open as another's.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use claviger_model::{FingerprintKey, Secret};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::ServiceError;

/// File of the master key in the installation's folder: 64 hex digits, readable by its owner alone.
const MASTER_KEY_FILE: &str = "master.key";

/// Bytes of an XChaCha20-Poly1305 nonce.
const NONCE_LENGTH: usize = 24;

/// Seals and opens credentials.
pub(crate) struct Vault {
    cipher: XChaCha20Poly1305,
    fingerprint_key: FingerprintKey,
    link_key: [u8; 32],
}

impl Vault {
    /// Opens the vault of a folder; the first time, makes its master key.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, ServiceError> {
        let master = master_key(data_dir)?;
        let sealing = subkey(&master, b"claviger seal 1");
        Ok(Self {
            cipher: XChaCha20Poly1305::new(&sealing.into()),
            fingerprint_key: FingerprintKey::new(subkey(&master, b"claviger fingerprint 1")),
            link_key: subkey(&master, b"claviger link 1"),
        })
    }

    /// The key under which this installation takes fingerprints.
    pub(crate) fn fingerprint_key(&self) -> &FingerprintKey {
        &self.fingerprint_key
    }

    /// What only this installation can make of a text for a purpose: proves links and codes.
    pub(crate) fn tag(&self, purpose: &str, text: &str) -> Result<[u8; 32], ServiceError> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.link_key)
            .map_err(|error| ServiceError::Internal(format!("no key for links: {error}")))?;
        let mac = mac.chain_update(purpose.as_bytes()).chain_update([0]);
        Ok(mac.chain_update(text.as_bytes()).finalize().into_bytes().into())
    }

    /// Seals a secret under a name.
    pub(crate) fn seal(&self, name: &str, secret: &Secret) -> Result<String, ServiceError> {
        let mut nonce = [0_u8; NONCE_LENGTH];
        fill(&mut nonce)?;
        let payload = Payload { msg: secret.reveal().as_bytes(), aad: name.as_bytes() };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| ServiceError::Seal(name.to_owned()))?;
        Ok(STANDARD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what was sealed under a name.
    pub(crate) fn open_seal(&self, name: &str, sealed: &str) -> Result<Secret, ServiceError> {
        let broken = || ServiceError::Seal(name.to_owned());
        let bytes = STANDARD.decode(sealed).map_err(|_| broken())?;
        let (nonce, cipher_text) = bytes.split_at_checked(NONCE_LENGTH).ok_or_else(broken)?;
        let nonce: [u8; NONCE_LENGTH] = nonce.try_into().map_err(|_| broken())?;
        let payload = Payload { msg: cipher_text, aad: name.as_bytes() };
        let plain = self.cipher.decrypt(&XNonce::from(nonce), payload).map_err(|_| broken())?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| broken())
    }
}

/// Random bytes from the operating system.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), ServiceError> {
    getrandom::fill(bytes)
        .map_err(|error| ServiceError::Internal(format!("no randomness to be had: {error}")))
}

/// Sixteen random bytes, for a fresh identifier.
pub(crate) fn entropy() -> Result<[u8; 16], ServiceError> {
    let mut bytes = [0_u8; 16];
    fill(&mut bytes)?;
    Ok(bytes)
}

fn subkey(master: &[u8; 32], label: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(master).chain_update(label).finalize().into()
}

fn master_key(data_dir: &Path) -> Result<[u8; 32], ServiceError> {
    let path = data_dir.join(MASTER_KEY_FILE);
    let failed = |source| ServiceError::Folder { path: path.display().to_string(), source };
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let mut key = [0_u8; 32];
            hex::decode_to_slice(text.trim(), &mut key).map_err(|error| {
                failed(std::io::Error::new(std::io::ErrorKind::InvalidData, error))
            })?;
            Ok(key)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut key = [0_u8; 32];
            fill(&mut key)?;
            write_private(&path, &hex::encode(key)).map_err(failed)?;
            Ok(key)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Writes a file that only its owner may read, complete or not at all: a half-written master key
/// would lock everything sealed under it.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;

    let draft = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&draft, path)?;
    path.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
}
