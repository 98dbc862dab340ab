//! Numbers of people in Europe.

use super::sum::{base_36, distinct, is_date, luhn, number, weighted};
use crate::data_type::value::Value;

/// National Insurance numbers of the United Kingdom: letters that are given out (HMRC NIM39110).
pub(super) fn uk_nino(value: &Value<'_>) -> bool {
    let Ok(symbols) = <&[u8; 9]>::try_from(value.symbols()) else { return false };
    let never: [&[u8]; 7] = [b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ"];
    !b"DFIQUV".contains(&symbols[0])
        && !b"DFIQUVO".contains(&symbols[1])
        && !never.contains(&&symbols[..2])
        && (b'A'..=b'D').contains(&symbols[8])
}

/// NHS numbers of England, Wales and the Isle of Man: modulo 11.
pub(super) fn uk_nhs(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<10>() else { return false };
    let check = (11 - weighted(&digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    distinct(&digits) >= 3 && check == u32::from(digits[9])
}

/// Tax numbers of people in Germany: ISO 7064 MOD 11,10, and one digit of ten that stands twice or thrice.
pub(super) fn de_tax_id(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<11>() else { return false };
    let product = digits[..10].iter().fold(10, |product, digit| {
        let sum = (u32::from(*digit) + product) % 10;
        if sum == 0 { 20 % 11 } else { sum * 2 % 11 }
    });
    let times = |digit: u8| digits[..10].iter().filter(|known| **known == digit).count();
    let repeated: Vec<usize> = (0..10).map(times).filter(|times| *times > 1).collect();
    digits[0] != 0
        && matches!(repeated.as_slice(), [2 | 3])
        && (11 - product) % 10 == u32::from(digits[10])
}

/// Identity cards of Germany: nine letters and digits, a check digit by 7, 3, 1 (ICAO 9303).
pub(super) fn de_id_card(value: &Value<'_>) -> bool {
    let Ok(symbols) = <&[u8; 10]>::try_from(value.symbols()) else { return false };
    let known = |symbol: &u8| symbol.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(symbol);
    let weights = [7, 3, 1].into_iter().cycle();
    let sum: u32 = symbols[..9].iter().zip(weights).map(|(s, weight)| base_36(*s) * weight).sum();
    symbols[..9].iter().all(known)
        && b"LMNPRTVWXYCFGHJK".contains(&symbols[0])
        && sum % 10 == base_36(symbols[9])
}

/// Numbers of the French social security: sex, year, month, place, a running number, a key modulo 97.
pub(super) fn fr_nir(value: &Value<'_>) -> bool {
    let Ok(symbols) = <&[u8; 15]>::try_from(value.symbols()) else { return false };
    let mut symbols = *symbols;
    // The two parts of Corsica count as 19 and 18.
    match &symbols[5..7] {
        b"2A" => symbols[5..7].copy_from_slice(b"19"),
        b"2B" => symbols[5..7].copy_from_slice(b"18"),
        _ => {}
    }
    if !symbols.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let digits = symbols.map(|digit| digit - b'0');
    let month = number(&digits[3..5]);
    matches!(digits[0], 1 | 2 | 3 | 4 | 7 | 8)
        && matches!(month, 1..=12 | 20..=42 | 50..=99)
        && 97 - number(&digits[..13]) % 97 == number(&digits[13..])
}

/// DNI and NIE of Spain: eight digits (or a letter and seven) and a check letter modulo 23.
pub(super) fn es_dni(value: &Value<'_>) -> bool {
    let Ok(symbols) = <&[u8; 9]>::try_from(value.symbols()) else { return false };
    let mut body = [0; 8];
    body.copy_from_slice(&symbols[..8]);
    match body[0] {
        b'X' => body[0] = b'0',
        b'Y' => body[0] = b'1',
        b'Z' => body[0] = b'2',
        _ => {}
    }
    body.iter().all(u8::is_ascii_digit) && {
        let digits = body.map(|digit| digit - b'0');
        b"TRWAGMYFPDXBNJZSQVHLCKE"[(number(&digits) % 23) as usize] == symbols[8]
    }
}

/// Tax codes of people in Italy: letters of the names, birthday, place, a check letter (D.M. 12 March 1974).
pub(super) fn it_codice_fiscale(value: &Value<'_>) -> bool {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let Ok(symbols) = <&[u8; 16]>::try_from(value.symbols()) else { return false };
    let plain = |symbol: u8| match symbol {
        b'0'..=b'9' => usize::from(symbol - b'0'),
        _ => usize::from(symbol - b'A'),
    };
    let sum: u32 = symbols[..15]
        .iter()
        .enumerate()
        .map(|(place, symbol)| match place % 2 {
            0 => ODD[plain(*symbol)],
            _ => plain(*symbol) as u32,
        })
        .sum();
    b"ABCDEHLMPRST".contains(&symbols[8])
        && symbols[15].checked_sub(b'A').map(u32::from) == Some(sum % 26)
}

/// Citizen service numbers of the Netherlands: the eleven test.
pub(super) fn nl_bsn(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<9>() else { return false };
    let sum = weighted(&digits, &[9, 8, 7, 6, 5, 4, 3, 2]);
    distinct(&digits) >= 3 && sum % 11 == u32::from(digits[8])
}

/// National numbers of Belgium: birthday, a running number, a key modulo 97.
pub(super) fn be_number(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<11>() else { return false };
    let (body, key) = (number(&digits[..9]), number(&digits[9..]));
    let fits = |body: u64| 97 - body % 97 == key;
    let (month, day) = (number(&digits[2..4]), number(&digits[4..6]));
    (fits(body) || fits(body + 2_000_000_000)) && (month % 20) <= 12 && day <= 31
}

/// Personal numbers of Sweden: birthday, a running number, a digit by Luhn.
pub(super) fn se_number(value: &Value<'_>) -> bool {
    let Some(digits) = value.all_digits() else { return false };
    let short = match digits.len() {
        10 => &digits[..],
        12 => &digits[2..],
        _ => return false,
    };
    let day = number(&short[4..6]);
    // Whoever has no personal number has 60 added to the day.
    let day = if day > 60 { day - 60 } else { day };
    is_date(number(&short[..2]), number(&short[2..4]), day) && luhn(short)
}

/// Birth numbers of Norway: birthday, a running number, two check digits modulo 11.
pub(super) fn no_number(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<11>() else { return false };
    let check = |weights: &[u16]| (11 - weighted(&digits, weights) % 11) % 11;
    let (day, month) = (number(&digits[..2]) % 40, number(&digits[2..4]) % 40);
    is_date(number(&digits[4..6]), month, day)
        && check(&[3, 7, 6, 1, 8, 9, 4, 5, 2]) == u32::from(digits[9])
        && check(&[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) == u32::from(digits[10])
}

/// Personal numbers of Denmark: birthday and a running number (since 2007 without a check digit).
pub(super) fn dk_cpr(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<10>() else { return false };
    is_date(number(&digits[4..6]), number(&digits[2..4]), number(&digits[..2]))
}

/// Identity codes of Finland: birthday, a running number, a check character modulo 31.
pub(super) fn fi_hetu(value: &Value<'_>) -> bool {
    let symbols = value.symbols();
    // The sign of the century is a dash or a letter.
    let without: Vec<u8> = match symbols.len() {
        10 => symbols.to_vec(),
        11 => [&symbols[..6], &symbols[7..]].concat(),
        _ => return false,
    };
    if !without[..9].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let digits: Vec<u8> = without[..9].iter().map(|digit| digit - b'0').collect();
    is_date(number(&digits[4..6]), number(&digits[2..4]), number(&digits[..2]))
        && b"0123456789ABCDEFHJKLMNPRSTUVWXY"[(number(&digits) % 31) as usize] == without[9]
}

/// PESEL of Poland: birthday with the century in the month, a running number, a check digit.
pub(super) fn pl_pesel(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<11>() else { return false };
    let sum = weighted(&digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
    is_date(number(&digits[..2]), number(&digits[2..4]) % 20, number(&digits[4..6]))
        && (10 - sum % 10) % 10 == u32::from(digits[10])
}

/// Tax numbers of Portugal.
pub(super) fn pt_nif(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<9>() else { return false };
    let check = (11 - weighted(&digits, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10;
    !matches!(digits[0], 0 | 4) && check == u32::from(digits[8])
}

/// Social security numbers of Switzerland: 756 and an EAN-13 check digit.
pub(super) fn ch_ahv(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<13>() else { return false };
    let sum = weighted(&digits, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]);
    digits[..3] == [7, 5, 6] && (10 - sum % 10) % 10 == u32::from(digits[12])
}

/// Social security numbers of Austria: a running number, a check digit, the birthday.
pub(super) fn at_number(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<10>() else { return false };
    let sum = weighted(&digits, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]);
    digits[0] != 0 && (1..=31).contains(&number(&digits[4..6])) && sum % 11 == u32::from(digits[3])
}

/// Personal public service numbers of Ireland: seven digits, a check letter modulo 23, perhaps another letter.
pub(super) fn ie_pps(value: &Value<'_>) -> bool {
    let symbols = value.symbols();
    if !(8..=9).contains(&symbols.len()) || !symbols[..7].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let digits: Vec<u8> = symbols[..7].iter().map(|digit| digit - b'0').collect();
    // The last letter counts from A = 1; W counts as nothing.
    let second = match symbols.get(8) {
        Some(b'W') | None => 0,
        Some(letter) => u32::from(letter.saturating_sub(b'A')) + 1,
    };
    let sum = weighted(&digits, &[8, 7, 6, 5, 4, 3, 2]) + second * 9;
    b"WABCDEFGHIJKLMNOPQRSTUV"[sum as usize % 23] == symbols[7]
}

/// Pension insurance numbers of Russia: nine digits and two that check them.
pub(super) fn ru_snils(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<11>() else { return false };
    let check = weighted(&digits, &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101 % 100;
    distinct(&digits) >= 3 && u64::from(check) == number(&digits[9..])
}

/// Taxpayer numbers of people in Russia: ten digits and two that check them.
pub(super) fn ru_inn(value: &Value<'_>) -> bool {
    let Some(digits) = value.digits::<12>() else { return false };
    let first = weighted(&digits, &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    let second = weighted(&digits, &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    distinct(&digits) >= 3 && first == u32::from(digits[10]) && second == u32::from(digits[11])
}
