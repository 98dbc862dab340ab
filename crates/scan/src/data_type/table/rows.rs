//! The rows of a table, read byte by byte as they come: cells without quotes as a whole, others with what doubled
//! quotes mean (RFC 4180).

use std::borrow::Cow;
use std::iter::Peekable;

use claviger_lanes::{Marks, Places};

use super::{Header, decode};
use crate::data_type::DataHunt;
use crate::data_type::candidate::Span;
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
    places: Places,
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
            places: Places::default(),
        }
    }
}

impl Rows {
    pub(super) fn pass(
        &mut self,
        header: &Header,
        window: &Window<'_>,
        from: usize,
        to: usize,
        data: &mut DataHunt,
    ) {
        let text = &window.text()[..to];
        let mut marks = std::mem::take(&mut self.marks);
        marks.read(&text[from..], [header.delimiter, b'"', b'\n']);
        let mut gathered = std::mem::take(&mut self.places);
        gathered.gather(marks.bits(), 0, to - from);
        let mut places = gathered.iter().map(|place| from + place).peekable();
        let stretch = Stretch { header, window, text, utf8: Utf8::of(text, from) };
        let mut at = from;
        while at < to {
            at = self.plain_cells(&stretch, at, &mut places, data);
            let next = match self.quoted {
                Some(_) => places.find(|place| text[*place] == b'"'),
                None => places.next(),
            };
            let bytes = &text[at..next.unwrap_or(to)];
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
        (self.marks, self.places) = (marks, gathered);
    }

    /// Takes the cells that stand whole in memory, without quotes, as most do: up to one that does not.
    fn plain_cells(
        &mut self,
        stretch: &Stretch<'_>,
        mut at: usize,
        places: &mut Peekable<impl Iterator<Item = usize>>,
        data: &mut DataHunt,
    ) -> usize {
        if self.start.is_some() || self.quoted.is_some() || self.was_quoted {
            return at;
        }
        while let Some(next) = places.next_if(|next| stretch.text[*next] != b'"') {
            if at < next {
                stretch.plain_cell(self.column, (at, next), data);
            }
            self.column = if stretch.text[next] == b'\n' { 0 } else { self.column + 1 };
            at = next + 1;
        }
        at
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
        window: &Window<'_>,
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

/// A stretch of a table that is read.
struct Stretch<'t> {
    header: &'t Header,
    window: &'t Window<'t>,
    text: &'t [u8],
    utf8: Utf8<'t>,
}

impl Stretch<'_> {
    /// Takes a cell that stands whole in memory, without quotes, and counts its value.
    #[inline]
    fn plain_cell(&self, column: usize, (start, end): Span, data: &mut DataHunt) {
        let column = self.header.columns.get(column).copied().unwrap_or(0);
        if !data.begin_cell(self.window.base() + start as u64, column) {
            return;
        }
        let bytes = &self.text[start..end];
        // Most have no blanks around them.
        let is_bare = match bytes {
            [first, .., last] => first.is_ascii_graphic() & last.is_ascii_graphic(),
            _ => false,
        };
        match self.utf8.get(start, end) {
            Some(text) if is_bare && bytes.len() <= VALUE_MAX => {
                let value = Value::at(text, self.window.sheet(), start);
                data.end_bare_cell(column, &value, || self.window.place(start, end));
            }
            _ => self.count(column, (start, end), data),
        }
    }

    #[cold]
    fn count(&self, column: usize, (start, end): Span, data: &mut DataHunt) {
        let bytes = &self.text[start..end];
        let trimmed = bytes.trim_ascii();
        if trimmed.is_empty() || bytes.len() > VALUE_MAX {
            return;
        }
        let start = start + (bytes.len() - bytes.trim_ascii_start().len());
        let end = start + trimmed.len();
        let text = self.utf8.get(start, end).map_or_else(|| decode(trimmed), Cow::Borrowed);
        let value = Value::read(&text, self.window.sheet(), start);
        data.end_cell(column, &value, || self.window.place(start, end));
    }
}

/// Counts the value of a column that began at an offset of the text and ends in memory, with its closing quote or
/// none.
fn count_value(
    column: usize,
    window: &Window<'_>,
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
