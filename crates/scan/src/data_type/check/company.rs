//! Numbers of companies.

use super::sum::base_36;
use crate::data_type::value::Value;

/// Characters of a social credit code, which leaves out what looks alike (GB 32100-2015).
const USCC: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Unified social credit codes of mainland China: registrar, kind, region, organization, a check character
/// modulo 31.
pub(super) fn uscc(value: &Value<'_>) -> bool {
    let Ok(symbols) = <&[u8; 18]>::try_from(value.symbols()) else { return false };
    let value_of = |symbol: &u8| USCC.iter().position(|known| known == symbol);
    let mut weight = 1;
    let mut sum = 0;
    for symbol in &symbols[..17] {
        let Some(value) = value_of(symbol) else { return false };
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    // A resident number is made of digits alone, and its region stands first.
    b"1234569ANY".contains(&symbols[0])
        && symbols[2..8].iter().all(u8::is_ascii_digit)
        && value_of(&symbols[17]) == Some((31 - sum % 31) % 31)
}

/// Organization codes of mainland China: eight characters, a check character modulo 11 (GB 11714-1997).
pub(super) fn org_code(value: &Value<'_>) -> bool {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let Ok(symbols) = <&[u8; 9]>::try_from(value.symbols()) else { return false };
    let sum: u32 = symbols[..8].iter().zip(WEIGHTS).map(|(s, weight)| base_36(*s) * weight).sum();
    b"0123456789X0"[(11 - sum % 11) as usize] == symbols[8]
}

/// Numbers for value added tax of the European Union: a member's letters, eight to twelve more (Directive
/// 2006/112/EC, article 215).
pub(super) fn vat(value: &Value<'_>) -> bool {
    const MEMBERS: [&[u8; 2]; 29] = [
        b"AT", b"BE", b"BG", b"CY", b"CZ", b"DE", b"DK", b"EE", b"EL", b"ES", b"FI", b"FR", b"HR",
        b"HU", b"IE", b"IT", b"LT", b"LU", b"LV", b"MT", b"NL", b"PL", b"PT", b"RO", b"SE", b"SI",
        b"SK", b"XI", b"GB",
    ];
    let symbols = value.symbols();
    (10..=14).contains(&symbols.len())
        && MEMBERS.iter().any(|member| symbols.starts_with(member.as_slice()))
        && symbols[2..].iter().filter(|symbol| symbol.is_ascii_digit()).count() >= 7
}
