//! Checks of a token that need no network: placeholders, randomness, the account inside an AWS id.

/// Words that stand where a key should be written.
const PLACEHOLDERS: [&str; 14] = [
    "EXAMPLE",
    "XXXX",
    "YOUR",
    "CHANGEME",
    "PLACEHOLDER",
    "REPLACE",
    "DUMMY",
    "SAMPLE",
    "TESTID",
    "ABCDEFGH",
    "12345678",
    "SECRETKEY",
    "ACCESSKEY",
    "00000000",
];

/// Whether a token stands for a key instead of being one.
pub(crate) fn is_placeholder(token: &[u8]) -> bool {
    let upper = token.to_ascii_uppercase();
    PLACEHOLDERS.iter().any(|word| upper.windows(word.len()).any(|part| part == word.as_bytes()))
        || longest_run(token) >= 6
}

/// The longest stretch of one character.
fn longest_run(token: &[u8]) -> usize {
    token.chunk_by(|a, b| a == b).map(<[u8]>::len).max().unwrap_or(0)
}

/// Whether a secret's characters are mixed as random ones are: upper and lower case and digits, of
/// enough entropy for the length (random tokens of 30 and 40 characters have above 4 bits a
/// character), and no hash in hexadecimal.
pub(crate) fn looks_random(token: &[u8]) -> bool {
    let has = |class: fn(&u8) -> bool| token.iter().any(class);
    let mixed =
        has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    mixed && entropy(token) >= 3.5 && !token.iter().all(u8::is_ascii_hexdigit)
}

/// Shannon entropy in bits a character.
#[expect(clippy::cast_precision_loss, reason = "tokens have fewer than 2^52 characters")]
pub(crate) fn entropy(token: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in token {
        counts[usize::from(*byte)] += 1;
    }
    let length = token.len().max(1) as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / length;
            -share * share.log2()
        })
        .sum()
}

/// The account that an AWS key id names: bits 7 to 46 of its first six base32-decoded bytes. Not so
/// for ids before 2019, whose fifth character is `I` or `J`.
pub(crate) fn account_of_aws_id(id: &str) -> Option<String> {
    let body = id.as_bytes().get(4..14)?;
    if matches!(body.first(), Some(b'I' | b'J')) {
        return None;
    }
    let mut bits: u64 = 0;
    for byte in body {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5) | u64::from(value);
    }
    // Ten characters are 50 bits; the first 48 are the six bytes.
    let six_bytes = bits >> 2;
    Some(format!("{:012}", (six_bytes & 0x7fff_ffff_ff80) >> 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_inside_an_aws_id_is_read() {
        assert_eq!(account_of_aws_id("ASIAQNZGKIQY56JQ7WML").as_deref(), Some("029608264753"));
        assert_eq!(account_of_aws_id("AKIAIOSFODNN7EXAMPLE"), None);
    }

    #[test]
    fn placeholders_and_hashes_are_no_keys() {
        assert!(is_placeholder(b"AKIAIOSFODNN7EXAMPLE"));
        assert!(is_placeholder(b"LTAIxxxxxxxxxxxxxxxxxxxx"));
        assert!(!is_placeholder(b"LTAI5tK9qW2mZ7rT4vB8nC3x"));
        assert!(!looks_random(b"da39a3ee5e6b4b0d3255bfef95601890afd80709"));
        assert!(looks_random(b"k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U"));
    }
}
