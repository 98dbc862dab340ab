//! Long words in a text: runs of letters, digits, `_` and `-`, of which tokens are made.

use claviger_lanes::{Bits, Heads, Places, Sheet};

/// How far the beginning of a word in parts is looked for: `SG.` before the word proper.
const DOTTED_REACH: usize = 16;
/// Longest escape that may be glued to the front of a word, as `n` of `\n`, without its first byte.
const ESCAPE_MAX: usize = 5;
/// How far into a word tokens are looked for: further on it is one long value.
const INSIDE_MAX: usize = 256;

fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Notes in `words` where those long words begin in `from..to` in which one of `tokens` may begin: most are ruled out
/// by their first bytes.
pub(super) fn find(
    text: &[u8],
    sheet: &Sheet,
    (from, to): (usize, usize),
    tokens: &Heads,
    words: &mut Places,
) {
    let (all, dashes) = (sheet.words(), sheet.dashes());
    words.gather(sheet.long_words(), from, to);
    words.retain(|start| {
        let before = start.checked_sub(1).and_then(|at| text.get(at)).copied().unwrap_or(b' ');
        let first = all.window(start);
        let whole = first & !first.wrapping_add(1);
        // One branch for all: what any of them says is as good as random.
        (whole & dashes.window(start) != 0)
            | (first == u64::MAX)
            | GOES_BEFORE[usize::from(before)]
            | tokens.may_begin(text, start)
    });
}

/// Where a long word that begins at `start` ends; of a very long one, its first part.
pub(super) fn end(sheet: &Sheet, start: usize) -> usize {
    sheet.words().end(start, start + INSIDE_MAX)
}

/// Whether a token may begin before a word, or within it, behind such a byte.
const GOES_BEFORE: [bool; 256] = {
    let mut goes = [false; 256];
    let (marks, mut at) = (b".~/:\\%[", 0);
    while at < marks.len() {
        goes[marks[at] as usize] = true;
        at += 1;
    }
    goes
};

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
        let (mut words, mut sheet) = (Places::default(), Sheet::default());
        sheet.read(text.as_bytes(), &Needles::new([]));
        let tokens = Heads::new([&b"bbb"[..]]);
        find(text.as_bytes(), &sheet, (0, text.len()), &tokens, &mut words);
        let words: Vec<_> = words.iter().map(|start| (start, end(&sheet, start))).collect();
        assert_eq!(words, [(16, 32), (33, 33 + INSIDE_MAX)]);
    }
}
