//! Numbers of devices and vehicles.

use super::sum::{distinct, luhn};
use crate::data_type::value::Value;

/// Identities of phones (3GPP TS 23.003): fifteen digits by Luhn.
pub(super) fn imei(value: &Value<'_>) -> bool {
    value.digits::<15>().is_some_and(|digits| distinct(&digits) >= 3 && luhn(&digits))
}

/// Numbers of SIM cards (ITU-T E.118): 89, nineteen or twenty digits, by Luhn.
pub(super) fn iccid(value: &Value<'_>) -> bool {
    let Some(digits) = value.all_digits() else { return false };
    digits.starts_with(&[8, 9]) && matches!(digits.len(), 19 | 20) && luhn(&digits)
}

/// Vehicle identification numbers with the check digit of North America and China (49 CFR 565, GB 16735).
pub(super) fn vin(value: &Value<'_>) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let Ok(symbols) = <&[u8; 17]>::try_from(value.symbols()) else { return false };
    let value_of = |symbol: u8| match symbol {
        b'0'..=b'9' => Some(u32::from(symbol - b'0')),
        b'A'..=b'H' => Some(u32::from(symbol - b'A') + 1),
        b'J'..=b'N' => Some(u32::from(symbol - b'J') + 1),
        b'P' => Some(7),
        b'R' => Some(9),
        b'S'..=b'Z' => Some(u32::from(symbol - b'S') + 2),
        _ => None,
    };
    let values: Option<Vec<u32>> = symbols.iter().map(|symbol| value_of(*symbol)).collect();
    let sum: Option<u32> =
        values.map(|v| v.iter().zip(WEIGHTS).map(|(v, weight)| v * weight).sum());
    sum.is_some_and(|sum| b"0123456789X"[(sum % 11) as usize] == symbols[8])
        && symbols.iter().any(u8::is_ascii_uppercase)
}

/// Addresses of computers, of both versions.
pub(super) fn ip_address(value: &Value<'_>) -> bool {
    value.raw.parse::<core::net::IpAddr>().is_ok()
}
