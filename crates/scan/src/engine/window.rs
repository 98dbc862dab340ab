//! The stretch of a text that is in memory, and where each byte of it stands in the whole. It slides over the text;
//! who holds the bytes is not its business.

use std::cell::Cell;

use claviger_lanes::{Needles, Sheet};
use memchr::memrchr;

use crate::encoding::Units;

/// Where a byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Line, from 1.
    pub(crate) line: u64,
    /// Column in characters, from 1.
    pub(crate) column: u64,
    /// Byte in the content as it was fed, which differs from the text's own offset where the text was
    /// transcoded.
    pub(crate) source: u64,
}

/// Where a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// First byte in the content.
    pub(crate) start: u64,
    /// One past the last byte.
    pub(crate) end: u64,
    /// Line, from 1.
    pub(crate) line: u64,
    /// Column in characters, from 1.
    pub(crate) column: u64,
}

/// What is known of the stretch of a text that is in memory, whoever holds it.
pub(crate) struct Frame {
    /// What each byte of it is.
    sheet: Sheet,
    /// Offset in the text of its first byte.
    base: u64,
    /// Where that stands.
    edge: Mark,
    /// A place in it with its mark: marks are mostly asked for in rising order, so each counts on from the last.
    cursor: Cell<(usize, Mark)>,
    /// What the text was made of before it was transcoded.
    units: Units,
}

/// The stretch of a text that is in memory.
#[derive(Clone, Copy)]
pub(crate) struct Window<'t> {
    text: &'t [u8],
    frame: &'t Frame,
}

/// What lines and columns are off by that were counted from somewhere in the middle of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shift {
    lines: u64,
    /// The line that is counted from its middle, as it was told, and what its columns are off by.
    line: u64,
    columns: u64,
}

impl Shift {
    /// What was told of a place, and what is true of it.
    pub(crate) fn between(told: Mark, known: Mark) -> Self {
        Self {
            lines: known.line.wrapping_sub(told.line),
            line: told.line,
            columns: known.column.wrapping_sub(told.column),
        }
    }

    /// What is true of a line that was told.
    pub(crate) fn line(&self, told: u64) -> u64 {
        told.wrapping_add(self.lines)
    }

    fn column(&self, line: u64, told: u64) -> u64 {
        if line == self.line { told.wrapping_add(self.columns) } else { told }
    }

    fn mark(&self, told: Mark) -> Mark {
        let column = self.column(told.line, told.column);
        Mark { line: self.line(told.line), column, source: told.source }
    }

    /// What is true of a place that was told.
    pub(crate) fn mend(&self, told: &mut Place) {
        told.column = self.column(told.line, told.column);
        told.line = self.line(told.line);
    }
}

impl Frame {
    /// That of nothing yet, at the start of a content whose text begins after `mark_bytes`.
    pub(crate) fn new(units: Units, mark_bytes: usize) -> Self {
        let edge = Mark { line: 1, column: 1, source: mark_bytes as u64 };
        Self { sheet: Sheet::default(), base: 0, edge, cursor: Cell::new((0, edge)), units }
    }

    /// That of nothing yet, at an offset of a text of single bytes, which stands at `edge`.
    pub(crate) fn at(base: u64, edge: Mark) -> Self {
        Self { base, edge, cursor: Cell::new((0, edge)), ..Self::new(Units::Bytes, 0) }
    }

    /// What the text was made of before it was transcoded.
    pub(crate) fn units(&self) -> Units {
        self.units
    }

    /// Offset in the whole text of the first byte in memory.
    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    /// Where the first byte in memory stands.
    pub(crate) fn edge(&self) -> Mark {
        self.edge
    }

    /// Counts lines and columns as they are.
    pub(crate) fn mend(&mut self, shift: &Shift) {
        let (at, mark) = self.cursor.get();
        self.edge = shift.mark(self.edge);
        self.cursor.set((at, shift.mark(mark)));
    }

    /// Reads what came to the end of the text in memory; `needles` are the literals whose places are told.
    pub(crate) fn read(&mut self, text: &[u8], needles: &Needles) {
        self.sheet.read(text, needles);
    }

    /// The text in memory, which it was that was read.
    pub(crate) fn over<'t>(&'t self, text: &'t [u8]) -> Window<'t> {
        Window { text, frame: self }
    }

    /// Forgets what lies before `at` of the text in memory, or a little less: returns how much.
    pub(crate) fn forget(&mut self, text: &[u8], at: usize) -> usize {
        let chunks = at / Sheet::chunk_bytes();
        let at = chunks * Sheet::chunk_bytes();
        self.edge = self.over(text).mark(at);
        self.base += at as u64;
        self.sheet.forget(chunks);
        self.cursor.set((0, self.edge));
        at
    }
}

