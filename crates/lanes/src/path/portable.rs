//! Plain Rust, for every processor: a table of classes, turned from a byte of bits into bits of bytes eight by
//! eight.

use crate::bits::WIDTH;
use crate::masks::{Masks, SIGHT};
use crate::needles::Needles;
use crate::sheet::Rows;

const ALNUM: usize = 0;
/// `_`, `-`, `.` and `/` have two bits each, from which their classes are put together.
const UNDER: usize = 1;
const SLASH: usize = 2;
const PLUS: usize = 3;
const DIGIT: usize = 4;
const LINE: usize = 5;
const ESCAPE: usize = 6;
const AT: usize = 7;

/// The classes of each byte, a bit a class.
const CLASSES: [u8; 256] = {
    let (mut classes, mut byte) = ([0; 256], 0);
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'0'..=b'9' => 1 << ALNUM | 1 << DIGIT,
            b'A'..=b'Z' | b'a'..=b'z' => 1 << ALNUM,
            b'_' => 1 << UNDER,
            b'-' => 1 << UNDER | 1 << SLASH,
            b'/' => 1 << SLASH,
            b'.' => 1 << SLASH | 1 << PLUS,
            b'+' => 1 << PLUS,
            b'\n' => 1 << LINE,
            b'\\' | b'%' => 1 << ESCAPE,
            b'@' => 1 << AT,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

pub(super) fn fill(text: &[u8], first: usize, needles: &Needles, rows: &mut Rows) {
    let whole = Rows::whole_chunks(text);
    let mut places = rows.places(first.min(whole), whole);
    for chunk in 0..whole.saturating_sub(first) {
        if let Some(window) = text[(first + chunk) * WIDTH..].first_chunk() {
            places.put(chunk, masks(window, needles));
        }
    }
    for chunk in first.max(whole)..text.len().div_ceil(WIDTH) {
        let window = Rows::last_window(text, chunk);
        rows.put_last(text, chunk, masks(&window, needles));
    }
    rows.derive(first);
}

fn masks(window: &[u8; SIGHT], needles: &Needles) -> Masks {
    let mut classes = [0_u64; 8];
    for (number, eight) in window.as_chunks::<8>().0.iter().enumerate() {
        let bits = transposed(u64::from_le_bytes(eight.map(|byte| CLASSES[usize::from(byte)])));
        for (class, byte) in classes.iter_mut().zip(bits.to_le_bytes()) {
            *class |= u64::from(byte) << (8 * number);
        }
    }
    let (mut needle, mut trail) = (0, 0);
    for (number, eight) in window.as_chunks::<8>().0.iter().enumerate() {
        let bytes = u64::from_le_bytes(*eight);
        // The upper bit and not the one below it, gathered by the product.
        let bits = (bytes >> 7) & !(bytes >> 6) & 0x0101_0101_0101_0101;
        trail |= (bits.wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * number);
    }
    for (at, pair) in window[..WIDTH + 1].windows(2).enumerate() {
        // Two bytes rule out nearly all places.
        if needles.may_begin_with(pair[0], pair[1])
            && let Some(head) = window[at..].first_chunk()
        {
            needle |= u64::from(needles.may_begin(head)) << at;
        }
    }
    Masks {
        alnum: classes[ALNUM],
        dash: classes[UNDER],
        slash: classes[SLASH] & !classes[UNDER] & !classes[PLUS],
        plus: classes[PLUS] & !classes[SLASH],
        joint: classes[SLASH],
        digit: classes[DIGIT],
        line: classes[LINE],
        escape: classes[ESCAPE],
        at: classes[AT],
        trail,
        needle,
    }
}

/// Eight bytes of eight bits with rows and columns exchanged (Hacker's Delight, 7-3).
fn transposed(bits: u64) -> u64 {
    let mut bits = bits;
    for (shift, mask) in
        [(7, 0x00AA_00AA_00AA_00AA_u64), (14, 0x0000_CCCC_0000_CCCC), (28, 0x0000_0000_F0F0_F0F0)]
    {
        let swapped = (bits ^ (bits >> shift)) & mask;
        bits ^= swapped ^ (swapped << shift);
    }
    bits
}
