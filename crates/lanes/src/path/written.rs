//! Sixteen characters read as base64 and as hexadecimal digits at once: whether bytes of a text may come out.

use std::arch::x86_64::*;

use crate::written::{Beginnings, HEAD, broken};

/// Notes the places whose sixteen characters may be read; see [`crate::written`].
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
pub(super) fn sift(text: &[u8], places: &[u32], begins: &Beginnings, found: &mut Vec<usize>) {
    for at in places.iter().map(|at| *at as usize) {
        let Some(head) = text.get(at..).and_then(|rest| rest.first_chunk()) else { return };
        if is_written(head, begins) {
            found.push(at);
        }
    }
}

/// Whether sixteen characters may be read.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
pub(super) fn is_written(head: &[u8; HEAD], begins: &Beginnings) -> bool {
    let characters = load(head);
    let base64 = from_base64(characters);
    let (digits, is_hexadecimal) = from_hexadecimal(characters);
    let of_base64 = faults(base64, 12).min(u64::from(!begins.has(first_two(base64))));
    let of_digits = faults(digits, 8).min(u64::from(!begins.has(first_two(digits))));
    // One branch for all: what any of them says is as good as random.
    of_base64.min(of_digits | u64::from(!is_hexadecimal)) == 0
}

/// The twelve bytes that characters of base64 stand for, in either alphabet.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn from_base64(characters: __m128i) -> __m128i {
    let is = |byte: u8| _mm_cmpeq_epi8(characters, _mm_set1_epi8(byte as i8));
    let below = |byte: u8| _mm_cmpgt_epi8(_mm_set1_epi8(byte as i8), characters);
    let add = |value: i8| _mm_set1_epi8(value);
    // What is added to a character to get its value, by the lowest that its kind has.
    let letters = _mm_blendv_epi8(add(-71), add(-65), below(b'a'));
    let all = _mm_blendv_epi8(letters, add(4), below(b'A'));
    let all = _mm_blendv_epi8(all, add(16), is(b'/'));
    let all = _mm_blendv_epi8(all, add(19), is(b'+'));
    let all = _mm_blendv_epi8(all, add(17), is(b'-'));
    let all = _mm_blendv_epi8(all, add(-32), is(b'_'));
    let values = _mm_add_epi8(characters, all);
    // Muła and Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions", 2018.
    let pairs = _mm_maddubs_epi16(values, _mm_set1_epi32(0x0140_0140));
    let threes = _mm_madd_epi16(pairs, _mm_set1_epi32(0x0001_1000));
    let order = _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    _mm_shuffle_epi8(threes, order)
}

/// The eight bytes that hexadecimal digits stand for, and whether all are such digits.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn from_hexadecimal(characters: __m128i) -> (__m128i, bool) {
    let lower = _mm_or_si128(characters, _mm_set1_epi8(0x20));
    let letter = within(lower, b'a', b'f');
    let known = _mm_or_si128(letter, within(characters, b'0', b'9'));
    let low = _mm_and_si128(characters, _mm_set1_epi8(0xF));
    let nibbles = _mm_add_epi8(low, _mm_and_si128(letter, _mm_set1_epi8(9)));
    let bytes = _mm_maddubs_epi16(nibbles, _mm_set1_epi16(0x0110));
    let bytes = _mm_packus_epi16(bytes, _mm_setzero_si128());
    (bytes, _mm_movemask_epi8(known) == 0xFFFF)
}

/// Those of the first bytes that no text has: neither printed nor blank, nor of characters of UTF-8 whose parts follow
/// each other.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn faults(bytes: __m128i, count: u32) -> u64 {
    let beyond = _mm_movemask_epi8(bytes).cast_unsigned();
    let leads = _mm_movemask_epi8(_mm_and_si128(bytes, _mm_slli_epi16::<1>(bytes)));
    let printed = within(bytes, b' ', b'~');
    let blank = _mm_or_si128(
        within(bytes, b'\t', b'\n'),
        _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\r' as i8)),
    );
    let plain = _mm_movemask_epi8(_mm_or_si128(printed, blank)).cast_unsigned();
    let [beyond, leads, plain] = [beyond, leads.cast_unsigned(), plain].map(u64::from);
    let all = (1 << count) - 1;
    (all & !(plain | beyond)) | broken(beyond & all, leads & all, all)
}

/// The bytes that lie between two others below 0x80.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn within(bytes: __m128i, low: u8, high: u8) -> __m128i {
    let from = _mm_cmpgt_epi8(bytes, _mm_set1_epi8(low as i8 - 1));
    _mm_andnot_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8(high as i8)), from)
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn first_two(bytes: __m128i) -> [u8; 2] {
    let [first, second, ..] = _mm_cvtsi128_si32(bytes).to_le_bytes();
    [first, second]
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
#[expect(unsafe_code, reason = "loads take a pointer")]
pub(super) fn load(head: &[u8; HEAD]) -> __m128i {
    // SAFETY: the array has the sixteen bytes that are loaded, and this load asks for no alignment.
    unsafe { _mm_loadu_si128(head.as_ptr().cast()) }
}
