//! Places gathered from bits: counted by the processor, and with AVX-512 sixteen noted at once.

use std::arch::x86_64::*;

use crate::bits::WIDTH;
use crate::places::{self, note};

/// Places that a register holds.
const AT_ONCE: usize = 16;

/// Notes the places of set bits; see [`crate::Places`].
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
pub(super) fn gather(words: &[u64], within: (usize, usize), row: &mut Vec<u32>) -> usize {
    places::gather(words, within, row, note)
}

/// The same with AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt")]
pub(super) fn gather512(words: &[u64], within: (usize, usize), row: &mut Vec<u32>) -> usize {
    places::gather(words, within, row, |bits, begin, row| note512(bits, begin, row))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt")]
fn note512(bits: u64, begin: u32, row: &mut [u32]) {
    let all = load(&const { numbers() });
    let told = _mm512_maskz_compress_epi8(bits, all);
    let parts = [
        _mm512_extracti32x4_epi32::<0>(told),
        _mm512_extracti32x4_epi32::<1>(told),
        _mm512_extracti32x4_epi32::<2>(told),
        _mm512_extracti32x4_epi32::<3>(told),
    ];
    let mut left = bits.count_ones() as usize;
    for (places, part) in row.as_chunks_mut::<AT_ONCE>().0.iter_mut().zip(parts) {
        let begin = _mm512_set1_epi32(begin.cast_signed());
        store(places, _mm512_add_epi32(_mm512_cvtepu8_epi32(part), begin));
        left = left.saturating_sub(AT_ONCE);
        if left == 0 {
            break;
        }
    }
}

/// The numbers from 0 to 63.
const fn numbers() -> [u8; WIDTH] {
    let (mut numbers, mut at) = ([0; WIDTH], 0);
    while at < WIDTH {
        numbers[at] = at as u8;
        at += 1;
    }
    numbers
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt")]
#[expect(unsafe_code, reason = "loads take a pointer")]
fn load(bytes: &[u8; WIDTH]) -> __m512i {
    // SAFETY: the array has the 64 bytes that are loaded, and this load asks for no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt")]
#[expect(unsafe_code, reason = "stores take a pointer")]
fn store(places: &mut [u32; AT_ONCE], numbers: __m512i) {
    // SAFETY: the array has the 64 bytes that are stored, and this store asks for no alignment.
    unsafe { _mm512_storeu_si512(places.as_mut_ptr().cast(), numbers) }
}
