//! 32 bytes at a time, for processors with AVX2 (Haswell, Zen and later).

use std::arch::x86_64::*;

use super::fetch;
use crate::bits::WIDTH;
use crate::masks::{Masks, SIGHT};
use crate::needles::Needles;
use crate::sheet::Rows;

/// Bytes of a register.
const HALF: usize = 32;

#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
pub(super) fn fill(text: &[u8], first: usize, needles: &Needles, rows: &mut Rows) {
    let whole = Rows::whole_chunks(text);
    let mut places = rows.places(first.min(whole), whole);
    for chunk in 0..whole.saturating_sub(first) {
        fetch(text, (first + chunk) * WIDTH);
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

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn masks(window: &[u8; SIGHT], needles: &Needles) -> Masks {
    let (low, high) = (half(window, 0, needles), half(window, HALF, needles));
    let join = |low: u32, high: u32| u64::from(low) | u64::from(high) << HALF;
    Masks {
        alnum: join(low.alnum, high.alnum),
        dash: join(low.dash, high.dash),
        slash: join(low.slash, high.slash),
        plus: join(low.plus, high.plus),
        joint: join(low.joint, high.joint),
        digit: join(low.digit, high.digit),
        line: join(low.line, high.line),
        escape: join(low.escape, high.escape),
        at: join(low.at, high.at),
        trail: join(low.trail, high.trail),
        needle: join(low.needle, high.needle),
    }
}

/// The classes of 32 bytes.
struct Half {
    alnum: u32,
    dash: u32,
    slash: u32,
    plus: u32,
    joint: u32,
    digit: u32,
    line: u32,
    escape: u32,
    at: u32,
    trail: u32,
    needle: u32,
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn half(window: &[u8; SIGHT], from: usize, needles: &Needles) -> Half {
    let bytes = load(window, from);
    let equal = |byte: u8| _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte as i8));
    let is = |byte: u8| bits(equal(byte));
    let either = |a: u8, b: u8| bits(_mm256_or_si256(equal(a), equal(b)));
    let lower = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
    let letter = up_to(_mm256_sub_epi8(lower, _mm256_set1_epi8(b'a' as i8)), 25);
    let digit = up_to(_mm256_sub_epi8(bytes, _mm256_set1_epi8(b'0' as i8)), 9);
    let zero = _mm256_setzero_si256();
    let sight = [bytes, load(window, from + 1), load(window, from + 2), load(window, from + 3)];
    let (mut first, mut second) = (_mm256_set1_epi8(-1), _mm256_set1_epi8(-1));
    let mask = _mm256_set1_epi8(0x0F);
    for (place, bytes) in sight.into_iter().enumerate() {
        let low = _mm256_and_si256(bytes, mask);
        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), mask);
        first = _mm256_and_si256(first, allowed(&needles.by_half[0][place], low, high));
        second = _mm256_and_si256(second, allowed(&needles.by_half[1][place], low, high));
    }
    let buckets = _mm256_or_si256(first, second);
    Half {
        alnum: bits(_mm256_or_si256(letter, digit)),
        dash: either(b'_', b'-'),
        slash: is(b'/'),
        plus: is(b'+'),
        joint: either(b'-', b'.') | is(b'/'),
        digit: bits(digit),
        line: is(b'\n'),
        escape: either(b'\\', b'%'),
        at: is(b'@'),
        // As numbers with a sign, those below -64.
        trail: bits(_mm256_cmpgt_epi8(_mm256_set1_epi8(-64), bytes)),
        needle: !bits(_mm256_cmpeq_epi8(buckets, zero)),
    }
}

/// The buckets that allow each byte, by its halves.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn allowed([of_low, of_high]: &[[u8; 16]; 2], low: __m256i, high: __m256i) -> __m256i {
    let low = _mm256_shuffle_epi8(load_table(of_low), low);
    _mm256_and_si256(low, _mm256_shuffle_epi8(load_table(of_high), high))
}

/// Whether each byte is at most a number.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn up_to(bytes: __m256i, number: i8) -> __m256i {
    _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(number)), bytes)
}

/// The upper bit of each byte.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn bits(bytes: __m256i) -> u32 {
    _mm256_movemask_epi8(bytes).cast_unsigned()
}

/// The 32 bytes from a place of the window on.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
#[expect(unsafe_code, reason = "loads take a pointer")]
fn load(window: &[u8; SIGHT], place: usize) -> __m256i {
    window[place..].first_chunk::<HALF>().map_or_else(
        || _mm256_setzero_si256(),
        |bytes| {
            // SAFETY: the array has the 32 bytes that are loaded, and this load asks for no alignment.
            unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
        },
    )
}

/// A table of 16 bytes in both halves of a register.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
#[expect(unsafe_code, reason = "loads take a pointer")]
fn load_table(table: &[u8; 16]) -> __m256i {
    // SAFETY: the array has the 16 bytes that are loaded, and this load asks for no alignment.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) })
}
