//! A table, or objects with fields, read from somewhere in its middle: for a share of a large text.

use memchr::memchr;

use super::{Rows, State, Table};
use crate::data_type::json::{Fields, FieldsStanding};

/// What of a table bears on what comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TableStanding {
    /// No table.
    None,
    /// The column that is read, and its value so far: its text, where it began, bytes since its quote, whether it
    /// had one, and whether it says something.
    Rows(usize, Vec<u8>, Option<u64>, Option<u64>, bool, bool),
    /// The field that is read.
    Fields(FieldsStanding),
}

impl Table {
    /// Whether it is known what the text is.
    pub(crate) fn is_known(&self) -> bool {
        !matches!(self.state, State::Start)
    }

    /// The table in a share of the text, which begins with `text` at an offset. A line that begins there is taken
    /// for a row. `is_read`: somebody asks for data, so that rows and fields are followed.
    pub(crate) fn share(&self, text: &[u8], offset: u64, is_read: bool) -> Self {
        let line = memchr(b'\n', text).map_or(0, |end| end as u64 + 1);
        let state = match &self.state {
            State::Start | State::None => State::None,
            State::Rows(header, _) => {
                State::Rows(header.clone(), Box::new(Rows::from(offset + line)))
            }
            State::Fields(_) if !is_read => State::Fields(Box::new(Fields::new())),
            State::Fields(fields) => State::Fields(Box::new(fields.share(text, offset))),
        };
        Self { state }
    }

    /// What bears on what comes next.
    pub(crate) fn standing(&self) -> TableStanding {
        match &self.state {
            State::Start | State::None => TableStanding::None,
            State::Rows(_, rows) => {
                let Rows { column, value, start, quoted, was_quoted, is_wanted, .. } = &**rows;
                // Of a value that has not begun nothing is told.
                let is_wanted = *is_wanted && start.is_some();
                TableStanding::Rows(*column, value.clone(), *start, *quoted, *was_quoted, is_wanted)
            }
            State::Fields(fields) => TableStanding::Fields(fields.standing()),
        }
    }

    /// Whether the table of the share that follows knew the fields that this one knows.
    pub(crate) fn leads_to(&self, share: &Self) -> bool {
        match (&self.state, &share.state) {
            (State::Fields(fields), State::Fields(share)) => fields.leads_to(share),
            _ => true,
        }
    }

    /// Goes on where the table of the share that follows ended.
    pub(crate) fn join(&mut self, share: Self) {
        match (&mut self.state, share.state) {
            (State::Fields(fields), State::Fields(share)) => fields.join(*share),
            (State::Rows(_, rows), State::Rows(_, share)) => *rows = share,
            _ => {}
        }
    }
}
