//! Whether a run may stand for something readable, by its first characters: asked of every long word and every
//! number of a text, so what rules nearly all out has no branch that data could lead astray. What is left is
//! looked at at once, as bytes of one number.

use std::sync::LazyLock;

use claviger_lanes::Beginnings;

use super::readable::begins_readable;

/// Characters that are looked at.
pub(super) const HEAD: usize = 16;

/// A one in each of twelve bytes, and in the lower of each of eight pairs.
const TWELVE: u128 = 0x0101_0101_0101_0101_0101_0101;
const PAIRS: u128 = 0x0001_0001_0001_0001_0001_0001_0001_0001;
/// A one in each of sixteen bytes.
const SIXTEEN: u128 = 0x0101_0101_0101_0101_0101_0101_0101_0101;

/// Whether a run that begins so may stand for something readable, in base64 or in hexadecimal digits. Three or four
/// bytes rule out nearly all; only the rest is looked at as a whole.
#[inline]
pub(super) fn may_stand_for(head: &[u8; HEAD]) -> bool {
    let [a, b, c, d, ..] = head.map(usize::from);
    let [first, second, third, _] =
        (PLACES[0][a] | PLACES[1][b] | PLACES[2][c] | PLACES[3][d]).to_le_bytes();
    let readable = follow(first, second, third) || OF_INTEREST.has([first, second]);
    (readable && is_base64_text(head)) || (may_be_hexadecimal(head) && is_hexadecimal_text(head))
}

#[inline(never)]
fn is_base64_text(head: &[u8; HEAD]) -> bool {
    let bytes = from_base64(head);
    (may_be_text(bytes, TWELVE, 8) | OF_INTEREST.has((bytes as u16).to_le_bytes()))
        && begins_readable(&bytes.to_le_bytes()[..12])
}

/// What a byte is in a text: printed or blank, the lead of a character of UTF-8, what goes on with one, or none.
const PRINTED: u8 = 0;
const LEAD: u8 = 1;
const TRAIL: u8 = 2;
const NONE: u8 = 3;

static KINDS: [u8; 256] = {
    let (mut kinds, mut byte) = ([NONE; 256], 0);
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'\t' | b'\n' | b'\r' | b' '..=b'~' => PRINTED,
            0x80..0xC0 => TRAIL,
            0xC0.. => LEAD,
            _ => NONE,
        };
        byte += 1;
    }
    kinds
};

/// A bit for each three kinds of bytes that may begin a text.
const BEGINS: u64 = {
    let (mut bits, mut kinds) = (0_u64, 0);
    while kinds < 64_u8 {
        let (first, second, third) = (kinds & 3, kinds >> 2 & 3, kinds >> 4);
        let whole = first != NONE && second != NONE && third != NONE && first != TRAIL;
        let second_fits = (second == TRAIL) == (first == LEAD);
        let third_fits = match second {
            PRINTED => third != TRAIL,
            LEAD => third == TRAIL,
            _ => true,
        };
        if whole && second_fits && third_fits {
            bits |= 1 << kinds;
        }
        kinds += 1;
    }
    bits
};

/// Whether three bytes may begin a text.
#[inline]
fn follow(first: u8, second: u8, third: u8) -> bool {
    let kind = |byte: u8| KINDS[usize::from(byte)];
    BEGINS >> (kind(first) | kind(second) << 2 | kind(third) << 4) & 1 == 1
}

/// What each hexadecimal digit stands for; the upper bit for all other characters.
static NIBBLES: [u8; 256] = {
    let (mut nibbles, mut byte) = ([0x80; 256], 0);
    while byte < 256 {
        nibbles[byte] = match byte as u8 {
            digit @ b'0'..=b'9' => digit - b'0',
            letter @ b'a'..=b'f' => letter - b'a' + 10,
            letter @ b'A'..=b'F' => letter - b'A' + 10,
            _ => 0x80,
        };
        byte += 1;
    }
    nibbles
};