impl<'t> Window<'t> {
    /// Offset in the whole text of what comes next.
    pub(crate) fn end(&self) -> u64 {
        self.base() + self.text.len() as u64
    }

    /// What each byte of the text in memory is.
    pub(crate) fn sheet(&self) -> &'t Sheet {
        &self.frame.sheet
    }

    /// The text in memory.
    pub(crate) fn text(&self) -> &'t [u8] {
        self.text
    }

    /// Offset in the whole text of the first byte in memory.
    pub(crate) fn base(&self) -> u64 {
        self.frame.base
    }

    /// Where byte `at` of the text in memory stands.
    pub(crate) fn mark(&self, at: usize) -> Mark {
        let at = at.min(self.text.len());
        let (known, mark) = match self.frame.cursor.get() {
            (known, mark) if known <= at => (known, mark),
            _ => (0, self.frame.edge),
        };
        let mark = self.advance(mark, known, at);
        self.frame.cursor.set((at, mark));
        mark
    }

    /// Where the bytes from `start` to `end` of the text in memory stand.
    pub(crate) fn place(&self, start: usize, end: usize) -> Place {
        let mark = self.mark(start);
        let end = self.advance(mark, start, end.min(self.text.len())).source;
        Place { start: mark.source, end, line: mark.line, column: mark.column }
    }

    /// The mark of `to`, where that of `from` is known.
    fn advance(&self, mark: Mark, from: usize, to: usize) -> Mark {
        let text = &self.text[from..to];
        let lines = self.sheet().lines().count(from, to) as u64;
        let end = if lines > 0 { memrchr(b'\n', text) } else { None };
        let (column, last_line) = match end {
            Some(end) => (1, from + end + 1),
            None => (mark.column, from),
        };
        let source = match self.frame.units {
            Units::Bytes => text.len() as u64,
            // Two bytes a character, four where UTF-8 needs four.
            Units::Utf16 => {
                let wide = text.iter().filter(|byte| **byte >= 0xF0).count();
                2 * (self.characters(from, to) + wide as u64)
            }
            Units::Utf32 => 4 * self.characters(from, to),
        };
        Mark {
            line: mark.line + lines,
            column: column + self.characters(last_line, to),
            source: mark.source + source,
        }
    }

    /// Characters of UTF-8: bytes that begin one. Other encodings count their bytes below 0x80 right.
    fn characters(&self, from: usize, to: usize) -> u64 {
        (to - from - self.sheet().trails().count(from, to)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_does_not_depend_on_the_order_of_questions_or_on_what_was_dropped() {
        let text = format!("{}a\nbé𝄞c\r\nd", "\n".repeat(64));
        let (mut frame, bytes) = (Frame::new(Units::Bytes, 3), text.as_bytes());
        frame.read(bytes, &Needles::new([]));
        let window = frame.over(bytes);
        let at = text.len() - 1;
        let expected = Mark { line: 67, column: 1, source: 3 + at as u64 };
        assert_eq!(window.mark(at), expected);
        assert_eq!(
            window.mark(text.find('c').unwrap()),
            Mark { line: 66, column: 4, source: 64 + 12 }
        );
        assert_eq!(window.mark(at), expected);
        assert_eq!(frame.forget(bytes, 68), 64);
        assert_eq!(frame.over(&bytes[64..]).mark(at - 64), expected);
    }

    #[test]
    fn what_was_counted_from_the_middle_is_mended() {
        let text = "ab\nbé𝄞c\r\ndé";
        let mark = |begin: usize, from: Mark, at: usize| {
            let mut frame = Frame::at(begin as u64, from);
            frame.read(&text.as_bytes()[begin..], &Needles::new([]));
            frame.over(&text.as_bytes()[begin..]).mark(at - begin)
        };
        let known = |at: usize| mark(0, Mark { line: 1, column: 1, source: 0 }, at);
        for from in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let told = Mark { line: 0, column: 1, source: from as u64 };
            let shift = Shift::between(told, known(from));
            for at in (from..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                assert_eq!(shift.mark(mark(from, told, at)), known(at), "{from} {at}");
            }
        }
    }

    #[test]
    fn a_transcoded_text_is_counted_in_the_bytes_it_had() {
        let text = "é𝄞key";
        let mut frame = Frame::new(Units::Utf16, 2);
        frame.read(text.as_bytes(), &Needles::new([]));
        let window = frame.over(text.as_bytes());
        let start = text.find("key").unwrap();
        let place = window.place(start, start + 3);
        assert_eq!((place.start, place.end, place.column), (2 + 2 + 4, 14, 3));
    }
}
