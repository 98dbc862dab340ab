//! Identity numbers of Asia.

use super::sum::{distinct, is_date, luhn, number, verhoeff, weighted};
use crate::data_type::value::Value;

/// Weights of a Chinese resident number: powers of two modulo 11.
const RESIDENT_WEIGHTS: [u16; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Provinces (GB/T 2260, first two digits).
const PROVINCES: [(u64, u64); 8] =
    [(11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83)];
/// A bit for each of them.
const BY_PROVINCE: u128 = {
    let (mut bits, mut at) = (0, 0);
    while at < PROVINCES.len() {
        let (mut province, last) = PROVINCES[at];
        while province <= last {
            bits |= 1 << province;
            province += 1;
        }
        at += 1;
    }
    bits
};
/// First characters of number plates of mainland China (GA 36).
const PLATES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";

/// Resident identity numbers of mainland China: region, birthday, and a check character (GB 11643-1999, by
/// ISO 7064 MOD 11-2).
pub(super) fn resident_id(value: &Value<'_>) -> bool {
    is_resident_id(value.symbols())
}

/// The same, for who tells other numbers apart.
pub(super) fn is_resident_id(symbols: &[u8]) -> bool {
    let Ok(symbols) = <&[u8; 18]>::try_from(symbols) else { return false };
    let [body @ .., check] = symbols;
    let digits: [u8; 17] = body.map(|symbol| symbol.wrapping_sub(b'0'));
    if digits.iter().fold(0, |most: u8, digit| most.max(*digit)) > 9 {
        return false;
    }
    let province = number(&digits[..2]);
    let (year, month, day) =
        (number(&digits[6..10]), number(&digits[10..12]), number(&digits[12..14]));
    BY_PROVINCE >> province & 1 == 1
        && (1900..=2099).contains(&year)
        && is_date(year, month, day)
        && b"10X98765432"[weighted(&digits, &RESIDENT_WEIGHTS) as usize % 11] == *check
}

/// Hong Kong identity cards: one or two letters, six digits, a check character modulo 11.
pub(super) fn hk_id(value: &Value<'_>) -> bool {
    let symbols = value.symbols();
    let letters = symbols.iter().take_while(|symbol| symbol.is_ascii_uppercase()).count();
    let [body @ .., check] = symbols else { return false };
    if !(1..=2).contains(&letters) || body.len() != letters + 6 {
        return false;
    }
    let value_of = |symbol: &u8| match symbol {
        b'0'..=b'9' => u32::from(symbol - b'0'),
        _ => u32::from(symbol.saturating_sub(b'A')) + 10,
    };
    // A missing first letter counts as a blank, which is 36.
    let blank = if letters == 1 { 36 * 9 } else { 0 };
    let weights = (2..=9).rev().skip(8 - body.len());
    let sum: u32 =
        body.iter().map(value_of).zip(weights).map(|(value, weight)| value * weight).sum();
    let last = match check {
        b'A' => 10,
        b'0'..=b'9' => u32::from(check - b'0'),
        _ => return false,
    };
    body[letters..].iter().all(u8::is_ascii_digit) && (blank + sum + last).is_multiple_of(11)
}

/// Taiwanese identity cards: a letter for the place, 1 or 2, seven digits, a check digit.
pub(super) fn tw_id(value: &Value<'_>) -> bool {
    const PLACES: [u32; 26] = [
        10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32,
        30, 31, 33,
    ];
    let [place, rest @ ..] = value.symbols() else { return false };
    if rest.len() != 9 || !place.is_ascii_uppercase() || !rest.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let digits: Vec<u8> = rest.iter().map(|digit| digit - b'0').collect();
    let place = PLACES[usize::from(place - b'A')];
    let sum = place / 10 + place % 10 * 9 + weighted(&digits, &[8, 7, 6, 5, 4, 3, 2, 1, 1]);
    matches!(digits[0], 1 | 2 | 8 | 9) && sum.is_multiple_of(10)
}

/// NRIC and FIN of Singapore: a letter, seven digits, a check letter.
pub(super) fn sg_nric(value: &Value<'_>) -> bool {
    let Ok(symbols) = <&[u8; 9]>::try_from(value.symbols()) else { return false };
    let (body, check) = (&symbols[1..8], symbols[8]);
    if !body.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let digits: Vec<u8> = body.iter().map(|digit| digit - b'0').collect();
    let sum = weighted(&digits, &[2, 7, 6, 5, 4, 3, 2]);
    let (offset, letters) = match symbols[0] {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"XWUTRQPNJLK"),
        _ => return false,
    };
    letters[(sum + offset) as usize % 11] == check
}

