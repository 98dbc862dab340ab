//! Made-up ids and secrets.

use crate::error::SandboxError;

/// Characters of made-up key ids and secrets: no look-alikes, as in the provider's own.
const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// `length` random characters of [`ALPHABET`].
///
/// # Errors
/// The machine gives no random bytes.
pub(crate) fn random_text(length: usize) -> Result<String, SandboxError> {
    Ok(random_bytes(length)?.iter().map(|byte| letter(*byte)).collect())
}

/// `length` random decimal digits.
///
/// # Errors
/// The machine gives no random bytes.
pub(crate) fn random_digits(length: usize) -> Result<String, SandboxError> {
    Ok(random_bytes(length)?.iter().map(|byte| char::from(b'0' + byte % 10)).collect())
}

/// `length` random bytes.
///
/// # Errors
/// The machine gives no random bytes.
pub(crate) fn random_bytes(length: usize) -> Result<Vec<u8>, SandboxError> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).map_err(|_| SandboxError::Entropy)?;
    Ok(bytes)
}

/// The slight bias of the remainder does not matter: these keys open nothing but a practice cloud.
fn letter(byte: u8) -> char {
    char::from(ALPHABET[usize::from(byte) % ALPHABET.len()])
}
