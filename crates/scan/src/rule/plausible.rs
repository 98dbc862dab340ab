//! Whether a token can be random at all: the filters that drop what people write in place of a key.

use crate::engine::{RANDOM_CHANGES, changes, mixes_classes};

/// Words of placeholders, in lower case. Short ones would drop real keys too.
const PLACEHOLDER_WORDS: [&[u8]; 10] = [
    b"example",
    b"xxxx",
    b"****",
    b"....",
    b"your",
    b"testid",
    b"changeme",
    b"placeholder",
    b"redacted",
    b"dummy",
];
/// Words of so many characters come about by chance.
const SHORT: usize = 4;
/// A character so often in a row is no accident.
const SAME_MAX: usize = 5;
/// So many characters that each follow the one before, as in `abcdef` and `654321`, are none either.
const SEQUENCE_MAX: usize = 6;
/// Letters of both cases change their case after half of their characters when drawn; 20 of them do so less
/// often than this once in two hundred.
const CASE_CHANGES: f64 = 0.2;
/// So many letters of one case tell apart what was drawn from what is worded.
const LETTERS_MIN: usize = 16;
/// The share of characters that repeat those some places before in a repeated unit.
const PERIOD_SHARE: f64 = 0.8;

/// Whether a token stands in place of a key.
pub(crate) fn is_placeholder(token: &[u8]) -> bool {
    let lower = token.to_ascii_lowercase();
    let worded = PLACEHOLDER_WORDS.iter().any(|word| {
        let places = lower.windows(word.len()).enumerate().filter(|(_, window)| window == word);
        places.into_iter().any(|(at, _)| is_written(token, at, word.len()))
    });
    worded || longest(&lower, |a, b| a == b) >= SAME_MAX || is_sequence(&lower) || repeats(&lower)
}

/// Whether a short word stands in a token as somebody writes it, in one case or with a great letter first: 30 letters
/// drawn from both cases hold one of four letters in whatever cases once in 30,000 times.
fn is_written(token: &[u8], at: usize, length: usize) -> bool {
    let (word, rest) = token.split_at(at + length);
    let (before, word) = word.split_at(at);
    if length > SHORT {
        return true;
    }
    let is_great = |byte: &u8| byte.is_ascii_uppercase();
    match word.iter().filter(|byte| is_great(byte)).count() {
        0 => true,
        1 => {
            let begins = !before.last().is_some_and(u8::is_ascii_alphanumeric);
            let ends = !rest.first().is_some_and(u8::is_ascii_lowercase);
            word.first().is_some_and(is_great) && (begins || ends)
        }
        all => all == length,
    }
}

fn is_sequence(token: &[u8]) -> bool {
    longest(token, |a, b| b == a.wrapping_add(1)) >= SEQUENCE_MAX
        || longest(token, |a, b| a == b.wrapping_add(1)) >= SEQUENCE_MAX
}

/// Length of the longest stretch in which `follows` holds for all neighbours.
fn longest(token: &[u8], follows: impl Fn(u8, u8) -> bool) -> usize {
    let (mut longest, mut current) = (1, 1);
    for pair in token.windows(2) {
        current = if follows(pair[0], pair[1]) { current + 1 } else { 1 };
        longest = longest.max(current);
    }
    longest
}

/// Whether a token is one short unit again and again.
fn repeats(token: &[u8]) -> bool {
    (1..=token.len() / 2).any(|period| {
        let same = token.iter().zip(&token[period..]).filter(|(a, b)| a == b).count();
        same as f64 >= PERIOD_SHARE * (token.len() - period) as f64
    })
}

/// Shannon entropy in bits a character.
pub(crate) fn entropy(token: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for byte in token {
        counts[usize::from(*byte)] += 1;
    }
    let length = token.len() as f64;
    let share = |count: &u32| f64::from(*count) / length;
    counts.iter().filter(|count| **count > 0).map(share).map(|p| -p * p.log2()).sum()
}

