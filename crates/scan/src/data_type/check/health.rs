//! Numbers of those who treat.

use super::sum::luhn;
use crate::data_type::value::Value;

/// National provider identifiers of the United States: Luhn with 80840 before it.
pub(super) fn us_npi(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<10>() else { return false };
    let whole: Vec<u8> = [8, 0, 8, 4, 0].into_iter().chain(digits).collect();
    matches!(digits[0], 1 | 2) && luhn(&whole)
}

/// Registrations at the Drug Enforcement Administration: two letters, seven digits that check themselves.
pub(super) fn us_dea(value: &Value<'_>) -> bool {
    let Ok(symbols) = <&[u8; 9]>::try_from(value.symbols()) else { return false };
    if !symbols[2..].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let digit = |place: usize| u32::from(symbols[place + 2] - b'0');
    let sum = digit(0) + digit(2) + digit(4) + 2 * (digit(1) + digit(3) + digit(5));
    b"ABCDEFGHJKLMPRSTUX".contains(&symbols[0]) && sum % 10 == digit(6)
}

/// A number or two that something was measured as.
pub(super) fn measure(value: &Value<'_>) -> bool {
    let text = value.raw;
    let fits = |byte: u8| byte.is_ascii_digit() || b"./ ".contains(&byte);
    let number = text.trim_end_matches(|c: char| c.is_alphabetic() || "°%/".contains(c)).trim();
    (1..=9).contains(&number.len())
        && number.bytes().all(fits)
        && number.bytes().any(|byte| byte.is_ascii_digit())
}
