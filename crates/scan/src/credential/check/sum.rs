//! Checksums that issuers put into their tokens, so that a scanner can tell them from noise.

/// Digits of base 62 in the order that GitHub uses.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters of a checksum in base 62.
const BASE62_LENGTH: usize = 6;

/// Whether the last six characters are the CRC-32 of the characters between the prefix and them, in
/// base 62 (GitHub, *Behind GitHub's new authentication token formats*).
pub(super) fn crc32_base62(token: &[u8], prefix: usize) -> bool {
    let Some(split) = token.len().checked_sub(BASE62_LENGTH).filter(|split| *split > prefix) else {
        return false;
    };
    let mut number = crc32fast::hash(&token[prefix..split]);
    let mut digits = [0; BASE62_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(number % 62) as usize];
        number /= 62;
    }
    token[split..] == digits
}

/// Whether what follows the last `_` is the CRC-32 of what comes before it, in hexadecimal of its bytes
/// in little or big endian (Grafana writes little).
pub(super) fn crc32_hex(token: &[u8]) -> bool {
    let Some(split) = memchr::memrchr(b'_', token) else { return false };
    let number = crc32fast::hash(&token[..split]);
    let tail = &token[split + 1..];
    tail == format!("{:08x}", number.swap_bytes()).as_bytes()
        || tail == format!("{number:08x}").as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_of_what_stands_between_prefix_and_it() {
        let body = "mZ4kQ8tV1xR7bN2cW5yH9dL3sJ6fGa";
        let mut number = crc32fast::hash(body.as_bytes());
        let mut sum = Vec::new();
        for _ in 0..6 {
            sum.insert(0, BASE62[(number % 62) as usize]);
            number /= 62;
        }
        let token = [b"ghp_", body.as_bytes(), &sum].concat();
        assert!(crc32_base62(&token, 4));
        let mut wrong = token.clone();
        wrong[10] ^= 1;
        assert!(!crc32_base62(&wrong, 4));
        assert!(!crc32_base62(b"ghp_", 4));
    }
}
