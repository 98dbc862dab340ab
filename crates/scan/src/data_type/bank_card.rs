//! Bank card numbers: 13 to 19 digits with a check digit by Luhn (ISO/IEC 7812-1, annex B) and the first
//! digits of an issuer.

/// What the numbers of the large networks begin with (ISO/IEC 7812: major industry 3 to 6).
const ISSUERS: [(&str, std::ops::RangeInclusive<usize>); 6] = [
    ("62", 16..=19),
    ("4", 13..=19),
    ("5", 16..=16),
    ("34", 15..=15),
    ("37", 15..=15),
    ("35", 16..=19),
];

/// Whether a group of digits is one.
pub(super) fn is_one(text: &[u8]) -> bool {
    ISSUERS.iter().any(|(prefix, lengths)| {
        text.starts_with(prefix.as_bytes()) && lengths.contains(&text.len())
    }) && text.iter().all(u8::is_ascii_digit)
        && luhn(text)
        && text.iter().any(|digit| *digit != text[0])
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let value = u32::from(digit - b'0');
            match (index % 2, value * 2) {
                (0, _) => value,
                (_, double) if double > 9 => double - 9,
                (_, double) => double,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::is_one;

    #[test]
    fn the_check_digit_decides() {
        assert!(
            is_one(b"4111111111111111")
                && is_one(b"6222021234567890128") == super::luhn(b"6222021234567890128")
        );
        assert!(!is_one(b"4111111111111112") && !is_one(b"9111111111111111"));
    }
}
