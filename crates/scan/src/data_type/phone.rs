//! Phone numbers: mobile numbers of mainland China (11 digits from 13 to 19, ITU-T E.164 country code 86),
//! and international numbers with their `+`. In a column of phone numbers, any way to write one.

use super::number::{self, Number};
use super::{DataType, Judgement, Tally, Verdict, keep_ends};

pub(super) const DATA_TYPE: DataType =
    DataType { rule: "phone", number: Some(check), in_column: Some(in_column), mask, judge };

/// Digits of an international number (ITU-T E.164 §6.2.1 allows 15; shorter ones are too common).
const INTERNATIONAL: std::ops::RangeInclusive<usize> = 10..=15;
/// Digits of a number in a column of phone numbers.
const IN_COLUMN: std::ops::RangeInclusive<usize> = 7..=15;
/// Digits that differ in a real number.
const DISTINCT_MIN: usize = 3;

fn check(number: &Number) -> Verdict {
    let digits = number.digits();
    if distinct(digits) < DISTINCT_MIN || digits.ends_with(b"X") {
        return Verdict::No;
    }
    let local = digits.strip_prefix(b"86").filter(|_| digits.len() == 13).unwrap_or(digits);
    let is_mobile = local.len() == 11 && local[0] == b'1' && (b'3'..=b'9').contains(&local[1]);
    let prefixed = digits.len() == 13;
    let grouped: &[&[usize]] = &[&[11], &[13], &[2, 11], &[3, 4, 4], &[2, 3, 4, 4], &[5, 4, 4]];
    if is_mobile && grouped.contains(&number.groups.as_slice()) {
        return if prefixed && !number.plus && number.is_plain() {
            Verdict::No
        } else {
            Verdict::Right
        };
    }
    let is_international =
        number.plus && INTERNATIONAL.contains(&digits.len()) && digits[0] != b'0';
    if is_international { Verdict::Right } else { Verdict::No }
}

fn distinct(digits: &[u8]) -> usize {
    (b'0'..=b'9').filter(|digit| digits.contains(digit)).count()
}

/// Whether a value of a phone column is one that was not already counted as a number.
fn in_column(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let allowed = |b: u8| b.is_ascii_digit() || b" -+().#/".contains(&b);
    let mut counted = false;
    number::find(value.as_bytes(), 0, value.len(), |number| {
        counted |= check(number) == Verdict::Right;
    });
    IN_COLUMN.contains(&digits) && value.bytes().all(allowed) && !counted
}

/// `139…5670`.
fn mask(value: &str) -> String {
    keep_ends(value, 3, 4)
}

fn judge(tally: &Tally) -> Option<Judgement> {
    let confidence = match tally {
        Tally { named: 1.., .. } => 0.95,
        Tally { right: 3.., .. } => 0.7,
        _ => 0.5,
    };
    (tally.right > 0).then(|| Judgement { confidence, why: "phone numbers".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phones(text: &str) -> usize {
        let mut count = 0;
        number::find(text.as_bytes(), 0, text.len(), |number| {
            count += usize::from(check(number) == Verdict::Right);
        });
        count
    }

    #[test]
    fn numbers_are_known_in_every_usual_notation() {
        for text in [
            "13912345670",
            "139-1234-5670",
            "139 1234 5670",
            "+8613912345670",
            "+86 139 1234 5670",
            "+14155552671",
            "tel:13912345670",
        ] {
            assert_eq!(phones(text), 1, "{text}");
        }
    }

    #[test]
    fn other_numbers_are_no_phone_numbers() {
        for text in ["12012345670", "1700000000000", "11111111111", "20231124103000", "4155552671"]
        {
            assert_eq!(phones(text), 0, "{text}");
        }
    }

    #[test]
    fn a_column_of_phone_numbers_may_write_them_in_any_way_and_none_is_counted_twice() {
        assert!(in_column("(010) 6552-9988") && in_column("415.555.2671"));
        assert!(!in_column("13912345670") && !in_column("n/a") && !in_column("42"));
    }
}
