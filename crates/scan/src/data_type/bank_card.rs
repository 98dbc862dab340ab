//! Payment cards: a known issuer range (ISO/IEC 7812) and the Luhn check digit.
//!
//! One number in ten passes Luhn by chance. So a text in which most numbers of the right shape fail it
//! holds other numbers, unless they are named as cards.

use super::number::Number;
use super::resident_id::is_resident_id;
use super::{DataType, Judgement, Tally, Verdict, keep_ends};

pub(super) const DATA_TYPE: DataType =
    DataType { rule: "bank_card", number: Some(check), in_column: None, mask, judge };

/// Issuer ranges: first and last leading digits, lengths.
const ISSUERS: [(u32, u32, &[usize]); 12] = [
    // UnionPay, and a range of ICBC older than it.
    (62, 62, &[16, 17, 18, 19]),
    (81, 81, &[16, 17, 18, 19]),
    (9558, 9558, &[19]),
    // Visa
    (4, 4, &[16, 19]),
    // Mastercard
    (51, 55, &[16]),
    (2221, 2720, &[16]),
    // American Express
    (34, 34, &[15]),
    (37, 37, &[15]),
    // JCB
    (3528, 3589, &[16]),
    // Discover
    (6011, 6011, &[16]),
    (644, 649, &[16]),
    (65, 65, &[16]),
];
/// How cards are written in groups.
const GROUPS: [&[usize]; 5] =
    [&[4, 4, 4, 4], &[4, 4, 4, 4, 1], &[4, 4, 4, 4, 2], &[4, 4, 4, 4, 3], &[4, 6, 5]];
/// Digits that differ in a real number.
const DISTINCT_MIN: usize = 4;

fn check(number: &Number) -> Verdict {
    let digits = number.digits();
    let shaped = (number.is_plain() || GROUPS.contains(&number.groups.as_slice()))
        && !number.plus
        && digits.iter().all(u8::is_ascii_digit)
        && has_issuer(digits)
        && (b'0'..=b'9').filter(|digit| digits.contains(digit)).count() >= DISTINCT_MIN
        && !is_resident_id(number);
    match (shaped, luhn(digits)) {
        (false, _) => Verdict::No,
        (true, false) => Verdict::Shaped,
        (true, true) => Verdict::Right,
    }
}

fn has_issuer(digits: &[u8]) -> bool {
    ISSUERS.iter().any(|(first, last, lengths)| {
        let width = first.ilog10() as usize + 1;
        let leading =
            digits.iter().take(width).fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
        lengths.contains(&digits.len()) && (*first..=*last).contains(&leading)
    })
}

/// Luhn (ISO/IEC 7812-1 annex B): every second digit from the right counts double.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit.wrapping_sub(b'0'));
            match (place % 2, value) {
                (0, value) => value,
                (_, value @ 0..=4) => value * 2,
                (_, value) => value * 2 - 9,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// `6222…0009`.
fn mask(value: &str) -> String {
    keep_ends(value, 4, 4)
}

fn judge(tally: &Tally) -> Option<Judgement> {
    let confidence = match tally {
        Tally { named: 1.., .. } => 0.95,
        Tally { right, shaped, .. } if right * 2 < *shaped => return None,
        Tally { right: 3.., .. } => 0.9,
        _ => 0.5,
    };
    let why = "card numbers of a known issuer range with a valid Luhn check digit";
    Some(Judgement { confidence, why: why.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_type::number;

    fn verdict(text: &str) -> Verdict {
        let mut verdict = Verdict::No;
        number::find(text.as_bytes(), 0, text.len(), |number| verdict = check(number));
        verdict
    }

    #[test]
    fn issuer_and_check_digit_decide() {
        assert_eq!(verdict("4539578763621486"), Verdict::Right);
        assert_eq!(verdict("4539 5787 6362 1486"), Verdict::Right);
        assert_eq!(verdict("4539578763621487"), Verdict::Shaped);
        assert_eq!(verdict("1539578763621480"), Verdict::No);
        assert_eq!(verdict("4444444444444448"), Verdict::No);
    }

    #[test]
    fn numbers_that_mostly_fail_the_check_are_no_cards() {
        let tally = |right, shaped, named| Tally { right, shaped, named, ..Tally::default() };
        assert!(judge(&tally(2, 20, 0)).is_none());
        assert!(judge(&tally(2, 20, 2)).is_some());
        assert!(judge(&tally(18, 20, 0)).is_some());
    }
}
