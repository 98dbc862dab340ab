//! Long words in a text: runs of letters, digits, `_` and `-`, of which tokens are made.

use claviger_lanes::{Bits, Sheet};

/// How far the beginning of a word in parts is looked for: `SG.` before the word proper.
const DOTTED_REACH: usize = 16;
/// Longest escape that may be glued to the front of a word, as `n` of `\n`, without its first byte.
const ESCAPE_MAX: usize = 5;
/// How far into a word tokens are looked for: further on it is one long value.
const INSIDE_MAX: usize = 256;

fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Calls `found` with the bounds of each long word that starts in `from..to`; of a very long one, those of
/// its first part.
#[inline]
pub(super) fn find(sheet: &Sheet, from: usize, to: usize, mut found: impl FnMut(usize, usize)) {
    let words = sheet.words();
    for start in sheet.long_words().iter(from, to) {
        found(start, words.end(start, start + INSIDE_MAX));
    }
}

/// Places in a word and shortly before a word where a token may begin, given to `found` in order.
#[inline]
pub(super) fn beginnings(
    text: &[u8],
    dashes: Bits<'_>,
    (start, end): (usize, usize),
    mut found: impl FnMut(usize),
) {
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
    let glued = if escaped { end.min(start + ESCAPE_MAX + 1) } else { start + 1 };
    (start + 1..glued).for_each(&mut found);
    dashes.each(glued - 1, end - 1, |dash| found(dash + 1));
}

#[cfg(test)]
mod tests {
    use claviger_lanes::Needles;

    use super::*;

    #[test]
    fn a_token_may_begin_after_an_escape_a_dash_and_before_a_dot() {
        let places = |text: &str, start: usize| {
            let mut places = Vec::new();
            let mut sheet = Sheet::default();
            sheet.read(text.as_bytes(), &Needles::new([]));
            beginnings(text.as_bytes(), sheet.dashes(), (start, text.len()), |at| places.push(at));
            places
        };
        assert_eq!(places("ab-cd", 0), [0, 3]);
        assert_eq!(places("\\nabc", 1), [1, 2, 3, 4]);
        assert_eq!(places("\\nabcdef-g", 1), [1, 2, 3, 4, 5, 6, 9]);
        assert_eq!(places("x SG.abc", 5), [2, 5]);
    }

    #[test]
    fn a_very_long_word_is_looked_at_in_its_first_part() {
        let text = format!("{} {} {}", "a".repeat(15), "b".repeat(16), "c".repeat(300));
        let (mut words, mut sheet) = (Vec::new(), Sheet::default());
        sheet.read(text.as_bytes(), &Needles::new([]));
        find(&sheet, 0, text.len(), |start, end| words.push((start, end)));
        assert_eq!(words, [(16, 32), (33, 33 + INSIDE_MAX)]);
    }
}
