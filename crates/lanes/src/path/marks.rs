//! 32 bytes compared with each of three at once.

use std::arch::x86_64::*;

use crate::bits::WIDTH;
use crate::marks::{BYTES, plain};

/// Bytes of a register.
const HALF: usize = 32;

/// Notes where any of the bytes stand; see [`crate::Marks`].
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
pub(super) fn mark(text: &[u8], bytes: [u8; BYTES], row: &mut [u64]) {
    let wanted = bytes.map(|byte| _mm256_set1_epi8(byte as i8));
    let (chunks, rest) = text.as_chunks::<WIDTH>();
    let (whole, last) = row.split_at_mut(chunks.len());
    for (chunk, bits) in chunks.iter().zip(whole) {
        *bits = u64::from(half(chunk, 0, wanted)) | u64::from(half(chunk, HALF, wanted)) << HALF;
    }
    plain(rest, bytes, last);
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
#[expect(unsafe_code, reason = "loads take a pointer")]
fn half(chunk: &[u8; WIDTH], from: usize, [a, b, c]: [__m256i; BYTES]) -> u32 {
    let bytes = chunk[from..].first_chunk::<HALF>().map_or_else(
        || _mm256_setzero_si256(),
        |bytes| {
            // SAFETY: the array has the 32 bytes that are loaded, and this load asks for no alignment.
            unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
        },
    );
    let either = _mm256_or_si256(_mm256_cmpeq_epi8(bytes, a), _mm256_cmpeq_epi8(bytes, b));
    _mm256_movemask_epi8(_mm256_or_si256(either, _mm256_cmpeq_epi8(bytes, c))).cast_unsigned()
}
