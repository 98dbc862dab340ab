//! Values of `insert into settings (id, secret) VALUES ('…', '…')`: which column each stands in.

use std::ops::Range;

/// How far before a value its rows may begin, and how far before those its columns: together no further than any
/// window reaches back.
const STATEMENT_REACH: usize = 1024;
/// Longest list of columns.
const COLUMNS_MAX: usize = 64;

/// A part of a row of values.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cell {
    column: usize,
    place: Range<usize>,
}

/// The column that the value at `at` stands in.
pub(crate) fn column_at(text: &[u8], at: usize) -> Option<&[u8]> {
    text[..at].ends_with(b"'").then_some(())?;
    let from = at.saturating_sub(STATEMENT_REACH);
    let word = ["VALUES", "values"].iter().filter_map(|word| {
        memchr::memmem::rfind(&text[from..at], word.as_bytes()).map(|place| from + place)
    });
    let word = word.max()?;
    let columns = columns(text, word)?;
    // A value may come last.
    let cell = cells(text, word + "VALUES".len(), text.len().min(at + 1)).into_iter().last()?;
    columns.get(cell.column).copied()
}

/// The values behind the `VALUES` at `start..end`, each with the name of its column.
pub(super) fn named_cells(text: &[u8], start: usize, end: usize) -> Vec<(&[u8], Range<usize>)> {
    let Some(columns) = columns(text, start) else { return Vec::new() };
    let cells = cells(text, end, text.len()).into_iter();
    cells.filter_map(|cell| Some((*columns.get(cell.column)?, cell.place))).collect()
}

/// The names in the list that ends before `end`.
fn columns(text: &[u8], end: usize) -> Option<Vec<&[u8]>> {
    let before = text[end.saturating_sub(STATEMENT_REACH)..end].trim_ascii_end();
    let list = before.strip_suffix(b")")?;
    let list = &list[memchr::memrchr(b'(', list)? + 1..];
    let names: Vec<&[u8]> = list.split(|byte| *byte == b',').map(plain).collect();
    let is_name = |name: &&[u8]| {
        let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
        !name.is_empty() && name.iter().all(fits)
    };
    (names.len() <= COLUMNS_MAX && names.iter().all(is_name)).then_some(names)
}

/// A name without blanks and quotes.
fn plain(name: &[u8]) -> &[u8] {
    let mut name = name.trim_ascii();
    while let [b'`' | b'"' | b'[' | b'\'', inner @ ..] = name {
        name = inner;
    }
    while let [inner @ .., b'`' | b'"' | b']' | b'\''] = name {
        name = inner;
    }
    name
}

/// The texts in quotes of the rows in `from..to`, those without an end too.
fn cells(text: &[u8], from: usize, to: usize) -> Vec<Cell> {
    let (mut cells, mut column, mut depth, mut at) = (Vec::new(), 0, 0_usize, from);
    while at < to {
        match text[at] {
            b'\'' => {
                let start = (at + 1).min(to);
                let rest = &text[start..to];
                let end = start + memchr::memchr2(b'\'', b'\n', rest).unwrap_or(rest.len());
                cells.push(Cell { column, place: start..end });
                at = end;
            }
            b'(' => {
                depth += 1;
                column = if depth == 1 { 0 } else { column };
            }
            b')' => depth = depth.saturating_sub(1),
            b',' if depth == 1 => column += 1,
            b';' if depth == 0 => break,
            _ => {}
        }
        at += 1;
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_in_the_column_of_its_place() {
        let text = b"insert into t (`id`, \"secret\") VALUES (now(), 'a, b'), (2, 'c');\n('d')";
        let start = memchr::memmem::find(text, b"VALUES").unwrap();
        let cells = named_cells(text, start, start + 6);
        let cells: Vec<_> = cells.iter().map(|(name, at)| (*name, &text[at.clone()])).collect();
        assert_eq!(cells, [(&b"secret"[..], &b"a, b"[..]), (b"secret", b"c")]);
        let at = memchr::memchr(b'c', &text[start..]).unwrap() + start;
        assert_eq!(column_at(text, at), Some(&b"secret"[..]));
        assert_eq!(column_at(b"(a, b) 'x'", 8), None);
    }
}
