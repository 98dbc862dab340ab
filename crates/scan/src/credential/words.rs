//! Long words in a text: runs of letters, digits, `_` and `-`, of which tokens are made.
//!
//! A word of sixteen characters covers one in sixteen places of the text, so only those are looked at
//! until one is part of a word.

/// Shortest word that is looked at.
pub(super) const WORD_MIN: usize = 16;
/// How far the beginning of a word in parts is looked for: `SG.` before the word proper.
const DOTTED_REACH: usize = 16;
/// Longest escape that may be glued to the front of a word, as `n` of `\n`, without its first byte.
const ESCAPE_MAX: usize = 5;
/// How far into a word tokens are looked for: further on it is one long value.
const INSIDE_MAX: usize = 256;

const IN_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        byte += 1;
    }
    table
};

fn in_word(byte: u8) -> bool {
    IN_WORD[byte as usize]
}

/// Calls `found` with the bounds of each long word that starts in `from..to`.
pub(super) fn find(text: &[u8], from: usize, to: usize, mut found: impl FnMut(usize, usize)) {
    let mut at = from;
    if from > 0 && in_word(text[from - 1]) {
        at += text[from..].iter().take_while(|byte| in_word(**byte)).count();
    }
    while at < to {
        let probe = at + WORD_MIN - 1;
        if probe >= text.len() {
            return;
        }
        if !in_word(text[probe]) {
            at = probe + 1;
            continue;
        }
        let before = text[at..probe].iter().rev().take_while(|byte| in_word(**byte)).count();
        let start = probe - before;
        let after = text[probe..].iter().take_while(|byte| in_word(**byte)).count();
        let end = probe + after;
        if start < to && end - start >= WORD_MIN {
            found(start, end);
        }
        at = end + 1;
    }
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
    for at in start + 1..end.min(start + INSIDE_MAX) {
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
