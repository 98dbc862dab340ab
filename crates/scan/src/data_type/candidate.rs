//! Where in a text a number may stand: words with digits, and words with digits beside each other, as cards and
//! accounts are written in groups.
//!
//! Every number that is known without a name has three digits in a row somewhere: nothing else is looked at.

use claviger_lanes::{Bits, Sheet};

use super::shape::{LENGTH_MAX, LENGTH_MIN};

/// How far words are followed from where they were hit.
const REACH: usize = LENGTH_MAX;
/// Most words of a number; a longer row is a table of numbers, where each stands for itself.
const WORDS_MAX: usize = 9;
/// How far before a place a row of words that is met there may begin.
pub(super) const ROW_REACH: usize = 16 * REACH;
/// Longest word of capital letters between groups of digits, as in `NL91 ABNA 0417 1643 00`.
const LETTERS_MAX: usize = 4;

/// A stretch of a text.
pub(super) type Span = (usize, usize);

/// What is looked at of a text: parts, in order, of a whole.
pub(super) struct Stretches {
    pub(super) whole: Span,
    pub(super) parts: Vec<Span>,
}

impl Stretches {
    /// The places in them whose bit is set, in order.
    pub(super) fn places<'s>(&'s self, bits: Bits<'s>) -> impl Iterator<Item = usize> {
        self.parts.iter().flat_map(move |(begin, end)| bits.iter(*begin, *end))
    }
}

/// Calls `found` with the spans of each row of words that is met in some stretches of a text, longest first. `sheet`:
/// what each byte of the text is; `asks`: whether a number at a place may be asked for its name; `fits`: whether anything
/// may look like a span, by its length and its digits, whether it has blanks, and whether it may be asked. Nothing before
/// `floor` belongs to a row: it was part of one. Returns the floor of what comes next.
pub(super) fn find(
    text: &[u8],
    sheet: &Sheet,
    mut floor: usize,
    stretches: &Stretches,
    mut asks: impl FnMut(usize) -> bool,
    fits: impl Fn(usize, u64, bool, bool) -> bool,
    mut found: impl FnMut(&[Span]),
) -> usize {
    let mut spans = Vec::new();
    let ((from, to), digits) = (stretches.whole, sheet.digits());
    let mut take = |at: usize, floor: usize, asks: bool| {
        let fits = |(start, end): Span, spaced: bool| {
            let length = end - start;
            (LENGTH_MIN..=LENGTH_MAX).contains(&length)
                && fits(length, digits.window(start) & ((1 << length) - 1), spaced, asks)
        };
        let end = row(text, sheet, floor, at, &fits, &mut spans);
        if !spans.is_empty() {
            if spans.len() > 1 {
                spans.sort_by_key(|(start, end)| (start + LENGTH_MAX - end, *start));
            }
            found(&spans);
        }
        end
    };
    // A row may have ended within digits: they go on from there.
    let goes_on =
        |floor: usize, at: usize| floor >= from && floor < at && begins_number(text, floor);
    for at in stretches.places(sheet.numbers()) {
        while goes_on(floor, at) {
            floor = take(floor, floor, true);
        }
        if at >= floor {
            floor = take(at, floor, asks(at));
        }
    }
    while goes_on(floor, to) {
        floor = take(floor, floor, true);
    }
    floor
}

