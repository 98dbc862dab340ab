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
    pub(super) fn all_digits(&self) -> Option<Vec<u8>> {
        let symbols = self.symbols();
        let all = !symbols.is_empty() && symbols.iter().all(u8::is_ascii_digit);
        all.then(|| symbols.iter().map(|digit| digit - b'0').collect())
    }
}
