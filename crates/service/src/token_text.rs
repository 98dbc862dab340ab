//! How a token of the API is written: `clv_`, thirty random characters, six of a checksum.
//!
//! The beginning and the checksum tell it from anything else, so that a scanner knows one that leaked and
//! the server asks no database about what cannot be one. The form is that of GitHub's tokens.

use claviger_model::Secret;
use sha2::{Digest, Sha256};

use crate::ServiceError;
use crate::vault::fill;

/// What every token begins with.
pub(crate) const PREFIX: &str = "clv_";

/// Random characters: 178 bits.
const RANDOM_LENGTH: usize = 30;

/// Characters of the checksum.
const CHECKSUM_LENGTH: usize = 6;

/// Digits of base 62, in the order of GitHub's checksums.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The largest multiple of 62 that a byte holds: bytes from it on are drawn again, so that no digit is
/// likelier than another.
const FAIR_BELOW: u8 = 248;

/// A fresh token.
///
/// # Errors
/// The system has no randomness.
pub(crate) fn fresh() -> Result<Secret, ServiceError> {
    let mut body = String::with_capacity(RANDOM_LENGTH);
    while body.len() < RANDOM_LENGTH {
        let mut bytes = [0_u8; RANDOM_LENGTH];
        fill(&mut bytes)?;
        let fair = bytes.iter().filter(|byte| **byte < FAIR_BELOW);
        let room = RANDOM_LENGTH - body.len();
        body.extend(fair.take(room).map(|byte| char::from(DIGITS[usize::from(byte % 62)])));
    }
    let sum = checksum(&body);
    Ok(Secret::new(format!("{PREFIX}{body}{sum}")))
}

/// Whether a text can be a token.
pub(crate) fn is_sound(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(PREFIX) else { return false };
    if rest.len() != RANDOM_LENGTH + CHECKSUM_LENGTH || !rest.bytes().all(is_digit) {
        return false;
    }
    let (body, sum) = rest.split_at(RANDOM_LENGTH);
    checksum(body) == sum
}

/// What is kept of a token, and looked it up by. Whoever measures how long a look-up takes learns about the
/// hash of what they sent, which tells nothing of a token that is kept.
pub(crate) fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// CRC-32 in base 62.
fn checksum(body: &str) -> String {
    let mut number = crc32fast::hash(body.as_bytes());
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    digits.map(char::from).iter().collect()
}

#[cfg(test)]
mod tests {
    use claviger_model::FingerprintKey;
    use claviger_scan::{Limits, Scanner};

    use super::*;

    #[test]
    fn a_fresh_token_is_sound_and_another_each_time() {
        let (one, other) = (fresh().unwrap(), fresh().unwrap());
        assert!(is_sound(one.reveal()) && is_sound(other.reveal()));
        assert_ne!(one.reveal(), other.reveal());
    }

    #[test]
    fn a_mistyped_or_hostile_text_is_no_token() {
        let token = fresh().unwrap().reveal().to_owned();
        let mut turned = token.clone();
        let last = if turned.ends_with('0') { "1" } else { "0" };
        turned.replace_range(turned.len() - 1.., last);
        let long = format!("clv_{}", "a".repeat(100_000));
        let wide = format!("clv_{}", "é".repeat(18));
        for text in ["", "clv_", &turned, &token[1..], &format!("{token}0"), &long, &wide] {
            assert!(!is_sound(text), "{}", text.chars().take(50).collect::<String>());
        }
    }

    #[test]
    fn a_scanner_knows_a_token() {
        let token = fresh().unwrap();
        let scanner = Scanner::builtin(FingerprintKey::new([7; 32]));
        let mut scan = scanner.open("settings.env", Limits::default());
        scan.feed(format!("CLAVIGER_TOKEN={}\n", token.reveal()).as_bytes());
        let rules: Vec<String> =
            scan.finish().findings.into_iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, ["claviger_api_token"]);
    }
}
