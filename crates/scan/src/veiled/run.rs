//! Stretches of a text that may be another text written in fewer characters: base64, hexadecimal digits,
//! escapes, and addresses that were escaped twice.

use super::escapes::{escapes, percent};
use super::head::{OF_INTEREST, may_stand_for};
use super::readable::{begins_readable, is_readable};
use std::sync::LazyLock;

use claviger_lanes::{Needles, Places, Sheet, sift_written};

use crate::decode::{base64, hex_byte};

/// Shortest run that is looked at: shorter ones decode to something readable by chance.
pub(super) const RUN_MIN: usize = 16;
/// A run this long is decoded as it comes.
pub(super) const LONG: usize = 2048;
/// Wrapped lines have so many characters at least.
const WRAPPED_MIN: usize = 40;
/// Blanks that a wrapped line may begin with.
const INDENT_MAX: usize = 64;

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    Base64,
    Hexadecimal,
    Escapes,
    Percent,
}

impl Notation {
    /// The notation in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Hexadecimal => "hexadecimal",
            Self::Escapes => "escapes",
            Self::Percent => "percent escapes",
        }
    }
}

/// A run, and what it stands for as far as that is known: all of it, or the beginning of a long one.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) notation: Notation,
    pub(super) decoded: Vec<u8>,
    /// Its lines are wrapped.
    pub(super) is_wrapped: bool,
    pub(super) is_long: bool,
}

/// How much of a text was searched for each notation, so that a search goes on where the last left off.
#[derive(Debug, Default)]
pub(super) struct Cursors {
    symbols: usize,
    escapes: usize,
    percent: usize,
    /// No run of symbols begins before: what stands there was read.
    floor: usize,
    /// Where runs of symbols begin.
    encoded: Places,
}

/// Where in a text the search goes on, for each notation, and where runs of symbols may begin.
pub(crate) type CursorsStanding = [u64; 4];

impl Cursors {
    /// Where in a text the search goes on of which all before `base` is forgotten.
    pub(super) fn standing(&self, base: u64) -> CursorsStanding {
        let Self { symbols, escapes, percent, floor, .. } = *self;
        // A run is looked for no further back.
        let floor = floor.max(symbols.saturating_sub(LONG));
        [symbols, escapes, percent, floor].map(|at| base + at as u64)
    }

    /// Where the search goes on that is least far.
    pub(super) fn least(&self) -> usize {
        self.symbols.min(self.escapes).min(self.percent)
    }

    /// Goes on no earlier than `at` for any notation.
    pub(super) fn advance(&mut self, at: usize) {
        for cursor in [&mut self.symbols, &mut self.escapes, &mut self.percent] {
            *cursor = (*cursor).max(at);
        }
    }

    /// The text before `at` was forgotten.
    pub(super) fn drop_before(&mut self, at: usize) {
        let Self { symbols, escapes, percent, floor, .. } = self;
        for cursor in [symbols, escapes, percent, floor] {
            *cursor = cursor.saturating_sub(at);
        }
    }
}

/// The runs that start before `to` and stand for something readable, in order, up to the first long one,
/// which comes second. `sheet`: what each byte of the text is.
pub(super) fn runs(
    text: &[u8],
    sheet: &Sheet,
    cursors: &mut Cursors,
    to: usize,
) -> (Vec<Run>, Option<Run>) {
    let mut found = Vec::new();
    let mut heads = Vec::new();
    cursors.encoded.gather(sheet.encoded(), cursors.symbols, to);
    sift_written(text, &cursors.encoded, &OF_INTEREST, &mut heads);
    let long = symbols(text, heads.into_iter(), cursors, to, &mut found);
    let to = long.as_ref().map_or(to, |long| long.start);
    let signs = sheet.escapes();
    escapes(text, signs.iter(cursors.escapes, to), &mut cursors.escapes, to, &mut found);
    percent(text, signs.iter(cursors.percent, to), &mut cursors.percent, to, &mut found);
    if let Some(long) = &long {
        cursors.advance(long.start);
    }
    found.sort_by_key(|run| (run.start, run.end));
    (found, long)
}

/// No literals: nobody asks where they stand.
static NOTHING: LazyLock<Needles> = LazyLock::new(|| Needles::new([]));