/// Whether ten characters are hexadecimal digits of what may begin a text or a container.
#[inline]
fn may_be_hexadecimal(head: &[u8; HEAD]) -> bool {
    let nibbles: [u8; 10] = std::array::from_fn(|at| NIBBLES[usize::from(head[at])]);
    let byte = |at: usize| nibbles[2 * at] << 4 | nibbles[2 * at + 1] & 0xF;
    let [first, second, third, fourth, fifth] = [byte(0), byte(1), byte(2), byte(3), byte(4)];
    // What goes on with a character may come third.
    let goes_on = follow(third, fourth, fifth) | (KINDS[usize::from(third)] == TRAIL);
    let is_text = follow(first, second, third) & goes_on;
    nibbles.iter().fold(0, |all, nibble| all | nibble) < 0x80
        && (is_text | OF_INTEREST.has([first, second]))
}

/// The twelve bytes that sixteen characters of base64 stand for, the first in the lowest place.
#[inline]
fn from_base64(head: &[u8; HEAD]) -> u128 {
    let quads = head.as_chunks::<4>().0.iter().enumerate();
    quads.fold(0, |bytes, (number, quad)| {
        let [a, b, c, d] = quad.map(usize::from);
        let three = PLACES[0][a] | PLACES[1][b] | PLACES[2][c] | PLACES[3][d];
        bytes | u128::from(three) << (24 * number)
    })
}

/// What each character of base64 in each of four places adds to three bytes, the first byte lowest.
static PLACES: [[u32; 256]; 4] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";
    let mut places = [[0; 256]; 4];
    let mut at = 0;
    while at < alphabet.len() {
        // `-` and `_` stand for what `+` and `/` stand for.
        let value = if at < 64 { at as u32 } else { at as u32 - 2 };
        let mut place = 0;
        while place < 4 {
            let [_, first, second, third] = (value << (18 - 6 * place)).to_be_bytes();
            places[place as usize][alphabet[at] as usize] =
                u32::from_le_bytes([first, second, third, 0]);
            place += 1;
        }
        at += 1;
    }
    places
};

#[inline(never)]
fn is_hexadecimal_text(head: &[u8; HEAD]) -> bool {
    let characters = u128::from_le_bytes(*head);
    let lower = characters | (SIXTEEN * 0x20);
    let digits = between(characters, SIXTEEN, b'0', b'9');
    let letters = between(lower, SIXTEEN, b'a', b'f');
    if digits | letters != SIXTEEN << 7 {
        return false;
    }
    let nibbles = (characters & (SIXTEEN * 0xF)) + (letters >> 7) * 9;
    let bytes = (nibbles << 4 | nibbles >> 8) & (PAIRS * 0xFF);
    let pairs = bytes.to_le_bytes();
    if !(may_be_text(bytes, PAIRS, 16) | OF_INTEREST.has([pairs[0], pairs[2]])) {
        return false;
    }
    begins_readable(&std::array::from_fn::<u8, 8, _>(|place| pairs[2 * place]))
}

/// The upper bit of each byte below 0x80 that lies between two others.
#[inline]
fn between(bytes: u128, ones: u128, low: u8, high: u8) -> u128 {
    let upper = ones << 7;
    let plain = bytes & !upper;
    let from = plain + ones * u128::from(0x80 - low);
    let beyond = plain + ones * u128::from(0x7F - high);
    from & !beyond & !bytes & upper
}

/// Whether bytes have no control character but blanks, and lead and continuation bytes of UTF-8 follow each
/// other. `ones`: a one in each byte; `width`: bits from one to the next.
#[inline]
fn may_be_text(bytes: u128, ones: u128, width: u32) -> bool {
    let upper = ones << 7;
    let printed = between(bytes, ones, b' ', b'~');
    let blank = between(bytes, ones, b'\t', b'\n') | between(bytes, ones, b'\r', b'\r');
    let beyond = bytes & upper;
    let leads = beyond & bytes << 1;
    let continued = beyond & !leads;
    let broken = (leads << width & !continued & upper) | (continued & !(beyond << width));
    (printed | blank | beyond) == upper && broken == 0
}

