//! The rows of a table, read byte by byte as they come: cells without quotes as a whole, others with what doubled
//! quotes mean (RFC 4180).

use std::borrow::Cow;

use claviger_lanes::Marks;

use super::{Header, decode};
use crate::data_type::DataHunt;
use crate::data_type::utf8::Utf8;
use crate::data_type::value::Value;
use crate::engine::Window;

/// Longest value that is looked at.
const VALUE_MAX: usize = 256;
/// A quoted value longer than this has lost its closing quote.
const QUOTED_MAX: u64 = 64 * 1024;

/// The rows of a table, read byte by byte as they come.
pub(super) struct Rows {
    /// Offset in the text of the first row.
    pub(super) begin: u64,
    /// The column being read.
    pub(super) column: usize,
    /// Its value so far, unquoted, up to [`VALUE_MAX`] and one byte more.
    pub(super) value: Vec<u8>,
    /// Where the value starts in the text, its quote left out.
    pub(super) start: Option<u64>,
    /// Bytes since the opening quote; `None` outside of quotes.
    pub(super) quoted: Option<u64>,
    /// Whether the value had quotes.
    pub(super) was_quoted: bool,
    /// Whether the value says something, by the head of its column.
    pub(super) is_wanted: bool,
    /// Where separators, quotes and line breaks stand in what is read.
    marks: Marks,
}

impl From<u64> for Rows {
    fn from(begin: u64) -> Self {
        Self {
            begin,
            column: 0,
            value: Vec::new(),
            start: None,
            quoted: None,
            was_quoted: false,
            is_wanted: false,
            marks: Marks::default(),
        }
    }
}

impl Rows {
    pub(super) fn pass(
        &mut self,
        header: &Header,
        window: &Window,
        from: usize,
        to: usize,
        data: &mut DataHunt,
    ) {
        let text = &window.text()[..to];
        let utf8 = Utf8::of(text, from);
        let mut marks = std::mem::take(&mut self.marks);
        marks.read(&text[from..], [header.delimiter, b'"', b'\n']);
        let mut places = marks.bits().iter(0, to - from).map(|place| from + place);
        let mut at = from;
        while at < to {
            let next = match self.quoted {
                Some(_) => places.find(|place| text[*place] == b'"'),
                None => places.next(),
            };
            let bytes = &text[at..next.unwrap_or(to)];
            // Most cells stand whole in memory, without quotes.
            if let (Some(next), None, None) = (next, self.start, self.quoted)
                && text[next] != b'"'
                && !self.was_quoted
            {
                self.plain_cell(header, window, &utf8, (at, next), data);
                self.column = if text[next] == b'\n' { 0 } else { self.column + 1 };
                at = next + 1;
                continue;
            }
            self.take(header, window.base() + at as u64, bytes, data);
            let Some(next) = next else { break };
            match text[next] {
                b'"' => self.quote(header, window.base() + next as u64, data),
                byte => {
                    self.end_value(header, window, next, data);
                    self.column = if byte == b'\n' { 0 } else { self.column + 1 };
                }
            }
            at = next + 1;
        }
        drop(places);
        self.marks = marks;
    }

    /// Takes a cell that stands whole in memory.
    fn plain_cell(
        &self,
        header: &Header,
        window: &Window,
        utf8: &Utf8<'_>,
        (start, end): (usize, usize),
        data: &mut DataHunt,
    ) {
        if start == end {
            return;
        }
        let column = header.columns.get(self.column).copied().unwrap_or(0);
        if data.begin_cell(window.base() + start as u64, column) {
            count_plain(column, window, utf8, (start, end), data);
        }
    }

    /// Takes bytes of a value that begin at `offset` of the text.
    fn take(&mut self, header: &Header, offset: u64, bytes: &[u8], data: &mut DataHunt) {
        if bytes.is_empty() {
            return;
        }
        if self.start.is_none() {
            self.start = Some(offset);
            let column = header.columns.get(self.column).copied().unwrap_or(0);
            self.is_wanted = data.begin_cell(offset, column);
        }
        // A quote that is doubled is told from one that opens by what stands before it.
        if self.is_wanted || self.value.is_empty() {
            let room = (VALUE_MAX + 1).saturating_sub(self.value.len());
            self.value.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        if let Some(length) = &mut self.quoted {
            *length += bytes.len() as u64;
            if *length > QUOTED_MAX {
                self.quoted = None;
            }
        }
    }

    fn quote(&mut self, header: &Header, offset: u64, data: &mut DataHunt) {
        if self.quoted.is_some() {
            self.quoted = None;
        } else if self.was_quoted {
            self.take(header, offset, b"\"", data);
            self.quoted = Some(0);
        } else if self.value.is_empty() {
            self.was_quoted = true;
            self.quoted = Some(0);
        } else {
            self.take(header, offset, b"\"", data);
        }
    }

    /// Ends the value at `end` of the text in memory, and counts it.
    pub(super) fn end_value(
        &mut self,
        header: &Header,
        window: &Window,
        end: usize,
        data: &mut DataHunt,
    ) {
        let closed = usize::from(std::mem::take(&mut self.was_quoted));
        if let Some(start) = self.start.take()
            && self.is_wanted
        {
            let column = header.columns.get(self.column).copied().unwrap_or(0);
            count_value(column, window, &self.value, (start, end), closed, data);
        }
        self.value.clear();
    }
}

/// Counts the value of a column that stands whole in memory, without quotes.
#[inline(never)]
fn count_plain(
    column: usize,
    window: &Window,
    utf8: &Utf8<'_>,
    (start, end): (usize, usize),
    data: &mut DataHunt,
) {
    let value = &window.text()[start..end];
    let trimmed = value.trim_ascii();
    if trimmed.is_empty() || value.len() > VALUE_MAX {
        return;
    }
    let start = start + (value.len() - value.trim_ascii_start().len());
    let end = start + trimmed.len();
    let text = utf8.get(start, end).map_or_else(|| decode(trimmed), Cow::Borrowed);
    let value = Value::read(&text, window.sheet(), start);
    data.end_cell(column, &value, || window.place(start, end));
}

/// Counts the value of a column that began at an offset of the text and ends in memory, with its closing quote or
/// none.
fn count_value(
    column: usize,
    window: &Window,
    value: &[u8],
    (start, end): (u64, usize),
    closed: usize,
    data: &mut DataHunt,
) {
    let text = decode(value.trim_ascii());
    if text.is_empty() || value.len() > VALUE_MAX {
        return;
    }
    let first = start.saturating_sub(window.base()) as usize;
    let blanks = value.len() - value.trim_ascii_start().len();
    let last = first + blanks + value.trim_ascii().len();
    let last = last.min(end.saturating_sub(closed)).max(first + blanks);
    data.end_cell(column, &Value::of(&text), || window.place(first + blanks, last));
}