/// Whether three digits in a row stand at a place.
fn begins_number(text: &[u8], at: usize) -> bool {
    text.get(at..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
}

/// The spans of the row of words around `at`; returns its end.
fn row(
    text: &[u8],
    sheet: &Sheet,
    floor: usize,
    at: usize,
    fits: &impl Fn(Span, bool) -> bool,
    spans: &mut Vec<Span>,
) -> usize {
    spans.clear();
    let joined = sheet.joined();
    let (start, end) = (word_start(text, joined, floor, at), word_end(joined, text.len(), at));
    if end - start > LENGTH_MAX {
        return end;
    }
    // Most numbers stand alone, and many are short.
    let lone = text.get(end) != Some(&b' ') && (start <= floor || text[start - 1] != b' ');
    if lone && end - start < LENGTH_MIN {
        return end;
    }
    let has_others = !lone
        && (word_after(text, sheet, end).is_some()
            || word_before(text, sheet, floor, start).is_some());
    if has_others {
        return words(text, sheet, floor, (start, end), fits, spans);
    }
    add(text, (start, end), fits, false, spans);
    end
}

/// The spans of a row of several words around one of them; returns its end.
fn words(
    text: &[u8],
    sheet: &Sheet,
    floor: usize,
    (start, end): Span,
    fits: &impl Fn(Span, bool) -> bool,
    spans: &mut Vec<Span>,
) -> usize {
    let (mut words, mut count) = ([(start, end); 2 * WORDS_MAX], 1);
    let (mut first, mut whole) = (start, end);
    let mut is_long = false;
    while !is_long && let Some(next) = word_after(text, sheet, whole) {
        is_long = count == WORDS_MAX || next.1 - start > LENGTH_MAX;
        words[count] = next;
        count += 1;
        whole = next.1;
    }
    while !is_long && let Some(next) = word_before(text, sheet, floor, first) {
        is_long = count == WORDS_MAX || whole - next.0 > LENGTH_MAX;
        words.copy_within(..count, 1);
        words[0] = next;
        count += 1;
        first = next.0;
    }
    if is_long {
        (words[0], count) = ((start, end), 1);
        whole = end;
    }
    for (number, (start, _)) in words[..count].iter().enumerate() {
        for (further, (_, end)) in words[number..count].iter().enumerate() {
            add(text, (*start, *end), fits, further > 0, spans);
        }
    }
    whole
}

/// The word behind the blank at `end`, where it may belong to a number.
fn word_after(text: &[u8], sheet: &Sheet, end: usize) -> Option<Span> {
    if text.get(end) != Some(&b' ') {
        return None;
    }
    let next = (end + 1, word_end(sheet.joined(), text.len(), end + 1));
    (next.0 < next.1 && joins(text, sheet, next)).then_some(next)
}

/// The word before the blank before `start`, where it may belong to a number.
fn word_before(text: &[u8], sheet: &Sheet, floor: usize, start: usize) -> Option<Span> {
    if start <= floor + 1 || text[start - 1] != b' ' {
        return None;
    }
    let word = (word_start(text, sheet.joined(), floor, start - 1), start - 1);
    (word.0 < word.1 && joins(text, sheet, word)).then_some(word)
}

/// Adds a span if it stands alone, with the sign before it and with the check character in brackets behind it.
fn add(
    text: &[u8],
    (start, end): Span,
    fits: &impl Fn(Span, bool) -> bool,
    spaced: bool,
    spans: &mut Vec<Span>,
) {
    let mut add_alone = |span: Span| {
        if fits(span, spaced) && is_edge(text, span.0, true) && is_edge(text, span.1, false) {
            spans.push(span);
        }
    };
    if let [b'(', check, b')', ..] = text[end..]
        && check.is_ascii_alphanumeric()
    {
        add_alone((start, end + 3));
    }
    let signed = usize::from(text[..start].ends_with(b"+"));
    add_alone((start - signed, end));
}

/// Whether a word may belong to a number: it has a digit, or is a few capitals.
fn joins(text: &[u8], sheet: &Sheet, (start, end): Span) -> bool {
    let capitals = |word: &[u8]| word.iter().all(u8::is_ascii_uppercase);
    sheet.digits().has(start, end) || (end - start <= LETTERS_MAX && capitals(&text[start..end]))
}

/// Where the word that ends at or behind `at` begins. Single dashes, dots and slashes belong to it.
fn word_start(text: &[u8], joined: Bits<'_>, floor: usize, at: usize) -> usize {
    let least = floor.max(at.saturating_sub(REACH + 1));
    let mut start = joined.start(at, least);
    // What joins nothing any more is none of it.
    if start < at && is_joint(text[start]) {
        start += 1;
    }
    // `\n` before a number is a line break in JSON.
    if start > 0
        && start < at
        && text[start - 1] == b'\\'
        && matches!(text[start], b'n' | b'r' | b't')
    {
        start += 1;
    }
    start
}

/// Where the word that begins at or before `at` ends.
fn word_end(joined: Bits<'_>, length: usize, at: usize) -> usize {
    joined.end(at, length.min(at + REACH + 1))
}

fn is_joint(byte: u8) -> bool {
    matches!(byte, b'-' | b'.' | b'/')
}

/// Whether a number may begin (or end) at `at`: no word, decimal point or dash goes on beside it.
fn is_edge(text: &[u8], at: usize, begins: bool) -> bool {
    let (next, beyond) = if begins {
        let before = |back: usize| at.checked_sub(back).map(|at| text[at]);
        (before(1), before(2))
    } else {
        (text.get(at).copied(), text.get(at + 1).copied())
    };
    match next {
        None => true,
        Some(byte) if byte.is_ascii_alphanumeric() => {
            begins && matches!(text[..at], [.., b'\\', b'n' | b'r' | b't'])
        }
        Some(b'_' | b'%' | b'#' | b'@') => false,
        Some(b'.' | b'-' | b'/' | b'+') => beyond.is_none_or(|byte| !byte.is_ascii_alphanumeric()),
        Some(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use claviger_lanes::Needles;

    use super::*;

    fn spans(text: &str) -> Vec<&str> {
        let mut all = Vec::new();
        let bytes = text.as_bytes();
        let mut sheet = Sheet::default();
        sheet.read(bytes, &Needles::new([]));
        find(
            bytes,
            &sheet,
            0,
            &Stretches { whole: (0, bytes.len()), parts: vec![(0, bytes.len())] },
            |_| true,
            |_, _, _, _| true,
            |spans| all.extend(spans.iter().map(|(s, e)| &text[*s..*e])),
        );
        all
    }

    #[test]
    fn a_number_is_found_wherever_it_starts() {
        for pad in 0..9 {
            let text = format!("{}13912345670,", " ".repeat(pad));
            assert_eq!(spans(&text), ["13912345670"], "{pad}");
            let text = format!("{}139-1234-5670\n", "x".repeat(pad) + ":");
            assert_eq!(spans(&text), ["139-1234-5670"], "{pad}");
        }
        assert!(spans("1 139 1234 5670 x").contains(&"139 1234 5670"));
        assert!(spans("(+86 139 1234 5670)").contains(&"+86 139 1234 5670"));
        assert!(spans("(A123456(3))").contains(&"A123456(3)"));
        assert_eq!(spans(r#""a\n13912345670""#), ["13912345670"]);
        assert!(spans("NL91 ABNA 0417 1643 00 and").contains(&"NL91 ABNA 0417 1643 00"));
    }

    #[test]
    fn a_part_of_something_longer_is_no_number() {
        for text in ["x_13912345670", "13912345670@a", "%13912345670", &"7".repeat(60)] {
            assert!(spans(text).is_empty(), "{text}");
        }
        assert!(!spans("13912345670.5").contains(&"13912345670"));
        assert!(spans(&"123456 ".repeat(20))[..9].iter().all(|span| *span == "123456"));
    }
}
