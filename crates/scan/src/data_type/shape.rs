//! How values look: `9` is a digit, `A` a letter, `X` a letter or digit, `h` a hexadecimal digit, `*` at the end
//! any further letters, digits, blanks and dashes; anything else is itself.

use super::value::{Made, Value};

/// Shortest value that is looked for in a text: shorter ones are numbers of anything.
pub(super) const LENGTH_MIN: usize = 6;
/// Longest value with a shape.
pub(super) const LENGTH_MAX: usize = 40;

/// What kind of character each of a value is, two bits a character from the least significant: digit, capital,
/// small letter, anything else. Shapes are compared with all of it at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Classes(u128);

const DIGIT: u8 = 0;
const CAPITAL: u8 = 1;
const SMALL: u8 = 2;
const OTHER: u8 = 3;

const CLASS: [u8; 256] = {
    let (mut class, mut byte) = ([OTHER; 256], 0);
    while byte < 256 {
        class[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'A'..=b'Z' => CAPITAL,
            b'a'..=b'z' => SMALL,
            _ => OTHER,
        };
        byte += 1;
    }
    class
};

impl Classes {
    /// Those of at most 64 bytes.
    pub(super) fn of(value: &[u8]) -> Self {
        // Halves that fit a register each.
        let half = |bytes: &[u8]| {
            let classes = bytes.iter().rev().map(|byte| u64::from(CLASS[usize::from(*byte)]));
            classes.fold(0, |all: u64, class| all << 2 | class)
        };
        let (low, high) = value.split_at(value.len().min(32));
        Self(u128::from(half(low)) | u128::from(half(high)) << 64)
    }

    /// Those of a stretch, fewer than 64 bytes.
    pub(super) fn part(self, from: usize, bytes: usize) -> Self {
        Self((self.0 >> (2 * from)) & ((1 << (2 * bytes)) - 1))
    }
}

/// How many beginnings there are: the kinds of the first two characters.
pub(super) const BEGINNINGS: usize = 16;

impl Classes {
    /// The kinds of its first two characters, as a number below [`BEGINNINGS`].
    pub(super) fn beginning(self) -> usize {
        self.0 as usize % BEGINNINGS
    }
}

/// A shape.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pattern: Vec<u8>,
    /// Whether more may follow.
    is_open: bool,
    /// Whether it has hexadecimal digits.
    is_hex: bool,
    /// The bits of the classes that a value in a text must have, and which of them count.
    bits: u128,
    mask: u128,
    /// Characters that stand for themselves, by their place.
    literals: Vec<(usize, u8)>,
    /// Where it has digits, and a bit for each character that is a letter or digit.
    digits: Digits,
    alnums: u64,
}

/// Where a shape has digits, one bit a character: those that must be digits, and those that are known to be or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digits {
    digits: u64,
    known: u64,
}

impl Digits {
    /// Whether a value with digits in these places may have the shape.
    #[inline]
    pub(super) fn fit(self, digits: u64) -> bool {
        (digits ^ self.digits) & self.known == 0
    }

    /// Whether a value may have the shape whose first `count` characters have digits in these places.
    pub(super) fn begin(self, first: u64, count: usize) -> bool {
        (first ^ self.digits) & self.known & ((1 << count) - 1) == 0
    }
}

impl Shape {
    /// Reads a shape.
    pub(super) fn parse(text: &str) -> Self {
        let (body, is_open) = match text.strip_suffix('*') {
            Some(body) => (body, true),
            None => (text, false),
        };
        let pattern = body.as_bytes().to_vec();
        let (mut bits, mut mask, mut literals) = (0, 0, Vec::new());
        for (place, byte) in pattern.iter().enumerate().take(LENGTH_MAX) {
            let (wanted, counts) = match byte {
                b'9' => (DIGIT, 0b11_u8),
                b'A' => (CAPITAL, 0b11),
                // Digits and capitals have no upper bit.
                b'X' => (DIGIT, 0b10),
                b'h' => (DIGIT, 0b00),
                byte => {
                    literals.push((place, *byte));
                    (CLASS[usize::from(*byte)], 0b11)
                }
            };
            bits |= u128::from(wanted) << (2 * place);
            mask |= u128::from(counts) << (2 * place);
        }
        let is_hex = pattern.contains(&b'h');
        let digits = Digits {
            digits: places(&pattern, |byte| byte.is_ascii_digit()),
            known: places(&pattern, |byte| !matches!(byte, b'X' | b'h')),
        };
        let alnums = places(&pattern, |byte| matches!(byte, b'9' | b'A' | b'X' | b'h'));
        Self { pattern, is_open, is_hex, bits, mask, literals, digits, alnums }
    }

