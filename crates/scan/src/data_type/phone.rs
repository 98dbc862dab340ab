//! Telephone numbers: mobile numbers of mainland China (MIIT numbering plan: 11 digits from 13 to 19), and
//! international numbers with `+` (ITU-T E.164: 8 to 15 digits).

/// Whether a group of digits is one.
pub(super) fn is_one(text: &[u8]) -> bool {
    match text.strip_prefix(b"+") {
        Some(digits) => (8..=15).contains(&digits.len()) && digits.first() != Some(&b'0'),
        None => text.len() == 11 && text[0] == b'1' && (b'3'..=b'9').contains(&text[1]),
    }
}

#[cfg(test)]
mod tests {
    use super::is_one;

    #[test]
    fn mobile_and_international_numbers_are_some() {
        assert!(is_one(b"13800138000") && is_one(b"+4915112345678"));
        assert!(!is_one(b"12800138000") && !is_one(b"1380013800") && !is_one(b"+0491511234"));
    }
}
