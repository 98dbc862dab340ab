//! Chinese resident identity numbers: 17 digits and a check character (GB 11643-1999, ISO 7064 MOD 11-2).

/// Whether a group of digits is one.
pub(super) fn is_one(text: &[u8]) -> bool {
    let [digits @ .., check] = text else { return false };
    if text.len() != 18 || !digits.iter().all(u8::is_ascii_digit) || digits[0] == b'0' {
        return false;
    }
    let number = |range: std::ops::Range<usize>| {
        digits[range].iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    };
    let (year, month, day) = (number(6..10), number(10..12), number(12..14));
    let dated =
        (1850..=2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    dated && check.to_ascii_uppercase() == check_character(digits)
}

/// The check character of the first 17 digits: weights are powers of 2 modulo 11.
fn check_character(digits: &[u8]) -> u8 {
    let sum = digits.iter().fold(0_u32, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
    let value = (12 - sum) % 11;
    if value == 10 { b'X' } else { b'0' + u8::try_from(value).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::is_one;

    #[test]
    fn the_standards_own_examples_hold_and_others_do_not() {
        assert!(is_one(b"11010519491231002X") && is_one(b"440524188001010014"));
        assert!(!is_one(b"110105194912310021") && !is_one(b"123456789012345678"));
    }
}
