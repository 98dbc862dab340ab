//! Names and addresses by the head of their column: such values have no shape of their own.

use crate::engine::Line;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// Names of people.
    PersonName,
    /// Postal addresses.
    Address,
}

/// Heads of columns, in lower case.
const NAMES: [&str; 10] = [
    "name",
    "full_name",
    "fullname",
    "real_name",
    "customer_name",
    "first_name",
    "last_name",
    "姓名",
    "名字",
    "客户姓名",
];
const ADDRESSES: [&str; 7] =
    ["address", "home_address", "street", "street_address", "地址", "住址", "家庭地址"];

/// Separators that a head may use.
const SEPARATORS: [u8; 3] = [b',', b'\t', b';'];

/// The columns of the table being read.
#[derive(Default)]
pub(super) struct Columns {
    separator: u8,
    width: usize,
    known: Vec<(usize, Column)>,
}

impl Columns {
    /// The values of known columns in a line. A line that is a head begins a new table.
    pub(super) fn read(&mut self, line: &Line<'_>) -> Vec<(Column, usize, usize)> {
        if self.begin(line.bytes) || self.known.is_empty() {
            return Vec::new();
        }
        let cells = cells(line.bytes, self.separator);
        if cells.len() != self.width {
            return Vec::new();
        }
        self.known
            .iter()
            .filter_map(|(index, column)| cells.get(*index).map(|(from, to)| (*column, *from, *to)))
            .filter(|(_, from, to)| from < to)
            .collect()
    }

    fn begin(&mut self, bytes: &[u8]) -> bool {
        if bytes.len() > 4096 {
            return false;
        }
        for separator in SEPARATORS.into_iter().filter(|separator| bytes.contains(separator)) {
            let cells = cells(bytes, separator);
            let known: Vec<(usize, Column)> = cells
                .iter()
                .enumerate()
                .filter_map(|(index, (from, to))| Some((index, column_of(&bytes[*from..*to])?)))
                .collect();
            if cells.len() > 1 && !known.is_empty() {
                *self = Self { separator, width: cells.len(), known };
                return true;
            }
        }
        false
    }
}

fn column_of(head: &[u8]) -> Option<Column> {
    let head = String::from_utf8_lossy(head).to_lowercase();
    let head = head.trim_start_matches('\u{feff}').trim();
    if NAMES.contains(&head) {
        Some(Column::PersonName)
    } else if ADDRESSES.contains(&head) {
        Some(Column::Address)
    } else {
        None
    }
}

/// The cells of a line without their quotes (RFC 4180); a cell with a line end inside counts as two.
fn cells(bytes: &[u8], separator: u8) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let (mut from, mut quoted) = (0, false);
    for at in 0..=bytes.len() {
        match bytes.get(at) {
            Some(b'"') => quoted = !quoted,
            Some(byte) if *byte != separator || quoted => {}
            _ => {
                let inner =
                    bytes[from..at].len() >= 2 && bytes[from] == b'"' && bytes[at - 1] == b'"';
                found.push(if inner { (from + 1, at - 1) } else { (from, at) });
                from = at + 1;
            }
        }
    }
    found
}
