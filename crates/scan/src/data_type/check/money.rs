//! Numbers of cards, accounts and banks.

use super::Verdict;
use super::asia::is_resident_id;
use super::sum::{base_36, has_distinct, luhn};
use crate::data_type::value::Value;

/// Issuer ranges (ISO/IEC 7812): first and last leading digits, lengths.
const ISSUERS: [(u32, u32, &[usize]); 15] = [
    // UnionPay, and a range of ICBC older than it.
    (62, 62, &[16, 17, 18, 19]),
    (81, 81, &[16, 17, 18, 19]),
    (9558, 9558, &[19]),
    // Visa
    (4, 4, &[13, 16, 19]),
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
    // Diners Club
    (300, 305, &[14]),
    (36, 36, &[14]),
    // Mir
    (2200, 2204, &[16]),
];
/// Digits that differ in a real card number.
const DISTINCT_MIN: usize = 4;
/// Countries with an IBAN and its length there (SWIFT, "IBAN Registry").
const IBAN_LENGTHS: [(&[u8; 2], usize); 66] = [
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MT", 31),
    (b"MU", 30),
    (b"NL", 18),
    (b"NO", 15),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"SA", 24),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"TR", 26),
    (b"UA", 29),
];

/// Card numbers: a known issuer range and the Luhn check digit. One number in ten passes Luhn by chance, so
/// a text in which most numbers of the shape fail it holds other numbers.
pub(super) fn bank_card(value: &Value<'_>) -> Verdict {
    let Some(digits) = value.all_digits() else { return Verdict::No };
    let shaped = has_issuer(&digits)
        && has_distinct(&digits, DISTINCT_MIN)
        && !is_resident_id(value.symbols());
    match (shaped, luhn(&digits)) {
        (false, _) => Verdict::No,
        (true, false) => Verdict::Shaped,
        (true, true) => Verdict::Right,
    }
}

/// For each two leading digits, a bit for each of [`ISSUERS`] whose numbers may begin so.
const BY_TWO: [u16; 100] = {
    let (mut by_two, mut issuer) = ([0; 100], 0);
    while issuer < ISSUERS.len() {
        let (first, last, _) = ISSUERS[issuer];
        let (low, high) = match first {
            ..10 => (first * 10, last * 10 + 9),
            10..100 => (first, last),
            100..1000 => (first / 10, last / 10),
            _ => (first / 100, last / 100),
        };
        let mut two = low;
        while two <= high {
            by_two[two as usize] |= 1 << issuer;
            two += 1;
        }
        issuer += 1;
    }
    by_two
};

/// Whether a number begins as one of an issuer: others are no cards at all.
fn has_issuer(digits: &[u8]) -> bool {
    let [first, second, third, fourth, ..] = *digits else { return false };
    let two = u32::from(first) * 10 + u32::from(second);
    let (three, four) = (two * 10 + u32::from(third), two * 100 + u32::from(third * 10 + fourth));
    let mut issuers = BY_TWO[two as usize % 100];
    while issuers != 0 {
        let (first, last, lengths) = ISSUERS[issuers.trailing_zeros() as usize];
        let leading = match first {
            ..10 => two / 10,
            10..100 => two,
            100..1000 => three,
            _ => four,
        };
        if (first..=last).contains(&leading) && lengths.contains(&digits.len()) {
            return true;
        }
        issuers &= issuers - 1;
    }
    false
}

/// International bank account numbers: the length of the country, modulo 97 (ISO 13616).
pub(super) fn iban(value: &Value<'_>) -> bool {
    let symbols = value.symbols();
    let Some((head, rest)) = symbols.split_at_checked(4) else { return false };
    let known = IBAN_LENGTHS
        .iter()
        .any(|(country, length)| head.starts_with(country.as_slice()) && symbols.len() == *length);
    known
        && rest.iter().chain(head).fold(0, |rest, symbol| {
            let value = base_36(*symbol);
            (rest * if value > 9 { 100 } else { 10 } + value) % 97
        }) == 1
}

/// Codes of banks (ISO 9362): four letters, a country, two or five more.
pub(super) fn bic(value: &Value<'_>) -> bool {
    let symbols = value.symbols();
    matches!(symbols.len(), 8 | 11)
        && value.raw.len() == symbols.len()
        && symbols[..6].iter().all(u8::is_ascii_uppercase)
        && value.raw.bytes().all(|byte| !byte.is_ascii_lowercase())
}

/// What a magnetic stripe holds (ISO/IEC 7813): a card number, a divider, expiry date and service code.
pub(super) fn track(value: &Value<'_>) -> bool {
    let text = value.raw.trim_start_matches([';', '%', 'B']);
    let Some((card, rest)) = text.split_once(['=', 'D', '^']) else { return false };
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    bank_card(&Value::of(card)) == Verdict::Right && digits >= 7
}

/// Addresses of wallets: Ethereum's by their hexadecimal digits, Bitcoin's by their alphabet and length.
pub(super) fn wallet(value: &Value<'_>) -> bool {
    let text = value.raw;
    if let Some(digits) = text.strip_prefix("0x") {
        return digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let bech32 = text.starts_with("bc1") && (14..=74).contains(&text.len());
    let base58 = text.starts_with(['1', '3', 'T', 'L']) && (26..=35).contains(&text.len());
    plain && (bech32 || base58) && text.bytes().any(|byte| byte.is_ascii_digit())
}