/// Whether upper case, lower case and digits occur and change places as in random text.
pub(crate) fn is_random(token: &[u8]) -> bool {
    mixes_classes(token) && changes(token) >= RANDOM_CHANGES
}

/// Whether upper and lower case change places as in random text, and the letters are no words.
pub(crate) fn mixes_cases(token: &[u8]) -> bool {
    token.iter().any(u8::is_ascii_uppercase)
        && token.iter().any(u8::is_ascii_lowercase)
        && changes(token) >= CASE_CHANGES
        && !super::is_worded(token)
}

/// Whether a token that is named as an id may be one: letters with digits, or letters alone that were drawn. Of 20
/// characters of base 36, one in 670 has no digit.
pub(crate) fn may_be_id(token: &[u8]) -> bool {
    let drawn = || token.len() >= LETTERS_MIN && !super::is_worded(token);
    token.iter().any(u8::is_ascii_alphabetic)
        && (token.iter().any(u8::is_ascii_digit) || mixes_cases(token) || drawn())
}

/// Whether a token may be a secret: no hash in hexadecimal, and random unless it is named as one.
pub(super) fn is_secret_like(token: &[u8], named: bool) -> bool {
    let hexadecimal = token.iter().all(u8::is_ascii_hexdigit);
    let one_case =
        !(token.iter().any(u8::is_ascii_uppercase) && token.iter().any(u8::is_ascii_lowercase));
    !(hexadecimal && one_case) && (named || is_random(token))
}

/// The bytes that a Base58 text stands for; `None` when a character is not of its alphabet.
pub(super) fn base58_bytes(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut number: Vec<u8> = Vec::new();
    for byte in text.bytes() {
        let mut carry = ALPHABET.iter().position(|known| *known == byte)?;
        for digit in &mut number {
            carry += usize::from(*digit) * 58;
            *digit = (carry & 0xFF) as u8;
            carry >>= 8;
        }
        while carry > 0 {
            number.push((carry & 0xFF) as u8);
            carry >>= 8;
        }
    }
    number.reverse();
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_in_place_of_a_key_is_dropped() {
        for token in [
            "LTAI5txxxxxxxxxxxxxxxxxx",
            "AKIAIOSFODNN7EXAMPLE",
            "LTAIYourAccessKeyId12345",
            "LTAIabcdefghijklmnopqrst",
            "LTAI1a2b1a2b1a2b1a2b1a2b",
            "LTAI0000000000000000000q",
        ] {
            assert!(is_placeholder(token.as_bytes()) || entropy(token.as_bytes()) < 3.0, "{token}");
        }
    }

    #[test]
    fn random_text_is_kept() {
        for token in [
            "LTAI5t1GumF9ikeXfPX6xnYD",
            "k3V9sQ7hTz1NbX5wLmR8yCf2DgJ6pE",
            // A word in it is chance.
            "k3V9sQ7hTz1NbX5IYourm8yCf2DgJ6",
            "k3V9sQ7hTz1NyOuRwLmR8yCf2DgJ6p",
        ] {
            assert!(!is_placeholder(token.as_bytes()) && is_random(token.as_bytes()), "{token}");
        }
    }

    #[test]
    fn an_id_of_letters_alone_is_drawn_and_no_name() {
        for token in ["QZKVXWJTHRPMGBNDYFCL", "7QZKVXWJTHRPMGBNDYFC", "qZkVxWjThRpMgBnD"] {
            assert!(may_be_id(token.as_bytes()), "{token}");
        }
        for token in ["BILLINGEXPORTSTORAGE", "storageadministrator", "12345678901234567890"] {
            assert!(!may_be_id(token.as_bytes()), "{token}");
        }
    }

    #[test]
    fn a_hash_in_hexadecimal_is_no_secret_even_when_named_so() {
        assert!(!is_secret_like(b"5f0c9a1e7b3d2846af5c0e9b1d7a3f62c84e0b95", true));
    }
}