/// Aadhaar numbers of India: twelve digits, the first from 2 on, by Verhoeff.
pub(super) fn aadhaar(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<12>() else { return false };
    let mut turned = digits;
    turned.reverse();
    digits[0] >= 2 && turned != digits && distinct(&digits) >= 4 && verhoeff(&digits)
}

/// Permanent account numbers of India: the fourth letter says who holds it.
pub(super) fn in_pan(value: &Value<'_>) -> bool {
    value.symbols().get(3).is_some_and(|kind| b"ABCFGHJKLPT".contains(kind))
        && value.symbols().get(5..9).is_some_and(|digits| digits != b"0000")
}

/// Resident registration numbers of Korea: birthday, century and sex, a check digit (not for those given
/// since October 2020, which have none).
pub(super) fn kr_rrn(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<13>() else { return false };
    let sum = weighted(&digits, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    is_date(number(&digits[..2]), number(&digits[2..4]), number(&digits[4..6]))
        && (11 - sum % 11) % 10 == u32::from(digits[12])
}

/// My Number of Japan: eleven digits and a check digit.
pub(super) fn my_number(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<12>() else { return false };
    let rest = weighted(&digits, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    let check = if rest <= 1 { 0 } else { 11 - rest };
    distinct(&digits) >= 3 && check == u32::from(digits[11])
}

/// Identity numbers of Thailand.
pub(super) fn th_id(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<13>() else { return false };
    let sum = weighted(&digits, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    (1..=8).contains(&digits[0]) && (11 - sum % 11) % 10 == u32::from(digits[12])
}

/// Identity cards of Malaysia: birthday, place of birth, four digits.
pub(super) fn my_nric(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<12>() else { return false };
    let place = number(&digits[6..8]);
    is_date(number(&digits[..2]), number(&digits[2..4]), number(&digits[4..6]))
        && (matches!(place, 1..=16 | 21..=68 | 71..=72 | 74..=79 | 82..=93 | 98..=99))
}

/// Identity numbers of Indonesia: place, birthday (a woman's day plus 40), a running number.
pub(super) fn id_nik(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<16>() else { return false };
    let day = number(&digits[6..8]);
    let day = if day > 40 { day - 40 } else { day };
    (11..=94).contains(&number(&digits[..2]))
        && is_date(number(&digits[10..12]), number(&digits[8..10]), day)
        && number(&digits[12..]) > 0
}

/// Identity numbers of Vietnam: province, century and sex, year, a running number.
pub(super) fn vn_cccd(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<12>() else { return false };
    let province = number(&digits[..3]);
    (1..=96).contains(&province) && digits[3] <= 3 && distinct(&digits) >= 4
}

/// Identity numbers of Israel: nine digits by Luhn.
pub(super) fn il_id(value: &Value<'_>) -> bool {
    value.digits::<9>().is_some_and(|digits| distinct(&digits) >= 3 && luhn(&digits))
}

/// Identity numbers of Turkey.
pub(super) fn tr_tckn(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<11>() else { return false };
    let of = |places: [usize; 5]| places.iter().map(|place| i32::from(digits[*place])).sum::<i32>();
    let (odd, even) = (of([0, 2, 4, 6, 8]), of([1, 3, 5, 7, 7]) - i32::from(digits[7]));
    let tenth = (odd * 7 - even).rem_euclid(10);
    let sum: i32 = digits[..10].iter().map(|digit| i32::from(*digit)).sum();
    digits[0] != 0 && tenth == i32::from(digits[9]) && sum % 10 == i32::from(digits[10])
}

/// Emirates identity numbers: 784, the year of birth, a running number, a digit by Luhn.
pub(super) fn emirates_id(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<15>() else { return false };
    digits[..3] == [7, 8, 4] && (1900..=2099).contains(&number(&digits[3..7])) && luhn(&digits)
}

/// Number plates of mainland China: province, a letter, five or six letters and digits.
pub(super) fn cn_plate(value: &Value<'_>) -> bool {
    let plate: Vec<char> = value.raw.chars().filter(|c| !"· -".contains(*c)).collect();
    matches!(plate.as_slice(), [province, place, rest @ ..]
        if PLATES.contains(*province)
            && place.is_ascii_uppercase()
            && (5..=6).contains(&rest.len())
            && rest.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || "挂学警港澳".contains(*c))
            && rest.iter().any(char::is_ascii_digit))
}