/// All runs of a stretch up to the first that is long.
pub(super) fn all(text: &[u8], from: usize, to: usize) -> Vec<Run> {
    let text = &text[..to];
    let (mut sheet, mut cursors, mut found) = (Sheet::default(), Cursors::default(), Vec::new());
    sheet.read(&text[from..], &NOTHING);
    cursors.floor = from;
    let moved = |at: usize| at + from;
    let encoded = sheet.encoded().iter(0, to - from).map(moved);
    let long = symbols(text, encoded, &mut cursors, to, &mut found);
    let to = long.as_ref().map_or(to, |long| long.start);
    let signs = || sheet.escapes().iter(0, to.saturating_sub(from)).map(moved);
    escapes(text, signs(), &mut cursors.escapes, to, &mut found);
    percent(text, signs(), &mut cursors.percent, to, &mut found);
    found.sort_by_key(|run| (run.start, run.end));
    found
}

/// Runs of base64 and hexadecimal digits; returns the first long one, and stops there. `encoded`: where
/// one, or a part of one, may begin.
fn symbols(
    text: &[u8],
    encoded: impl Iterator<Item = usize>,
    cursors: &mut Cursors,
    to: usize,
    found: &mut Vec<Run>,
) -> Option<Run> {
    for at in encoded {
        if at < cursors.floor || !text[at..].first_chunk().is_some_and(may_stand_for) {
            continue;
        }
        let before = text[cursors.floor..at].iter().rev().take(LONG);
        let begun = before.take_while(|byte| is_symbol(**byte)).count();
        if begun == LONG {
            continue;
        }
        let raw = run(text, at - begun);
        let end = raw.end;
        match readable(text, raw) {
            Some(run) if run.is_long => {
                cursors.symbols = run.start;
                return Some(run);
            }
            run => found.extend(run),
        }
        // What is left of a run that says nothing says nothing either.
        let rest = text[end..].iter().take_while(|byte| is_symbol(**byte)).count();
        cursors.floor = end + rest;
    }
    cursors.symbols = to.max(cursors.floor);
    None
}

