//! Deleted rows: bytes of free space that have the form of a row of a table.
//!
//! Columns stand in a row without anything between them, so reading it as it stands would not tell an id
//! from the secret behind it.

use super::record::varint;

/// Columns that a row has at least and at most.
const COLUMNS: std::ops::RangeInclusive<usize> = 2..=256;
/// Bytes at the start of a row that SQLite writes over.
const HEADER_LOST: usize = 4;
/// Shortest text that makes bytes believable as a row.
const TEXT_MIN: usize = 8;

/// A deleted row: where it ends, and its texts and numbers.
pub(super) struct Row {
    pub(super) end: usize,
    pub(super) cells: Vec<String>,
}

/// The row that begins at `at`: with the size of its header, or, where SQLite wrote over the first four
/// bytes, with all columns of a table (`columns` has their numbers) or all but the first.
pub(super) fn row(free: &[u8], at: usize, columns: &[usize]) -> Option<Row> {
    if let Some(row) = whole(free, at) {
        return Some(row);
    }
    let cut = columns.iter().flat_map(|count| [*count, count - 1]).find_map(|count| {
        let (types, length) = types(&free[at..], count)?;
        cells(free, at + length, &types)
    })?;
    // Bytes before a whole header can look like types too.
    (1..=HEADER_LOST).all(|ahead| whole(free, at + ahead).is_none()).then_some(cut)
}

/// A row whose header tells its own size.
fn whole(free: &[u8], at: usize) -> Option<Row> {
    let header = usize::from(*free.get(at)?);
    let bytes = free.get(at + 1..(at + header).max(at + 1))?;
    let (types, length) = types(bytes, usize::MAX)?;
    (header < 0x80 && length == bytes.len()).then(|| cells(free, at + header, &types)).flatten()
}

/// Up to `most` serial types, and their bytes; `None` for less than a row has.
fn types(bytes: &[u8], most: usize) -> Option<(Vec<u64>, usize)> {
    let (mut types, mut at) = (Vec::new(), 0);
    while types.len() < most && at < bytes.len() {
        let (kind, length) = varint(&bytes[at..])?;
        if matches!(kind, 10 | 11) || kind > 1 << 20 || types.len() == *COLUMNS.end() {
            return None;
        }
        types.push(kind);
        at += length;
    }
    let enough = COLUMNS.contains(&types.len()) && (most == usize::MAX || types.len() == most);
    enough.then_some((types, at))
}

/// The values of a row whose body begins at `at`; `None` when they are not believable.
fn cells(free: &[u8], mut at: usize, types: &[u64]) -> Option<Row> {
    let (mut cells, mut longest) = (Vec::new(), 0);
    for kind in types {
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => *kind,
            5 => 6,
            6 | 7 => 8,
            _ => (kind - 12) / 2,
        };
        let value = free.get(at..at.checked_add(usize::try_from(length).ok()?)?)?;
        at += value.len();
        let is_text = *kind >= 13 && kind % 2 == 1;
        let cell = if is_text {
            let text = std::str::from_utf8(value).ok()?;
            if text.chars().any(|c| c.is_control() && !c.is_ascii_whitespace()) {
                return None;
            }
            longest = longest.max(text.len());
            text.to_owned()
        } else if (1..=6).contains(kind) {
            let first = i64::from(i8::from_ne_bytes([value[0]]));
            value[1..].iter().fold(first, |sum, byte| sum << 8 | i64::from(*byte)).to_string()
        } else {
            String::new()
        };
        cells.push(cell);
    }
    (longest >= TEXT_MIN).then_some(Row { end: at, cells })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_known_by_its_header_or_by_the_columns_of_a_table() {
        let whole = [&[4, 0, 29, 1][..], b"password", &[7]].concat();
        assert_eq!(row(&whole, 0, &[]).unwrap().cells, ["", "password", "7"]);
        // The first type was written over.
        let cut = &whole[2..];
        assert_eq!(row(cut, 0, &[3]).unwrap().cells, ["password", "7"]);
        assert!(row(cut, 0, &[]).is_none());
        assert!(row(b"\x04\x00\x1d\x01pass\0\0\0\0\x07", 0, &[3]).is_none());
    }
}
