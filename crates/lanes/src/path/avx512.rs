//! 64 bytes at a time, for processors with AVX-512 and its permutations of bytes (Ice Lake, Zen 4 and later).

use std::arch::x86_64::*;

use super::fetch;
use crate::bits::WIDTH;
use crate::masks::{Masks, SIGHT};
use crate::needles::Needles;
use crate::sheet::Rows;

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi2")]
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
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi2")]
fn masks(window: &[u8; SIGHT], needles: &Needles) -> Masks {
    let bytes = load(window, 0);
    let is = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8));
    let lower = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    let letter = below(_mm512_sub_epi8(lower, _mm512_set1_epi8(b'a' as i8)), 26);
    let digit = below(_mm512_sub_epi8(bytes, _mm512_set1_epi8(b'0' as i8)), 10);
    let (second, third, fourth) = (load(window, 1), load(window, 2), load(window, 3));
    let mut buckets = _mm512_setzero_si512();
    for places in &needles.by_six {
        let in_first = allowed(&places[0], bytes);
        let in_second = allowed(&places[1], second);
        let in_third = allowed(&places[2], third);
        let in_fourth = allowed(&places[3], fourth);
        let early = _mm512_and_si512(in_first, in_second);
        let late = _mm512_and_si512(in_third, in_fourth);
        buckets = _mm512_or_si512(buckets, _mm512_and_si512(early, late));
    }
    Masks {
        alnum: letter | digit,
        dash: is(b'_') | is(b'-'),
        slash: is(b'/'),
        plus: is(b'+'),
        joint: is(b'-') | is(b'.') | is(b'/'),
        digit,
        line: is(b'\n'),
        escape: is(b'\\') | is(b'%'),
        at: is(b'@'),
        // As numbers with a sign, those below -64.
        trail: _mm512_cmplt_epi8_mask(bytes, _mm512_set1_epi8(-64)),
        needle: _mm512_test_epi8_mask(buckets, buckets),
    }
}

/// The buckets that allow each byte. Six bits of it decide: what shares them is told apart later.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi2")]
fn allowed(table: &[u8; WIDTH], bytes: __m512i) -> __m512i {
    _mm512_permutexvar_epi8(bytes, load_table(table))
}

/// Whether each byte is below a number.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi2")]
fn below(bytes: __m512i, number: i8) -> u64 {
    _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(number))
}

/// The 64 bytes from a place of the window on.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi2")]
fn load(window: &[u8; SIGHT], place: usize) -> __m512i {
    window[place..].first_chunk().map_or_else(|| _mm512_setzero_si512(), |bytes| load_table(bytes))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi2")]
#[expect(unsafe_code, reason = "loads take a pointer")]
fn load_table(bytes: &[u8; WIDTH]) -> __m512i {
    // SAFETY: the array has the 64 bytes that are loaded, and this load asks for no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}
