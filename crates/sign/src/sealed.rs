//! Sealed bodies of MinIO's admin API: what carries a secret, or names users and keys, travels encrypted
//! with the secret key of whoever signs the request, also where there is no TLS.
//!
//! `salt (32) ‖ suite (1) ‖ nonce (8) ‖ fragments`. The key comes from the secret and the salt. A fragment
//! is 16 KiB of the body with its tag; its nonce is the body's with the fragment's number, counted from 1,
//! behind it (little endian), so that none can change its place; what is authenticated beside it says
//! whether it is the last, so that none can be missing (source: madmin-go `encrypt.go`, the data at rest
//! format of sio-go; the PyPI package `minio` judges both directions).

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::ChaCha20Poly1305;
use claviger_model::Secret;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Bytes of the salt.
pub const SALT_BYTES: usize = 32;
/// Bytes of the body's nonce.
pub const NONCE_BYTES: usize = 8;
const HEAD_BYTES: usize = SALT_BYTES + 1 + NONCE_BYTES;
/// Bytes of a body that one fragment holds.
const FRAGMENT_BYTES: usize = 16 * 1024;
const TAG_BYTES: usize = 16;
const KEY_BYTES: usize = 32;
/// Argon2id: memory in KiB, passes, lanes.
const ARGON2: (u32, u32, u32) = (64 * 1024, 1, 4);
/// Rounds of PBKDF2 with HMAC-SHA256, which servers in FIPS mode use.
const PBKDF2_ROUNDS: u32 = 8_192;
/// First byte of what is authenticated beside a fragment.
const MORE_FOLLOW: u8 = 0x00;
const LAST: u8 = 0x80;

/// How a key is derived and a fragment encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// Argon2id and AES-256-GCM: what machines with AES in their processor choose.
    Argon2idAes256Gcm,
    /// Argon2id and ChaCha20-Poly1305.
    Argon2idChaCha20Poly1305,
    /// PBKDF2 and AES-256-GCM.
    Pbkdf2Aes256Gcm,
}

impl Suite {
    const ALL: [Self; 3] =
        [Self::Argon2idAes256Gcm, Self::Argon2idChaCha20Poly1305, Self::Pbkdf2Aes256Gcm];

    fn byte(self) -> u8 {
        match self {
            Self::Argon2idAes256Gcm => 0,
            Self::Argon2idChaCha20Poly1305 => 1,
            Self::Pbkdf2Aes256Gcm => 2,
        }
    }
}

/// A body that does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It ends before its head does.
    #[error("the sealed body has {length} bytes: too few to be one")]
    TooShort {
        /// How many.
        length: usize,
    },
    /// Nobody knows how it was sealed.
    #[error("the sealed body names the suite {suite}, which is none")]
    UnknownSuite {
        /// The number it names.
        suite: u8,
    },
    /// The secret is another one, or the body was cut or changed on its way.
    #[error("the sealed body does not open with this secret")]
    NotAuthentic,
    /// The body has more fragments than can be counted, or the machine no memory for the key.
    #[error("the body cannot be sealed")]
    Unsealable,
}

/// Seals a body. Salt and nonce are to be random and used once.
///
/// # Errors
/// There is no memory for deriving the key (64 MiB).
pub fn seal(
    secret: &Secret,
    suite: Suite,
    (salt, nonce): (&[u8; SALT_BYTES], &[u8; NONCE_BYTES]),
    body: &[u8],
) -> Result<Vec<u8>, SealError> {
    let cipher = Cipher::new(suite, &key(secret, suite, salt)?);
    let mut sealed = Vec::with_capacity(HEAD_BYTES + body.len() + TAG_BYTES);
    sealed.extend_from_slice(salt);
    sealed.push(suite.byte());
    sealed.extend_from_slice(nonce);
    sealed.extend(cipher.seal(nonce, body)?);
    Ok(sealed)
}

/// Opens a sealed body.
///
/// # Errors
/// It is none, was sealed with another secret, or was changed on its way.
pub fn open(secret: &Secret, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let too_short = SealError::TooShort { length: sealed.len() };
    let (salt, rest) = sealed.split_first_chunk::<SALT_BYTES>().ok_or(too_short.clone())?;
    let (&suite, rest) = rest.split_first().ok_or(too_short.clone())?;
    let (nonce, fragments) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(too_short)?;
    let known = Suite::ALL.into_iter().find(|known| known.byte() == suite);
    let suite = known.ok_or(SealError::UnknownSuite { suite })?;
    Cipher::new(suite, &key(secret, suite, salt)?).open(nonce, fragments)
}

type Key = [u8; KEY_BYTES];

