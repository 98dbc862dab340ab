//! Four words at a time, for processors with AVX-512 and its permutations of bytes: tables say what characters and bytes
//! are. What may be read is looked at once more by itself, so that both ways say the same.

use std::arch::x86_64::*;

use super::written::{self, is_written, load};
use crate::written::{ANY_SECOND, Beginnings, FIRST, HEAD, SECOND, broken};

/// Words that are read at a time.
const WORDS: usize = 4;
/// The first byte of each word.
const FIRSTS: u64 = 0x0001_0001_0001_0001;
/// The twelve bytes of each word that come out of base64, and the eight of hexadecimal digits.
const OF_BASE64: u64 = FIRSTS * 0x0FFF;
const OF_DIGITS: u64 = FIRSTS * 0x00FF;

/// Halves of a table of 128 bytes.
type Table = [[u8; 64]; 2];

/// What each character of base64 stands for, in either alphabet.
const VALUES: Table = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";
    let (mut values, mut at) = ([[0; 64]; 2], 0);
    while at < alphabet.len() {
        let byte = alphabet[at] as usize;
        values[byte / 64][byte % 64] = if at < 64 { at as u8 } else { at as u8 - 2 };
        at += 1;
    }
    values
};

/// What each hexadecimal digit stands for; the upper bit for all other characters.
const NIBBLES: Table = {
    let (mut nibbles, mut byte) = ([[0x80; 64]; 2], 0);
    while byte < 128 {
        nibbles[byte / 64][byte % 64] = match byte as u8 {
            digit @ b'0'..=b'9' => digit - b'0',
            letter @ b'a'..=b'f' => letter - b'a' + 10,
            letter @ b'A'..=b'F' => letter - b'A' + 10,
            _ => 0x80,
        };
        byte += 1;
    }
    nibbles
};

/// The upper bit of those bytes below 0x80 that texts have.
const PLAIN: Table = {
    let (mut plain, mut byte) = ([[0; 64]; 2], 0);
    while byte < 128 {
        let is_plain = matches!(byte as u8, b'\t' | b'\n' | b'\r' | b' '..=b'~');
        plain[byte / 64][byte % 64] = if is_plain { 0x80 } else { 0 };
        byte += 1;
    }
    plain
};

/// Notes the places whose sixteen characters may be read; see [`crate::written`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt")]
pub(super) fn sift(text: &[u8], places: &[u32], begins: &Beginnings, found: &mut Vec<usize>) {
    let head = |at: u32| text.get(at as usize..).and_then(|rest| rest.first_chunk::<HEAD>());
    let (batches, rest) = places.as_chunks::<WORDS>();
    for batch in batches {
        let heads = batch.map(head);
        let [Some(a), Some(b), Some(c), Some(d)] = heads else {
            written::sift(text, batch, begins, found);
            break;
        };
        let mut left = may_be_written([a, b, c, d], begins);
        while left != 0 {
            let word = left.trailing_zeros() as usize / HEAD;
            if heads[word].is_some_and(|head| is_written(head, begins)) {
                found.push(batch[word] as usize);
            }
            left &= left - 1;
        }
    }
    written::sift(text, rest, begins, found);
}

/// Which of four words may be read, a bit where each begins.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt")]
fn may_be_written([a, b, c, d]: [&[u8; HEAD]; WORDS], begins: &Beginnings) -> u64 {
    let characters = _mm512_castsi128_si512(load(a));
    let characters = _mm512_inserti32x4::<1>(characters, load(b));
    let characters = _mm512_inserti32x4::<2>(characters, load(c));
    let characters = _mm512_inserti32x4::<3>(characters, load(d));
    // Muła and Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions", 2018.
    let pairs = _mm512_maddubs_epi16(look_up(&VALUES, characters), _mm512_set1_epi32(0x0140_0140));
    let threes = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x0001_1000));
    let order = _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    let base64 = _mm512_shuffle_epi8(threes, _mm512_broadcast_i32x4(order));
    let nibbles = look_up(&NIBBLES, characters);
    let other = _mm512_movepi8_mask(nibbles);
    let digits = _mm512_maddubs_epi16(nibbles, _mm512_set1_epi16(0x0110));
    let digits = _mm512_packus_epi16(digits, _mm512_setzero_si512());
    let of_digits = readable(digits, OF_DIGITS, begins) & none_of(other);
    readable(base64, OF_BASE64, begins) | of_digits
}

/// Which of four words have bytes of a text, or a beginning, a bit where each begins.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt")]
fn readable(bytes: __m512i, all: u64, begins: &Beginnings) -> u64 {
    let beyond = _mm512_movepi8_mask(bytes);
    let leads = _mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8(0xC0_u8 as i8));
    let plain = _mm512_movepi8_mask(look_up(&PLAIN, bytes));
    let faults = (all & !(plain | beyond)) | broken(beyond & all, leads & all, all);
    let (low, high) = begins.told.split_at(128);
    let told = _mm512_mask_blend_epi8(beyond, table(low, bytes), table(high, bytes));
    let first = _mm512_movepi8_mask(told);
    const { assert!(FIRST == 0x80) };
    let second = _mm512_test_epi8_mask(told, _mm512_set1_epi8(SECOND as i8));
    let any_second = _mm512_test_epi8_mask(told, _mm512_set1_epi8(ANY_SECOND as i8));
    none_of(faults) | ((first & second >> 1 | any_second >> 1) & FIRSTS)
}

/// The words that have no bit, a bit where each begins.
#[inline]
fn none_of(bits: u64) -> u64 {
    let half = bits | bits >> 8;
    let quarter = half | half >> 4;
    let pair = quarter | quarter >> 2;
    !(pair | pair >> 1) & FIRSTS
}

/// What a table says of the lower seven bits of each byte.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt")]
fn look_up([low, high]: &Table, bytes: __m512i) -> __m512i {
    _mm512_permutex2var_epi8(load_table(low), bytes, load_table(high))
}

/// The same of a table that is a slice.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt")]
fn table(table: &[u8], bytes: __m512i) -> __m512i {
    match table.as_chunks::<64>().0 {
        [low, high] => _mm512_permutex2var_epi8(load_table(low), bytes, load_table(high)),
        _ => _mm512_setzero_si512(),
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt")]
#[expect(unsafe_code, reason = "loads take a pointer")]
fn load_table(bytes: &[u8; 64]) -> __m512i {
    // SAFETY: the array has the 64 bytes that are loaded, and this load asks for no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}
