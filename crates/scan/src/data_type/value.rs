//! One value as checks see it: as it stands, and its letters and digits alone.

use std::borrow::Cow;
use std::cell::OnceCell;

use claviger_lanes::Sheet;

/// Most letters and digits of a value that is checked by them.
const SYMBOLS_MAX: usize = 64;

/// What the bytes of a value are, a bit a byte, the first lowest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Made {
    /// A bit for each byte.
    pub(super) all: u64,
    pub(super) digits: u64,
    /// Letters and digits.
    pub(super) alnums: u64,
}

impl Made {
    /// What bytes are, of which there are so many: 64 at most.
    fn new(length: usize, digits: u64, alnums: u64) -> Self {
        let all = u64::MAX.checked_shr(u64::BITS - length as u32).unwrap_or(0);
        Self { all, digits: digits & all, alnums: alnums & all }
    }

    fn of(bytes: &[u8]) -> Self {
        let gathered = |is: fn(&u8) -> bool| {
            bytes.iter().rev().fold(0, |all, byte| all << 1 | u64::from(is(byte)))
        };
        Self::new(bytes.len(), gathered(u8::is_ascii_digit), gathered(u8::is_ascii_alphanumeric))
    }

    /// Neither letters nor digits.
    pub(super) fn others(self) -> u64 {
        self.all & !self.alnums
    }

    pub(super) fn letters(self) -> u64 {
        self.alnums & !self.digits
    }

    /// Whether it is digits and nothing else.
    pub(super) fn is_digits(self) -> bool {
        self.digits == self.all
    }
}

/// A value.
pub(super) struct Value<'v> {
    /// As it stands.
    pub(super) raw: &'v str,
    /// What it is made of, unless it is long.
    made: Option<Made>,
    /// Its letters and digits with their number, made when a check asks for them.
    symbols: OnceCell<([u8; SYMBOLS_MAX], usize)>,
}

impl<'v> Value<'v> {
    /// A value as it stands.
    pub(super) fn of(raw: &'v str) -> Self {
        let made = (raw.len() <= SYMBOLS_MAX).then(|| Made::of(raw.as_bytes()));
        Self { raw, made, symbols: OnceCell::new() }
    }

    /// A value as it stands at a place of a text of which a sheet tells.
    #[inline]
    pub(super) fn at(raw: &'v str, sheet: &Sheet, place: usize) -> Self {
        let told =
            || Made::new(raw.len(), sheet.digits().window(place), sheet.alnums().window(place));
        Self { raw, made: (raw.len() <= SYMBOLS_MAX).then(told), symbols: OnceCell::new() }
    }

    /// A value that was read from a place of a text of which a sheet tells, as it stands there or decoded.
    #[inline]
    #[expect(clippy::ptr_arg, reason = "what is borrowed stands in the text as it is")]
    pub(super) fn read(text: &'v Cow<'_, str>, sheet: &Sheet, place: usize) -> Self {
        match text {
            Cow::Borrowed(text) => Self::at(text, sheet, place),
            Cow::Owned(text) => Self::of(text),
        }
    }

    /// It without the blanks around it; `None` where it has none, as most.
    #[inline]
    pub(super) fn trimmed(&self) -> Option<Self> {
        match self.raw.as_bytes() {
            [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => None,
            _ => Some(Self::of(self.raw.trim())),
        }
    }

    /// What it is made of; `None` of a long one.
    pub(super) fn made(&self) -> Option<Made> {
        self.made
    }

    /// What it is made of where that is letters, digits, and marks that all fit.
    #[inline]
    pub(super) fn made_with(&self, fits: impl Fn(u8) -> bool) -> Option<Made> {
        let made = self.made?;
        let mut left = made.others();
        while left != 0 {
            if !fits(*self.raw.as_bytes().get(left.trailing_zeros() as usize)?) {
                return None;
            }
            left &= left - 1;
        }
        Some(made)
    }

    /// Those of some of its first 64 bytes that are of a kind, a bit each.
    #[inline]
    pub(super) fn those(&self, bytes: u64, are: impl Fn(u8) -> bool) -> u64 {
        let (mut those, mut left) = (0, bytes);
        while left != 0 {
            let byte = self.raw.as_bytes().get(left.trailing_zeros() as usize).copied();
            let first = left & left.wrapping_neg();
            those |= if byte.is_some_and(&are) { first } else { 0 };
            left &= left - 1;
        }
        those
    }

    /// Its letters and digits, letters as capitals; none when there are too many.
    pub(super) fn symbols(&self) -> &[u8] {
        let raw = self.raw.as_bytes();
        // Most values are nothing else.
        let plain = |all: bool, byte: &u8| all & !byte.is_ascii_lowercase();
        let is_plain =
            |made: Made| made.is_digits() || (made.others() == 0 && raw.iter().fold(true, plain));
        if self.made.is_some_and(is_plain) {
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
        let mut numbers = [b'0'; SYMBOLS_MAX];
        numbers[..symbols.len()].copy_from_slice(symbols);
        // All of them, so that the compiler makes vector instructions of it.
        numbers.iter_mut().for_each(|number| *number = number.wrapping_sub(b'0'));
        let most = numbers.iter().fold(0, |most, number| most.max(*number));
        (!symbols.is_empty() && most < 10).then_some(Digits { numbers, length: symbols.len() })
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