fn key(secret: &Secret, suite: Suite, salt: &[u8]) -> Result<Key, SealError> {
    let secret = secret.reveal().as_bytes();
    if suite == Suite::Pbkdf2Aes256Gcm {
        return pbkdf2(secret, salt);
    }
    let (memory, passes, lanes) = ARGON2;
    let params = Params::new(memory, passes, lanes, Some(KEY_BYTES));
    let params = params.map_err(|_| SealError::Unsealable)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut key = [0; KEY_BYTES];
    argon2.hash_password_into(secret, salt, &mut key).map_err(|_| SealError::Unsealable)?;
    Ok(key)
}

/// PBKDF2 (RFC 8018, 5.2) for a key as long as the hash: one block.
fn pbkdf2(secret: &[u8], salt: &[u8]) -> Result<Key, SealError> {
    let keyed = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| SealError::Unsealable)?;
    let round = |pieces: [&[u8]; 2]| -> Key {
        let mut mac = keyed.clone();
        pieces.iter().for_each(|piece| mac.update(piece));
        mac.finalize().into_bytes().into()
    };
    let mut last = round([salt, &1_u32.to_be_bytes()]);
    let mut key = last;
    for _ in 1..PBKDF2_ROUNDS {
        last = round([&last, &[]]);
        key.iter_mut().zip(&last).for_each(|(byte, other)| *byte ^= other);
    }
    Ok(key)
}

/// A cipher with its key.
enum Cipher {
    Aes(Box<Aes256Gcm>),
    ChaCha(ChaCha20Poly1305),
}

impl Cipher {
    fn new(suite: Suite, key: &Key) -> Self {
        match suite {
            Suite::Argon2idChaCha20Poly1305 => Self::ChaCha(ChaCha20Poly1305::new(key.into())),
            _ => Self::Aes(Box::new(Aes256Gcm::new(key.into()))),
        }
    }

    fn seal(&self, nonce: &[u8; NONCE_BYTES], body: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut beside = self.beside(nonce)?;
        let mut sealed = Vec::with_capacity(body.len() + TAG_BYTES);
        let mut rest = body;
        for number in 1_u32..=u32::MAX {
            let (fragment, behind) = rest.split_at(rest.len().min(FRAGMENT_BYTES));
            rest = behind;
            beside[0] = if rest.is_empty() { LAST } else { MORE_FOLLOW };
            sealed.extend(self.seal_one(&numbered(nonce, number), fragment, &beside)?);
            if rest.is_empty() {
                return Ok(sealed);
            }
        }
        Err(SealError::Unsealable)
    }

    fn open(&self, nonce: &[u8; NONCE_BYTES], fragments: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut beside = self.beside(nonce)?;
        let mut body = Vec::with_capacity(fragments.len());
        let mut rest = fragments;
        for number in 1_u32..=u32::MAX {
            let (fragment, behind) = rest.split_at(rest.len().min(FRAGMENT_BYTES + TAG_BYTES));
            rest = behind;
            beside[0] = if rest.is_empty() { LAST } else { MORE_FOLLOW };
            body.extend(self.open_one(&numbered(nonce, number), fragment, &beside)?);
            if rest.is_empty() {
                return Ok(body);
            }
        }
        Err(SealError::NotAuthentic)
    }

    /// What is authenticated beside each fragment: whether it is the last, and the tag of nothing under
    /// the number 0.
    fn beside(&self, nonce: &[u8; NONCE_BYTES]) -> Result<[u8; 1 + TAG_BYTES], SealError> {
        let tag = self.seal_one(&numbered(nonce, 0), &[], &[])?;
        let mut beside = [MORE_FOLLOW; 1 + TAG_BYTES];
        match tag.len() == TAG_BYTES {
            true => beside[1..].copy_from_slice(&tag),
            false => return Err(SealError::Unsealable),
        }
        Ok(beside)
    }

    fn seal_one(&self, nonce: &[u8; 12], msg: &[u8], aad: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, payload) = (Nonce::from(*nonce), Payload { msg, aad });
        let sealed = match self {
            Self::Aes(cipher) => cipher.encrypt(&nonce, payload),
            Self::ChaCha(cipher) => cipher.encrypt(&nonce, payload),
        };
        sealed.map_err(|_| SealError::Unsealable)
    }

    fn open_one(&self, nonce: &[u8; 12], msg: &[u8], aad: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, payload) = (Nonce::from(*nonce), Payload { msg, aad });
        let opened = match self {
            Self::Aes(cipher) => cipher.decrypt(&nonce, payload),
            Self::ChaCha(cipher) => cipher.decrypt(&nonce, payload),
        };
        opened.map_err(|_| SealError::NotAuthentic)
    }
}

