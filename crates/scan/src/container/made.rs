//! Texts that readers make of what they read: a page, a sheet, a table, in the order that a person reads.
//!
//! A table is written as CSV, its heads in line 1, each row in one line, so that the engine knows which
//! column a value stands in, and an id pairs with the secret in the next cell.

use crate::content::Content;
use crate::walk::Walk;

/// A text is handed on in pieces of about this size.
const PIECE: usize = 64 * 1024;
/// Empty cells that are written at most before a cell that stands far to the right.
const EMPTY_CELLS_MAX: usize = 256;

/// A text under way.
pub(super) struct Made {
    name: String,
    content: Content,
    text: Vec<u8>,
    /// Nothing more is taken: a budget is spent.
    is_over: bool,
    /// Cells of the current row.
    cells: usize,
    /// Lines that were ended.
    lines: u64,
}

impl Made {
    /// Begins a text that has `name` in the current content.
    pub(super) fn new(name: &str, walk: &Walk<'_>) -> Self {
        Self {
            name: name.to_owned(),
            content: Content::text(walk),
            text: Vec::new(),
            is_over: false,
            cells: 0,
            lines: 0,
        }
    }

    /// Adds text; `false` when a budget is spent.
    pub(super) fn push(&mut self, text: &[u8], walk: &mut Walk<'_>) -> bool {
        self.lines += memchr::memchr_iter(b'\n', text).count() as u64;
        self.text.extend_from_slice(text);
        if self.text.len() >= PIECE {
            self.flush(walk);
        }
        !self.is_over
    }

    /// Adds a cell to the current row of a table.
    pub(super) fn cell(&mut self, value: &str, walk: &mut Walk<'_>) -> bool {
        if self.cells > 0 {
            self.text.push(b',');
        }
        self.cells += 1;
        let quoted = value.contains([',', '"']) || value.trim().len() != value.len();
        if quoted {
            self.text.push(b'"');
        }
        for byte in value.bytes() {
            match byte {
                // A row is a line, so that the line tells the row.
                b'\n' | b'\r' => self.text.push(b' '),
                b'"' => self.text.extend_from_slice(b"\"\""),
                byte => self.text.push(byte),
            }
        }
        if quoted {
            self.text.push(b'"');
        }
        if self.text.len() >= PIECE {
            self.flush(walk);
        }
        !self.is_over
    }

    /// Adds empty cells until the next cell stands in `column`, counted from 0.
    pub(super) fn skip_to_column(&mut self, column: usize, walk: &mut Walk<'_>) {
        while self.cells < column.min(EMPTY_CELLS_MAX) && self.cell("", walk) {}
    }

    /// Ends the current row.
    pub(super) fn end_row(&mut self, walk: &mut Walk<'_>) -> bool {
        self.cells = 0;
        self.push(b"\n", walk)
    }

    /// Adds empty lines until the next is `line`, counted from 1.
    pub(super) fn skip_to_line(&mut self, line: u64, walk: &mut Walk<'_>) {
        while self.lines + 1 < line && self.end_row(walk) {}
    }

    fn flush(&mut self, walk: &mut Walk<'_>) {
        let (content, text) = (&mut self.content, &self.text);
        let is_over = &mut self.is_over;
        walk.within(&self.name, |walk| {
            *is_over = *is_over || !walk.take_expanded(text.len());
            if !*is_over {
                content.feed(text, walk);
            }
        });
        self.text.clear();
    }

    /// Ends the text.
    pub(super) fn finish(mut self, walk: &mut Walk<'_>) {
        if !self.text.is_empty() {
            self.flush(walk);
        }
        let content = self.content;
        walk.within(&self.name, |walk| content.finish(walk));
    }
}

/// A whole text with `name` in the current content.
pub(super) fn tell(name: &str, text: &str, walk: &mut Walk<'_>) {
    let mut made = Made::new(name, walk);
    made.push(text.as_bytes(), walk);
    made.finish(walk);
}
/// Bytes with `name` in the current content, recognised as what they are; `false` when a budget is spent.
pub(super) fn hold_inside(name: &str, bytes: &[u8], walk: &mut Walk<'_>) -> bool {
    if !walk.take_entry() {
        return false;
    }
    walk.within(name, |walk| {
        let fits = walk.take_expanded(bytes.len());
        if fits {
            let mut content = Content::new();
            bytes.chunks(PIECE).for_each(|piece| content.feed(piece, walk));
            content.finish(walk);
        }
        fits
    })
}
