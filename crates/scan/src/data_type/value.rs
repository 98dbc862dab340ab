//! One value as checks see it: as it stands, and its letters and digits alone.

use std::cell::OnceCell;

/// Most letters and digits of a value that is checked by them.
const SYMBOLS_MAX: usize = 64;

/// A value.
pub(super) struct Value<'v> {
    /// As it stands.
    pub(super) raw: &'v str,
    /// Its letters and digits with their number, made when a check asks for them.
    symbols: OnceCell<([u8; SYMBOLS_MAX], usize)>,
}

impl<'v> Value<'v> {
    /// A value as it stands.
    pub(super) fn of(raw: &'v str) -> Self {
        Self { raw, symbols: OnceCell::new() }
    }

    /// Its letters and digits, letters as capitals; none when there are too many.
    pub(super) fn symbols(&self) -> &[u8] {
        let raw = self.raw.as_bytes();
        // Most values are nothing else.
        let plain =
            |all: bool, byte: &u8| all & (byte.is_ascii_digit() | byte.is_ascii_uppercase());
        if raw.len() <= SYMBOLS_MAX && raw.iter().fold(true, plain) {
            return raw;
        }
        let (symbols, length) = self.symbols.get_or_init(|| {
            let (mut symbols, mut length) = ([0; SYMBOLS_MAX], 0);
            for byte in self.raw.bytes().filter(u8::is_ascii_alphanumeric) {
                if length == SYMBOLS_MAX {
                    return (symbols, 0);
                }
                symbols[length] = byte.to_ascii_uppercase();
                length += 1;
            }
            (symbols, length)
        });
        &symbols[..*length]
    }

    /// Its digits as numbers, when it has exactly `N` and no letter.
    pub(super) fn digits<const N: usize>(&self) -> Option<[u8; N]> {
        let symbols: &[u8; N] = self.symbols().try_into().ok()?;
        symbols.iter().all(u8::is_ascii_digit).then(|| symbols.map(|digit| digit - b'0'))
    }

    /// Its digits as numbers, when it has no letter.
    pub(super) fn all_digits(&self) -> Option<Digits> {
        let symbols = self.symbols();
        let mut digits = Digits { numbers: [0; SYMBOLS_MAX], length: symbols.len() };
        let mut most = 0;
        for (number, symbol) in digits.numbers.iter_mut().zip(symbols) {
            *number = symbol.wrapping_sub(b'0');
            most = most.max(*number);
        }
        (!symbols.is_empty() && most < 10).then_some(digits)
    }
}

/// Digits as numbers.
pub(super) struct Digits {
    numbers: [u8; SYMBOLS_MAX],
    length: usize,
}

impl std::ops::Deref for Digits {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.numbers[..self.length]
    }
}
