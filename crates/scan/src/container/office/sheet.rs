//! Spreadsheets: a sheet is a table, whose lines are its rows.

use super::xml::{Piece, Pieces, attribute};
use crate::container::made::Made;
use crate::walk::Walk;

/// Columns and rows that repeat are written so often at most.
const REPEATED_MAX: usize = 64;

/// Writes a sheet of Office Open XML (ECMA-376 §18.3). `strings` are the shared ones; those that are used
/// are marked in `used`.
pub(super) fn open_xml(
    xml: &str,
    name: &str,
    strings: &[String],
    used: &mut [bool],
    walk: &mut Walk<'_>,
) {
    let mut made = Made::new(name, walk);
    let mut cell = Cell::default();
    let mut inside = None;
    for piece in Pieces::new(xml) {
        match piece {
            Piece::Open { name: "row", attributes, .. } => {
                if !walk.take_steps(1) {
                    break;
                }
                let line = attribute(attributes, "r").and_then(|row| row.parse().ok());
                made.skip_to_line(line.unwrap_or(0), walk);
            }
            Piece::Close { name: "row" } => {
                made.end_row(walk);
            }
            Piece::Open { name: "c", attributes, is_empty: false } => {
                cell = Cell {
                    column: attribute(attributes, "r").and_then(|place| column(&place)),
                    is_shared: attribute(attributes, "t").is_some_and(|kind| kind == "s"),
                    ..Cell::default()
                };
            }
            Piece::Close { name: "c" } => {
                let value = cell.written(strings, used);
                if let Some(column) = cell.column {
                    made.skip_to_column(column, walk);
                }
                if !made.cell(&value, walk) {
                    break;
                }
            }
            Piece::Open { name: name @ ("v" | "t" | "f"), is_empty: false, .. } => {
                inside = Some(name);
            }
            Piece::Close { name: "v" | "t" | "f" } => inside = None,
            Piece::Text(text) => match inside {
                Some("f") => cell.formula.push_str(&text),
                Some(_) => cell.value.push_str(&text),
                None => {}
            },
            Piece::Open { .. } | Piece::Close { .. } => {}
        }
    }
    made.finish(walk);
}

#[derive(Default)]
struct Cell {
    column: Option<usize>,
    is_shared: bool,
    value: String,
    formula: String,
}

impl Cell {
    /// What the cell shows, and the formula where it holds words of its own.
    fn written(&self, strings: &[String], used: &mut [bool]) -> String {
        let mut value = if self.is_shared {
            let index: usize = self.value.trim().parse().unwrap_or(usize::MAX);
            if let Some(used) = used.get_mut(index) {
                *used = true;
            }
            strings.get(index).cloned().unwrap_or_default()
        } else {
            whole(&self.value)
        };
        if self.formula.contains('"') {
            value.push_str(" =");
            value.push_str(&self.formula);
        }
        value
    }
}

/// A number such as `1.3912345678E10` as it is shown.
fn whole(value: &str) -> String {
    let is_scientific = value.contains(['E', 'e']) && value.len() < 32;
    match value.parse::<f64>() {
        Ok(number) if is_scientific && number.fract() == 0.0 && number.abs() < 1e20 => {
            format!("{number:.0}")
        }
        _ => value.to_owned(),
    }
}

/// The column of a place such as `AB12`, from 0.
fn column(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_uppercase);
    let number = letters.take(4).fold(0, |sum, letter| sum * 26 + usize::from(letter - b'A') + 1);
    number.checked_sub(1)
}

/// The strings that the cells of a workbook share, in order.
pub(super) fn shared_strings(xml: &str) -> Vec<String> {
    let mut strings = Vec::new();
    let (mut string, mut in_text, mut in_phonetic) = (String::new(), false, false);
    for piece in Pieces::new(xml) {
        match piece {
            Piece::Open { name: "si", is_empty, .. } => {
                string.clear();
                if is_empty {
                    strings.push(String::new());
                }
            }
            Piece::Close { name: "si" } => strings.push(std::mem::take(&mut string)),
            Piece::Open { name: "t", is_empty, .. } => in_text = !is_empty,
            Piece::Close { name: "t" } => in_text = false,
            Piece::Open { name: "rPh", is_empty, .. } => in_phonetic = !is_empty,
            Piece::Close { name: "rPh" } => in_phonetic = false,
            Piece::Text(text) if in_text && !in_phonetic => string.push_str(&text),
            _ => {}
        }
    }
    strings
}

/// Writes the sheets of an OpenDocument spreadsheet.
pub(super) fn open_document(xml: &str, walk: &mut Walk<'_>) {
    let mut made: Option<Made> = None;
    let (mut value, mut repeated, mut column, mut paragraphs) = (String::new(), 1, 0, 0u32);
    for piece in Pieces::new(xml) {
        match piece {
            Piece::Open { name: "table", attributes, is_empty: false } => {
                let name = attribute(attributes, "name").unwrap_or_default();
                if let Some(made) = made.replace(Made::new(&name, walk)) {
                    made.finish(walk);
                }
            }
            Piece::Open { name: "table-row", .. } => column = 0,
            Piece::Open { name: "table-cell" | "covered-table-cell", attributes, is_empty } => {
                value.clear();
                let count = attribute(attributes, "number-columns-repeated");
                repeated = count.and_then(|count| count.parse().ok()).unwrap_or(1usize);
                if is_empty {
                    column += repeated;
                }
            }
            Piece::Close { name: "table-cell" | "covered-table-cell" } => {
                let Some(made) = &mut made else { continue };
                for _ in 0..if value.is_empty() { 0 } else { repeated.min(REPEATED_MAX) } {
                    made.skip_to_column(column, walk);
                    made.cell(&value, walk);
                    column += 1;
                }
                if value.is_empty() {
                    column += repeated;
                }
            }
            Piece::Open { name: "p", is_empty: false, .. } => {
                paragraphs += 1;
                if !value.is_empty() {
                    value.push(' ');
                }
            }
            Piece::Close { name: "p" } => paragraphs = paragraphs.saturating_sub(1),
            Piece::Close { name: "table-row" } => {
                let goes_on = made.as_mut().is_none_or(|made| made.end_row(walk));
                if !goes_on || !walk.take_steps(1) {
                    break;
                }
            }
            Piece::Text(text) if paragraphs > 0 => value.push_str(&text),
            _ => {}
        }
    }
    if let Some(made) = made {
        made.finish(walk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_letters() {
        assert_eq!(
            ["A1", "Z9", "AA1", "XFD7", "7"].map(column),
            [Some(0), Some(25), Some(26), Some(16383), None]
        );
    }

    #[test]
    fn large_numbers_are_written_out() {
        assert_eq!(whole("1.3912345678E10"), "13912345678");
        assert_eq!(whole("0.5"), "0.5");
    }
}
