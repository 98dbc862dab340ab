//! Numbers of people in America, Africa and Oceania.

use super::Verdict;
use super::sum::{base_36, distinct, is_date, luhn, number, weighted};
use crate::data_type::value::Value;

/// Social security numbers that were printed in public and belong to nobody (SSA, "Misused SSNs").
const SSN_NOBODYS: [u64; 4] = [78_051_120, 219_099_999, 123_456_789, 987_654_321];

/// Social security numbers of the United States: never 000, 666 or 9xx, no part all zeros.
pub(super) fn us_ssn(value: &Value<'_>) -> Verdict {
    let Some(digits) = value.digits::<9>() else { return Verdict::No };
    let (area, group, serial) = (number(&digits[..3]), number(&digits[3..5]), number(&digits[5..]));
    if area == 0 || area == 666 || area >= 900 || group == 0 || serial == 0 {
        return Verdict::No;
    }
    let nobodys = SSN_NOBODYS.contains(&number(&digits)) || distinct(&digits) < 3;
    if nobodys { Verdict::Reserved } else { Verdict::Right }
}

/// Taxpayer numbers of the United States for who has no social security number.
pub(super) fn us_itin(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<9>() else { return false };
    let group = number(&digits[3..5]);
    digits[0] == 9 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

/// Routing numbers of banks in the United States (ABA).
pub(super) fn us_routing(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<9>() else { return false };
    let first = number(&digits[..2]);
    matches!(first, 1..=12 | 21..=32 | 61..=72 | 80)
        && weighted(&digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
}

/// Social insurance numbers of Canada: nine digits by Luhn, none from 8 or 0.
pub(super) fn ca_sin(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<9>() else { return false };
    !matches!(digits[0], 0 | 8) && distinct(&digits) >= 3 && luhn(&digits)
}

/// A check digit modulo 11 as Brazil makes it, over digits weighted from the right.
fn br_digit(digits: &[u8], cycle: usize) -> u32 {
    let weights = (0..digits.len()).map(|place| (place % cycle) as u32 + 2);
    let sum: u32 =
        digits.iter().rev().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

/// Taxpayer numbers of people in Brazil.
pub(super) fn br_cpf(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<11>() else { return false };
    distinct(&digits) >= 2
        && br_digit(&digits[..9], 10) == u32::from(digits[9])
        && br_digit(&digits[..10], 10) == u32::from(digits[10])
}

/// Taxpayer numbers of companies in Brazil.
pub(super) fn br_cnpj(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<14>() else { return false };
    distinct(&digits) >= 2
        && br_digit(&digits[..12], 8) == u32::from(digits[12])
        && br_digit(&digits[..13], 8) == u32::from(digits[13])
}

/// Population numbers of Mexico: letters of the name, birthday, sex, state, a check digit.
pub(super) fn mx_curp(value: &Value<'_>) -> bool {
    let Ok(symbols) = <&[u8; 18]>::try_from(value.symbols()) else { return false };
    // Ñ stands between N and O.
    let value_of = |symbol: &u8| base_36(*symbol) + u32::from(*symbol >= b'O');
    let sum: u32 =
        symbols[..17].iter().zip((2..=18).rev()).map(|(s, weight)| value_of(s) * weight).sum();
    let two = |at: usize| {
        let (tens, ones) = (symbols[at].wrapping_sub(b'0'), symbols[at + 1].wrapping_sub(b'0'));
        number(&[tens, ones])
    };
    matches!(symbols[10], b'H' | b'M' | b'X')
        && is_date(two(4), two(6), two(8))
        && (10 - sum % 10) % 10 == base_36(symbols[17])
}

/// Taxpayer numbers of Argentina.
pub(super) fn ar_cuit(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<11>() else { return false };
    let rest = weighted(&digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    let check = match rest {
        0 => 0,
        1 => 9,
        rest => 11 - rest,
    };
    matches!(number(&digits[..2]), 20 | 23..=27 | 30 | 33 | 34) && check == u32::from(digits[10])
}

/// Identity numbers of Chile: up to eight digits and a check character modulo 11.
pub(super) fn cl_rut(value: &Value<'_>) -> bool {
    let [body @ .., check] = value.symbols() else { return false };
    if !(7..=8).contains(&body.len()) || !body.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let weights = (0..body.len()).map(|place| (place % 6) as u32 + 2);
    let digits = body.iter().rev().map(|digit| u32::from(digit - b'0'));
    let rest = 11 - digits.zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>() % 11;
    b"0123456789K0"[rest as usize % 12] == *check || (rest == 11 && *check == b'0')
}

/// Tax file numbers of Australia.
pub(super) fn au_tfn(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<9>() else { return false };
    distinct(&digits) >= 3 && weighted(&digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
}

/// Medicare numbers of Australia, with or without the number on the card.
pub(super) fn au_medicare(value: &Value<'_>) -> bool {
    let Some(digits) = value.all_digits() else { return false };
    (10..=11).contains(&digits.len())
        && (2..=6).contains(&digits[0])
        && weighted(&digits[..8], &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == u32::from(digits[8])
}

/// Identity numbers of South Africa: birthday, sex, citizenship, a digit by Luhn.
pub(super) fn za_id(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<13>() else { return false };
    is_date(number(&digits[..2]), number(&digits[2..4]), number(&digits[4..6]))
        && digits[10] <= 2
        && luhn(&digits)
}
