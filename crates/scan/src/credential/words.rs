//! Long words in a text: runs of letters, digits, `_` and `-`, of which tokens are made.
//!
//! The classes of 64 bytes are told at once, as bits of a number; sixteen bits in a row are a long word.

/// Shortest word that is looked at.
#[cfg(test)]
const WORD_MIN: usize = 16;
/// How far the beginning of a word in parts is looked for: `SG.` before the word proper.
const DOTTED_REACH: usize = 16;
/// Longest escape that may be glued to the front of a word, as `n` of `\n`, without its first byte.
const ESCAPE_MAX: usize = 5;
/// How far into a word tokens are looked for: further on it is one long value.
const INSIDE_MAX: usize = 256;

/// Bytes whose classes are told at once.
const BLOCK: usize = 64;

fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// One bit for each byte of a block that is part of a word, the first byte lowest. Written so that the
/// compiler makes vector instructions of it.
fn mask(block: &[u8; BLOCK]) -> u64 {
    let mut class = [0u8; BLOCK];
    for (class, byte) in class.iter_mut().zip(block) {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let digit = byte.wrapping_sub(b'0') < 10;
        *class = u8::from(letter | digit | (*byte == b'_') | (*byte == b'-'));
    }
    let (eights, _) = class.as_chunks::<8>();
    eights.iter().rev().fold(0, |mask, eight| {
        // Each byte is 0 or 1: the product gathers the eight of them in its highest byte.
        let bits = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask << 8 | bits
    })
}

/// The mask of the block at `at`; what lies beyond the text is no part of a word.
fn mask_at(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    match rest.first_chunk::<BLOCK>() {
        Some(block) => mask(block),
        None => {
            let mut block = [0; BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            mask(&block)
        }
    }
}

/// Calls `found` with the bounds of each long word that starts in `from..to`; of a very long one, those of
/// its first part.
pub(super) fn find(text: &[u8], from: usize, to: usize, mut found: impl FnMut(usize, usize)) {
    let mut before = u64::from(from > 0 && in_word(text[from - 1]));
    let mut current = mask_at(text, from);
    for at in (from..to).step_by(BLOCK) {
        let next = mask_at(text, at + BLOCK);
        // A bit stays where sixteen in a row begin.
        let both = u128::from(next) << BLOCK | u128::from(current);
        let mut long = both;
        for shift in [1, 2, 4, 8] {
            long &= long >> shift;
        }
        let mut starts = long as u64 & !(current << 1 | before);
        while starts != 0 {
            let offset = starts.trailing_zeros();
            starts &= starts - 1;
            let start = at + offset as usize;
            if start < to {
                found(start, end_of(text, start, (both >> offset).trailing_ones() as usize));
            }
        }
        before = current >> (BLOCK - 1);
        current = next;
    }
}

/// One past the last byte of the word at `start`, of which `known` bytes are known; a word longer than
/// [`INSIDE_MAX`] is cut there.
fn end_of(text: &[u8], start: usize, known: usize) -> usize {
    if start + known < text.len() && !in_word(text[start + known]) {
        return start + known;
    }
    let reach = text[start..].iter().take(INSIDE_MAX);
    start + reach.take_while(|byte| in_word(**byte)).count()
}

/// Places in a word and shortly before a word where a token may begin, given to `found` in order.
pub(super) fn beginnings(text: &[u8], start: usize, end: usize, mut found: impl FnMut(usize)) {
    if matches!(text[..start], [.., b'.' | b'~' | b'/' | b':']) {
        let dotted = |byte: &&u8| in_word(**byte) || matches!(**byte, b'.' | b'~' | b'/' | b':');
        let reach = text[..start].iter().rev().take(DOTTED_REACH).take_while(dotted).count();
        for at in start - reach..start {
            if at == 0 || !in_word(text[at - 1]) {
                found(at);
            }
        }
    }
    found(start);
    let escaped = matches!(text[..start], [.., b'\\' | b'%' | b'[']);
    for at in start + 1..end {
        let glued = escaped && at <= start + ESCAPE_MAX;
        if glued || matches!(text[at - 1], b'_' | b'-') {
            found(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str, cut: usize) -> Vec<(usize, usize)> {
        let mut words = Vec::new();
        let cut = cut.min(text.len());
        find(text.as_bytes(), 0, cut, |start, end| words.push((start, end)));
        find(text.as_bytes(), cut, text.len(), |start, end| words.push((start, end)));
        words
    }

    proptest! {
        #[test]
        fn every_long_word_is_found_once_wherever_the_text_is_cut(
            text in "([a-z_-]{1,40}[ .]){0,12}[a-z]{0,40}",
            cut in 0usize..300,
        ) {
            let mut expected = Vec::new();
            let mut start = 0;
            for part in text.split([' ', '.']) {
                if part.len() >= WORD_MIN {
                    expected.push((start, start + part.len()));
                }
                start += part.len() + 1;
            }
            prop_assert_eq!(words(&text, cut), expected);
        }
    }

    #[test]
    fn a_token_may_begin_after_an_escape_a_dash_and_before_a_dot() {
        let places = |text: &str, start: usize| {
            let mut places = Vec::new();
            beginnings(text.as_bytes(), start, text.len(), |at| places.push(at));
            places
        };
        assert_eq!(places("ab-cd", 0), [0, 3]);
        assert_eq!(places("\\nabc", 1), [1, 2, 3, 4]);
        assert_eq!(places("x SG.abc", 5), [2, 5]);
    }
}
