//! Tables in Markdown: which column the cells below a line of dashes stand in.

use std::ops::Range;

/// How far above a cell its table may begin: no further than any window reaches back.
const TABLE_REACH: usize = 2048;
/// Most columns of a table.
const COLUMNS_MAX: usize = 32;

/// The head of the column in which the value at `at` stands.
pub(crate) fn column_at(text: &[u8], at: usize) -> Option<&[u8]> {
    let floor = at.saturating_sub(TABLE_REACH);
    let begin = floor + memchr::memrchr(b'\n', &text[floor..at])? + 1;
    let row = &text[begin..at];
    row.trim_ascii_start().starts_with(b"|").then_some(())?;
    let column = row.iter().filter(|byte| **byte == b'|').count() - 1;
    let mut end = begin;
    while let Some(start) = line_above(text, end, floor) {
        let line = &text[start..end];
        line.trim_ascii().starts_with(b"|").then_some(())?;
        if is_rule(line) {
            let head = line_above(text, start, floor)?;
            return cells(text, head, start).get(column).map(|cell| &text[cell.clone()]);
        }
        end = start;
    }
    None
}

/// The cells of the rows below the line of dashes that `at` stands in, each with the head of its column.
pub(super) fn named_cells(text: &[u8], at: usize) -> Vec<(&[u8], Range<usize>)> {
    let floor = at.saturating_sub(TABLE_REACH);
    let Some(start) = memchr::memrchr(b'\n', &text[floor..at]).map(|end| floor + end + 1) else {
        return Vec::new();
    };
    let line_end = |from: usize| memchr::memchr(b'\n', &text[from..]).map(|end| from + end + 1);
    let (Some(mut end), Some(head)) = (line_end(start), line_above(text, start, floor)) else {
        return Vec::new();
    };
    if !is_rule(&text[start..end]) || !text[head..start].contains(&b'|') {
        return Vec::new();
    }
    let (heads, mut found) = (cells(text, head, start), Vec::new());
    while let Some(next) = line_end(end).or((end < text.len()).then_some(text.len())) {
        if !text[end..next].trim_ascii_start().starts_with(b"|") {
            break;
        }
        let row = cells(text, end, next).into_iter().zip(&heads);
        found.extend(row.map(|(cell, head)| (&text[head.clone()], cell)));
        end = next;
    }
    found
}

/// Where the line begins that ends at `end` with its line break, not before `floor`.
fn line_above(text: &[u8], end: usize, floor: usize) -> Option<usize> {
    let last = end.checked_sub(1).filter(|last| *last >= floor)?;
    let above = memchr::memrchr(b'\n', &text[floor..last]).map(|at| floor + at + 1);
    above.or((floor == 0).then_some(0))
}

/// Whether a line has dashes and what lines them up, and nothing else.
fn is_rule(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let drawn = |byte: &u8| matches!(byte, b'|' | b'-' | b':' | b' ');
    line.starts_with(b"|") && line.contains(&b'-') && line.iter().all(drawn)
}

/// The cells of the line `start..end`, without blanks and the signs of code.
fn cells(text: &[u8], start: usize, end: usize) -> Vec<Range<usize>> {
    let line = text[start..end].trim_ascii();
    let begin = start + (text[start..end].len() - text[start..end].trim_ascii_start().len());
    let line = line.strip_suffix(b"|").unwrap_or(line);
    let inner = line.strip_prefix(b"|").unwrap_or(line);
    let mut at = begin + line.len() - inner.len();
    let mut found = Vec::new();
    for cell in inner.split(|byte| *byte == b'|').take(COLUMNS_MAX) {
        let sign = |byte: &&u8| matches!(**byte, b' ' | b'\t' | b'`' | b'*');
        let lead = cell.iter().take_while(sign).count();
        let tail = cell[lead..].iter().rev().take_while(sign).count();
        found.push(at + lead..at + cell.len() - tail);
        at += cell.len() + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stands_below_the_head_of_its_column() {
        let text =
            b"Keys:\n\n| Who | `Secret` |\n|:---|---|\n| a | `x1` |\n| b | y2 |\n\nend | z\n";
        let at = memchr::memmem::find(text, b"|:--").unwrap();
        let cells = named_cells(text, at);
        let cells: Vec<_> = cells.iter().map(|(name, at)| (*name, &text[at.clone()])).collect();
        let expected: [(&[u8], &[u8]); 4] =
            [(b"Who", b"a"), (b"Secret", b"x1"), (b"Who", b"b"), (b"Secret", b"y2")];
        assert_eq!(cells, expected);
        let at = memchr::memmem::find(text, b"y2").unwrap();
        assert_eq!(column_at(text, at), Some(&b"Secret"[..]));
        assert_eq!(column_at(text, text.len() - 2), None);
        assert!(named_cells(b"|---|---|", 0).is_empty());
    }
}