    /// Whether values that begin so may have it.
    pub(super) fn may_begin(&self, beginning: usize) -> bool {
        let differs = beginning as u128 ^ self.bits;
        differs & (self.mask % BEGINNINGS as u128) == 0
    }

    /// Whether values with blanks may have it.
    pub(super) fn may_be_spaced(&self) -> bool {
        self.is_open || self.pattern.contains(&b' ')
    }

    /// The lengths of its values, [`LENGTH_MAX`] at most.
    pub(super) fn lengths(&self) -> impl Iterator<Item = usize> + use<> {
        let least = self.pattern.len();
        let most = if self.is_open { LENGTH_MAX } else { least.min(LENGTH_MAX) };
        least..=most
    }

    /// Where it has digits.
    pub(super) fn digits(&self) -> Digits {
        self.digits
    }

    /// Whether a cell of its length has it.
    #[inline]
    pub(super) fn fits_cell(&self, cell: &Value<'_>) -> bool {
        let bytes = cell.raw.as_bytes();
        let made = |made: Made| self.digits.fit(made.digits) & (self.alnums & !made.alnums == 0);
        let literal = |(place, byte): &(usize, u8)| {
            bytes.get(*place).is_some_and(|known| known.eq_ignore_ascii_case(byte))
        };
        let untold = self.is_open || self.is_hex || cell.made().is_none();
        cell.made().is_none_or(made)
            && self.literals.iter().all(literal)
            && (!untold || self.fits(bytes, false))
    }

    /// Whether a value of its length in a text has it. Small letters are words there.
    #[inline]
    pub(super) fn fits_in_text(&self, value: &[u8], classes: Classes) -> bool {
        let classed = (classes.0 ^ self.bits) & self.mask == 0;
        let literal = |(place, byte): &(usize, u8)| value.get(*place) == Some(byte);
        // What the classes do not tell.
        let untold = self.is_open || self.is_hex;
        classed && self.literals.iter().all(literal) && (!untold || self.fits(value, true))
    }

    /// Whether a value has it. In a text small letters are words; in a cell they may be a number's.
    pub(super) fn fits(&self, value: &[u8], in_text: bool) -> bool {
        let letter = |byte: u8| match in_text {
            true => byte.is_ascii_uppercase(),
            false => byte.is_ascii_alphabetic(),
        };
        let fits = |class: u8, byte: u8| match class {
            b'9' => byte.is_ascii_digit(),
            b'A' => letter(byte),
            b'X' => byte.is_ascii_digit() || letter(byte),
            b'h' => byte.is_ascii_hexdigit(),
            class => byte == class || (!in_text && byte.eq_ignore_ascii_case(&class)),
        };
        let Some((head, rest)) = value.split_at_checked(self.pattern.len()) else { return false };
        let rest_fits = match self.is_open {
            true => {
                value.len() <= LENGTH_MAX
                    && rest.iter().all(|byte| {
                        byte.is_ascii_digit() || letter(*byte) || matches!(byte, b' ' | b'-')
                    })
            }
            false => rest.is_empty(),
        };
        rest_fits && self.pattern.iter().zip(head).all(|(class, byte)| fits(*class, *byte))
    }
}

/// The places of characters of some kind, a bit each.
fn places(pattern: &[u8], is: fn(u8) -> bool) -> u64 {
    let of = |(place, byte): (usize, &u8)| u64::from(is(*byte)) << place;
    pattern.iter().take(LENGTH_MAX).enumerate().map(of).fold(0, |all, bit| all | bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_tells_digits_letters_and_itself() {
        let fits = |shape: &str, value: &str| {
            let (shape, value) = (Shape::parse(shape), value.as_bytes());
            let fits = shape.fits(value, true);
            let same_length = shape.lengths().any(|length| length == value.len());
            assert!(!same_length || shape.fits_in_text(value, Classes::of(value)) == fits);
            let digits =
                value.iter().rev().fold(0, |all, byte| all << 1 | u64::from(byte.is_ascii_digit()));
            assert!(!fits || shape.digits().fit(digits));
            let text = std::str::from_utf8(value).unwrap();
            let in_cell = shape.fits(value, false);
            assert!(!same_length || shape.fits_cell(&Value::of(text)) == in_cell);
            fits
        };
        assert!(fits("999-99-9999", "123-45-6789") && !fits("999-99-9999", "123-45-678A"));
        assert!(fits("A999999(X)", "A123456(3)") && !fits("A999999(X)", "a123456(3)"));
        assert!(fits("AA99*", "GB82 WEST 1234") && !fits("AA99*", "GB8"));
        assert!(Shape::parse("A99").fits(b"a12", false));
    }
}
