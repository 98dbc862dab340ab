//! Resident identity numbers of mainland China: 18 characters with region, birthday and a check character
//! (GB 11643-1999, the check by ISO 7064 MOD 11-2).

use super::number::Number;
use super::{DataType, Judgement, Tally, Verdict, keep_ends};

pub(super) const DATA_TYPE: DataType =
    DataType { rule: "resident_id", number: Some(check), in_column: None, mask, judge };

/// Weight of each digit: powers of two modulo 11.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Check character of each remainder.
const CHECKS: &[u8; 11] = b"10X98765432";
/// Provinces (GB/T 2260, first two digits).
const PROVINCES: [(u32, u32); 8] =
    [(11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83)];
/// Years of birth.
const YEARS: std::ops::RangeInclusive<u32> = 1900..=2099;

fn check(number: &Number) -> Verdict {
    if is_resident_id(number) { Verdict::Right } else { Verdict::No }
}

/// Whether a number is a resident identity number.
pub(super) fn is_resident_id(number: &Number) -> bool {
    let digits = number.digits();
    let Ok(digits) = <&[u8; 18]>::try_from(digits) else { return false };
    if !number.is_plain() || number.plus {
        return false;
    }
    let value = |from: usize, to: usize| {
        digits[from..to].iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'))
    };
    let province = value(0, 2);
    PROVINCES.iter().any(|(first, last)| (*first..=*last).contains(&province))
        && is_date(value(6, 10), value(10, 12), value(12, 14))
        && CHECKS[remainder(digits)] == digits[17]
}

fn remainder(digits: &[u8; 18]) -> usize {
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(d, weight)| u32::from(d - b'0') * weight).sum();
    (sum % 11) as usize
}

fn is_date(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    YEARS.contains(&year) && (1..=days).contains(&day)
}

/// `11…2X`: neither region nor birthday.
fn mask(value: &str) -> String {
    keep_ends(value, 2, 2)
}

fn judge(tally: &Tally) -> Option<Judgement> {
    let confidence = if tally.named > 0 || tally.right > 1 { 0.98 } else { 0.9 };
    let why =
        "resident identity numbers with valid region, birthday and check character (GB 11643)";
    Some(Judgement { confidence, why: why.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_type::number;

    fn is_one(text: &str) -> bool {
        let mut right = false;
        number::find(text.as_bytes(), 0, text.len(), |number| right |= is_resident_id(number));
        right
    }

    #[test]
    fn the_check_character_decides() {
        // The worked example of the standard, and its neighbours.
        assert!(is_one("11010519491231002X") && is_one("11010519491231002x"));
        for last in '0'..='9' {
            assert!(!is_one(&format!("11010519491231002{last}")), "{last}");
        }
    }

    #[test]
    fn a_birthday_that_does_not_exist_is_refused() {
        assert!(!is_one("110105194902310023") && !is_one("990105194912310021"));
    }
}