/// The first two bytes of magic numbers, and of the byte order mark of UTF-16.
const BEGINNINGS: [[u8; 2]; 17] = [
    [0x1F, 0x8B],
    *b"PK",
    [0x28, 0xB5],
    [0xFD, b'7'],
    *b"BZ",
    *b"7z",
    [0x04, 0x22],
    *b"SQ",
    *b"%P",
    [0x89, b'P'],
    [0xFF, 0xD8],
    [0xD0, 0xCF],
    [0x78, 0x01],
    [0x78, 0x5E],
    [0x78, 0x9C],
    [0x78, 0xDA],
    [0xFF, 0xFE],
];

/// What is asked of every word: a beginning of a container, or half a character of UTF-16.
pub(super) static OF_INTEREST: LazyLock<Beginnings> =
    LazyLock::new(|| Beginnings::new(&BEGINNINGS, &[0]));

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decode::{base64, hex_byte};

    /// What the rest of the search believes: readable by its first bytes, and UTF-8 where it is text.
    fn plainly(bytes: &[u8]) -> bool {
        let cut = |error: std::str::Utf8Error| error.error_len().is_none();
        let is_text = std::str::from_utf8(bytes).map_or_else(cut, |_| true);
        let control = bytes.iter().any(|byte| byte.is_ascii_control() && !b"\t\n\r".contains(byte));
        begins_readable(bytes) && is_text && !control
    }

    proptest! {
        #[test]
        fn whatever_stands_for_text_may(text in "\\PC{4,12}[a-z \t]{8}", in_hexadecimal: bool) {
            let bytes = text.as_bytes();
            let written: Vec<u8> = match in_hexadecimal {
                true => bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect(),
                false => bytes.chunks(3).flat_map(|three| {
                    let bits = three.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte));
                    let bits = bits << (8 * (3 - three.len()));
                    [18, 12, 6, 0].map(|shift| {
                        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
                            [(bits >> shift & 63) as usize]
                    })
                }).collect(),
            };
            let head: &[u8; HEAD] = written.first_chunk().unwrap();
            let expected = match in_hexadecimal {
                true => plainly(&bytes[..8]),
                false => plainly(&base64(head).unwrap()),
            };
            prop_assert!(!expected || may_stand_for(head), "{:?}", String::from_utf8_lossy(head));
        }

        #[test]
        fn what_may_stand_for_something_begins_readable(head in "[A-Za-z0-9+/_-]{16}|[0-9a-f]{16}") {
            let head: &[u8; HEAD] = head.as_bytes().first_chunk().unwrap();
            let pairs = head.as_chunks::<2>().0.iter();
            let hex: Option<Vec<u8>> = pairs.map(|[high, low]| hex_byte(*high, *low)).collect();
            let readable = begins_readable(&base64(head).unwrap())
                || hex.is_some_and(|bytes| begins_readable(&bytes));
            prop_assert!(readable || !may_stand_for(head));
        }
    }

    #[test]
    fn containers_and_utf_16_may_be_what_a_run_stands_for() {
        for head in ["H4sIAAAAAAAAA0tM", "UEsDBBQAAAAIAAAA", "SQBFAFgAIAAoAE4A", "eJxLTEpOSU1LTwcA"]
        {
            assert!(may_stand_for(head.as_bytes().first_chunk().unwrap()), "{head}");
        }
        for head in ["0123456789abcdef", "getElementsByTag", "da39a3ee5e6b4b0d"] {
            assert!(!may_stand_for(head.as_bytes().first_chunk().unwrap()), "{head}");
        }
    }
}