/// The nonce of a fragment.
fn numbered(nonce: &[u8; NONCE_BYTES], number: u32) -> [u8; 12] {
    let mut numbered = [0; 12];
    numbered[..NONCE_BYTES].copy_from_slice(nonce);
    numbered[NONCE_BYTES..].copy_from_slice(&number.to_le_bytes());
    numbered
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NONCE: [u8; NONCE_BYTES] = *b"12345678";
    /// A fragment as it stands in a sealed body.
    const SEALED_BYTES: usize = FRAGMENT_BYTES + TAG_BYTES;

    fn ciphers() -> [Cipher; 2] {
        [Suite::Argon2idAes256Gcm, Suite::Argon2idChaCha20Poly1305]
            .map(|suite| Cipher::new(suite, &[7; KEY_BYTES]))
    }

    fn body(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at % 251) as u8).collect()
    }

    #[test]
    fn what_was_sealed_opens_with_its_secret_and_with_no_other() {
        let secret = Secret::new("made-up-secret-of-the-tests".to_owned());
        for suite in Suite::ALL {
            let sealed = seal(&secret, suite, (&[3; SALT_BYTES], &NONCE), b"{}").unwrap();
            assert_eq!(sealed.len(), HEAD_BYTES + 2 + TAG_BYTES);
            assert_eq!(open(&secret, &sealed).unwrap(), b"{}");
            let other = Secret::new("another-secret-of-the-tests".to_owned());
            assert_eq!(open(&other, &sealed), Err(SealError::NotAuthentic));
            let mut salted = sealed.clone();
            salted[0] ^= 1;
            assert_eq!(open(&secret, &salted), Err(SealError::NotAuthentic));
            assert_eq!(open(&secret, &sealed[..HEAD_BYTES]), Err(SealError::NotAuthentic));
            let cut = open(&secret, &sealed[..HEAD_BYTES - 1]);
            assert_eq!(cut, Err(SealError::TooShort { length: HEAD_BYTES - 1 }));
        }
        let odd = [9; HEAD_BYTES];
        assert_eq!(open(&secret, &odd), Err(SealError::UnknownSuite { suite: 9 }));
    }

    #[test]
    fn the_key_of_pbkdf2_is_the_one_of_its_definition() {
        // Computed by Python's hashlib.pbkdf2_hmac("sha256", b"password", b"salt" * 8, 8192).
        let expected = "30a442c8225d124e7e45901d35f4e9cb";
        let key = pbkdf2(b"password", &b"salt".repeat(8)).unwrap();
        assert_eq!(hex::encode(&key[..16]), expected);
    }

    #[test]
    fn fragments_can_neither_change_their_places_nor_be_missing() {
        for cipher in ciphers() {
            let sealed = cipher.seal(&NONCE, &body(3 * FRAGMENT_BYTES)).unwrap();
            let pieces: Vec<&[u8]> = sealed.chunks(SEALED_BYTES).collect();
            assert_eq!(pieces.len(), 3);
            for order in [[1, 0, 2], [0, 2, 1], [2, 1, 0], [0, 0, 2], [0, 1, 1]] {
                let moved = order.map(|at| pieces[at]).concat();
                assert_eq!(cipher.open(&NONCE, &moved), Err(SealError::NotAuthentic), "{order:?}");
            }
            for missing in 0..3 {
                let mut left = pieces.clone();
                left.remove(missing);
                assert_eq!(cipher.open(&NONCE, &left.concat()), Err(SealError::NotAuthentic));
            }
            let twice = [sealed.as_slice(), pieces[2]].concat();
            assert_eq!(cipher.open(&NONCE, &twice), Err(SealError::NotAuthentic));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_body_survives_and_a_changed_one_does_not(
            length in prop_oneof![0..64_usize, FRAGMENT_BYTES - 2..FRAGMENT_BYTES + 3, 0..50_000_usize],
            at in any::<prop::sample::Index>(),
            bit in 0..8_u32,
        ) {
            let body = body(length);
            for cipher in ciphers() {
                let sealed = cipher.seal(&NONCE, &body).unwrap();
                prop_assert_eq!(cipher.open(&NONCE, &sealed), Ok(body.clone()));
                let mut flipped = sealed.clone();
                flipped[at.index(sealed.len())] ^= 1 << bit;
                prop_assert_eq!(cipher.open(&NONCE, &flipped), Err(SealError::NotAuthentic));
                let cut = &sealed[..at.index(sealed.len())];
                prop_assert_eq!(cipher.open(&NONCE, cut), Err(SealError::NotAuthentic));
            }
        }
    }
}