/// The values of the characters of base64 in either alphabet, 64 for others.
const DIGITS: [u8; 256] = {
    let mut digits = [64; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = 0;
    while value < 64 {
        digits[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    digits[b'-' as usize] = 62;
    digits[b'_' as usize] = 63;
    digits
};

/// Whether a character may be part of base64, in either alphabet.
pub(super) fn is_symbol(byte: u8) -> bool {
    DIGITS[usize::from(byte)] < 64
}

/// A run before it is decoded.
struct Raw {
    start: usize,
    end: usize,
    symbols: Vec<u8>,
    is_wrapped: bool,
}

/// The run at `start`, over wrapped lines, up to a bit more than [`LONG`] characters.
fn run(text: &[u8], start: usize) -> Raw {
    let mut raw = Raw { start, end: start, symbols: Vec::new(), is_wrapped: false };
    let mut at = start;
    let mut first = 0;
    loop {
        let limit = text.len().min(at + LONG);
        let length = text[at..limit].iter().take_while(|byte| is_symbol(**byte)).count();
        raw.symbols.extend_from_slice(&text[at..at + length]);
        at += length;
        raw.end = at;
        raw.is_wrapped |= first > 0;
        first = if first == 0 { length } else { first };
        let may_go_on = length == first && length >= WRAPPED_MIN && length.is_multiple_of(4);
        let next = break_bytes(&text[at..]).filter(|_| may_go_on).map(|bytes| at + bytes);
        let fits = |next: &usize| {
            let rest = &text[*next..text.len().min(next + first + 1)];
            let length = rest.iter().take_while(|byte| is_symbol(**byte)).count();
            let is_end = length >= 2 && rest.get(length) == Some(&b'=');
            // A colon follows the name of what comes next.
            let is_name = rest.get(length) == Some(&b':');
            !is_name && ((4..=first).contains(&length) || is_end)
        };
        match next.filter(fits) {
            Some(next) if raw.symbols.len() < LONG => at = next,
            _ => break,
        }
    }
    let padding = text[raw.end..].iter().take(2).take_while(|byte| **byte == b'=').count();
    raw.end += padding;
    raw
}

/// Bytes of a line break, written out or escaped, with the blanks behind it.
pub(super) fn break_bytes(text: &[u8]) -> Option<usize> {
    let marks: [&[u8]; 6] = [b"\r\n", b"\n", b"\\r\\n", b"\\n", b"\\\\n", b"\\\n"];
    let mark = marks.iter().find(|mark| text.starts_with(mark))?;
    let rest = &text[mark.len()..];
    let blanks = rest.iter().take(INDENT_MAX).take_while(|b| matches!(b, b' ' | b'\t')).count();
    Some(mark.len() + blanks)
}

/// The run, where it or a part of it stands for something readable.
fn readable(text: &[u8], raw: Raw) -> Option<Run> {
    let is_long = raw.symbols.len() >= LONG;
    let symbols = &raw.symbols[..raw.symbols.len().min(LONG)];
    let whole = decoded(symbols, is_long).map(|(notation, decoded)| Run {
        start: raw.start,
        end: raw.end,
        notation,
        decoded,
        is_wrapped: raw.is_wrapped,
        is_long,
    });
    if whole.is_some() || raw.is_wrapped || is_long {
        return whole;
    }
    // A name or a path may stand before it, tied to it by what is also a character of base64.
    let mut start = raw.start;
    for part in text[raw.start..raw.end].split(|byte| matches!(byte, b'/' | b'-' | b'_')) {
        let end = start + part.len();
        let symbols = part.trim_ascii_end();
        let symbols = &symbols[..symbols.iter().take_while(|byte| is_symbol(**byte)).count()];
        if symbols.len() >= RUN_MIN
            && symbols.len() < raw.symbols.len()
            && let Some((notation, decoded)) = decoded(symbols, false)
        {
            return Some(Run { start, end, notation, decoded, is_wrapped: false, is_long: false });
        }
        start = end + 1;
    }
    None
}

/// What symbols stand for, where that is readable; of a long run only its beginning.
fn decoded(symbols: &[u8], is_long: bool) -> Option<(Notation, Vec<u8>)> {
    if symbols.iter().all(u8::is_ascii_hexdigit) && symbols.len().is_multiple_of(2) {
        let pairs = symbols.chunks(2);
        let bytes: Option<Vec<u8>> = pairs.map(|pair| hex_byte(pair[0], pair[1])).collect();
        if let Some(bytes) = bytes.filter(|bytes| is_readable(bytes)) {
            return Some((Notation::Hexadecimal, bytes));
        }
    }
    // Most words do not survive their first characters.
    let head = base64(&symbols[..RUN_MIN])?;
    if !begins_readable(&head) {
        return None;
    }
    let whole = if is_long { &symbols[..symbols.len() / 4 * 4] } else { symbols };
    let bytes = base64(whole).filter(|bytes| is_readable(bytes))?;
    Some((Notation::Base64, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let runs = all(text.as_bytes(), 0, text.len());
        runs.iter()
            .map(|run| {
                let decoded = String::from_utf8_lossy(&run.decoded);
                format!("{}..{} {} {decoded}", run.start, run.end, run.notation.words())
            })
            .collect()
    }

    #[test]
    fn runs_of_every_notation_are_found_and_words_are_none() {
        assert_eq!(found("a: c2VjcmV0IG9mIG1pbmU=,"), ["3..23 base64 secret of mine"]);
        assert_eq!(found("x/c2VjcmV0IG9mIG1pbmU="), ["2..22 base64 secret of mine"]);
        assert_eq!(found("736563726574206f66206d696e65"), ["0..28 hexadecimal secret of mine"]);
        assert_eq!(found(r"\x73\x65\x63\x72\x65\x74\x20\x6f"), ["0..32 escapes secret o"]);
        assert_eq!(found("%73%65%63%72%65%74%20%6f"), ["0..24 escapes secret o"]);
        assert!(found("?q=%E4%BD%A0%E5%A5%BD%E4%BD%A0%E5%A5%BD").is_empty());
        assert_eq!(found("?a=%257B%2522b"), ["0..14 percent escapes ?a=%7B%22b"]);
        assert!(
            found("getElementsByTagNameAndAttribute da39a3ee5e6b4b0d3255bfef95601890").is_empty()
        );
    }

    #[test]
    fn wrapped_lines_make_one_run() {
        let line = "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh";
        let text = format!("k: |\n  {line}\n  {line}\n  YmI=\nx");
        let decoded = format!("{}bb", "a".repeat(60));
        assert_eq!(found(&text), [format!("7..97 base64 {decoded}")]);
        let text = format!("a: {line}\n  secret-of-mine: YWFh");
        assert_eq!(found(&text), [format!("3..43 base64 {}", "a".repeat(30))]);
    }
}
