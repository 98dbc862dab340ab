//! One value as checks see it: as it stands, and its letters and digits alone.

/// Most letters and digits of a value that is checked by them.
const SYMBOLS_MAX: usize = 64;

/// A value.
pub(super) struct Value<'v> {
    /// As it stands.
    pub(super) raw: &'v str,
    symbols: [u8; SYMBOLS_MAX],
    length: usize,
}

impl<'v> Value<'v> {
    /// Takes a value apart.
    pub(super) fn of(raw: &'v str) -> Self {
        let (mut symbols, mut length) = ([0; SYMBOLS_MAX], 0);
        for byte in raw.bytes().filter(u8::is_ascii_alphanumeric) {
            if length == SYMBOLS_MAX {
                // Longer than anything that is known by its letters and digits.
                length = 0;
                break;
            }
            symbols[length] = byte.to_ascii_uppercase();
            length += 1;
        }
        Self { raw, symbols, length }
    }

    /// Its letters and digits, letters as capitals.
    pub(super) fn symbols(&self) -> &[u8] {
        &self.symbols[..self.length]
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
