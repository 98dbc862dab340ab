//! Parquet: the rows as a table of text, read page by page of each column side by side.
//!
//! Source: the Parquet format's own documents. Values inside lists and maps stand in the row that they
//! belong to.

mod bits;
mod page;
mod thrift;

use self::page::{Cell, Column, Pages};
use self::thrift::{Reader, Value};
use super::Kind;
use super::held::{Format, Held};
use super::made::{Made, hold_inside, tell};
use crate::content::Content;
use crate::walk::Walk;

/// Recognises the magic of plain and of encrypted files.
pub(super) const KIND: Kind = Kind {
    recognises: |head, _| head.starts_with(b"PAR1") || head.starts_with(b"PARE"),
    open: || Held::open(&Format { name: "Parquet file", read }),
};

/// Columns that are read.
const COLUMNS_MAX: usize = 4096;
/// Groups inside each other.
const DEPTH_MAX: u32 = 32;
/// Shorter values hold no container.
const BLOB_MIN: usize = 32;

fn read(bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), String> {
    let tail = bytes.len().checked_sub(8).map(|at| bytes.split_at(at));
    let (body, tail) = tail.ok_or("it is too short")?;
    if bytes.starts_with(b"PARE") || tail.ends_with(b"PARE") {
        walk.unread("encrypted Parquet file: not read");
        return Ok(());
    }
    let length = tail.first_chunk().map(|length| u32::from_le_bytes(*length) as usize);
    let footer = length.and_then(|length| body.get(body.len().checked_sub(length)?..));
    let footer = footer.filter(|_| tail.ends_with(b"PAR1")).ok_or("its footer is missing")?;
    let metadata = Reader::new(footer).structure().ok_or("its footer is damaged")?;
    let mut columns = Vec::new();
    let mut schema = Schema { elements: metadata.list(2), at: 0, columns: &mut columns };
    schema.element("", 0, 0, 0);
    notes(&metadata, walk);
    let mut made = Made::new("rows", walk);
    for column in &columns {
        made.cell(&column.name, walk);
    }
    made.end_row(walk);
    for (index, group) in metadata.list(4).iter().enumerate() {
        if !walk.take_entry() {
            break;
        }
        if let Err(why) = rows(bytes, group, &columns, &mut made, walk) {
            walk.unread(format!("row group {} of the Parquet file: {why}", index + 1));
        }
    }
    made.finish(walk);
    Ok(())
}

/// Keys and values that writers add, such as a schema of their own.
fn notes(metadata: &Value, walk: &mut Walk<'_>) {
    let pairs = metadata.list(5).iter();
    let text: String = pairs
        .map(|pair| {
            let part = |id| pair.text(id).unwrap_or_default();
            format!("{}: {}\n", part(1), part(2))
        })
        .collect();
    if !text.is_empty() {
        tell("metadata", &text, walk);
    }
}

/// The schema is a tree, written depth first.
struct Schema<'s> {
    elements: &'s [Value],
    at: usize,
    columns: &'s mut Vec<Column>,
}

impl Schema<'_> {
    fn element(&mut self, parent: &str, definition: u32, repetition: u32, depth: u32) {
        let Some(element) = self.elements.get(self.at) else { return };
        let is_root = self.at == 0;
        self.at += 1;
        let own = element.text(4).unwrap_or_default();
        let name = match parent {
            _ if is_root => String::new(),
            "" => own,
            // The groups that lists are made of have names that say nothing.
            parent
                if matches!(own.as_str(), "list" | "element" | "array" | "key_value" | "item") =>
            {
                parent.to_owned()
            }
            parent => format!("{parent}.{own}"),
        };
        let kind = if is_root { 0 } else { element.number(3).unwrap_or(0) };
        let definition = definition + u32::from(kind != 0);
        let repetition = repetition + u32::from(kind == 2);
        let children = element.count(5).unwrap_or(0);
        if children > 0 || is_root {
            for _ in 0..children {
                if depth < DEPTH_MAX {
                    self.element(&name, definition, repetition, depth + 1);
                }
            }
        } else if self.columns.len() < COLUMNS_MAX {
            self.columns.push(Column {
                name,
                kind: element.number(1).unwrap_or(-1),
                length: element.count(2).unwrap_or(0),
                definition,
                repetition,
            });
        }
    }
}

/// Writes the rows of a group.
fn rows(
    bytes: &[u8],
    group: &Value,
    columns: &[Column],
    made: &mut Made,
    walk: &mut Walk<'_>,
) -> Result<(), String> {
    let chunks = group.list(1).iter().zip(columns);
    let mut pages: Vec<Result<Pages<'_>, String>> = chunks
        .map(|(chunk, column)| {
            let metadata = chunk.field(3).ok_or("a column is encrypted or elsewhere")?;
            let pages = Pages::open(bytes, metadata, column.clone());
            pages.ok_or_else(|| "a column lies outside of the file".to_owned())
        })
        .collect();
    let mut damage = None;
    for row in 0..group.count(3).unwrap_or(0) {
        let mut found = false;
        for pages in &mut pages {
            let cells = match pages {
                Ok(open) => open.row(),
                Err(why) => Err(std::mem::take(why)),
            };
            let cells = cells.unwrap_or_else(|why| {
                // The other columns are still worth reading.
                damage = damage.take().or(Some(why).filter(|why| !why.is_empty()));
                *pages = Err(String::new());
                None
            });
            found |= cells.is_some();
            let dictionary = pages.as_ref().map_or(&[][..], |pages| &pages.dictionary);
            let text = written(&cells.unwrap_or_default(), dictionary, row, walk);
            if !made.cell(&text, walk) {
                return Ok(());
            }
        }
        if !found || !made.end_row(walk) || !walk.take_steps(pages.len() as u64) {
            break;
        }
    }
    damage.map_or(Ok(()), Err)
}

/// The values of a cell, those of lists side by side.
fn written(cells: &[Cell], dictionary: &[Cell], row: usize, walk: &mut Walk<'_>) -> String {
    let mut text = String::new();
    for cell in cells {
        let cell = match cell {
            Cell::Listed(index) => match dictionary.get(*index as usize) {
                Some(cell) => cell,
                None => continue,
            },
            cell => cell,
        };
        if !text.is_empty() {
            text.push(' ');
        }
        match cell {
            Cell::Number(number) => text.push_str(&number.to_string()),
            Cell::Real(number) => text.push_str(&number.to_string()),
            Cell::Bytes(bytes) if bytes.len() >= BLOB_MIN && Content::is_container(bytes) => {
                hold_inside(&format!("value in row {}", row + 1), bytes, walk);
            }
            Cell::Bytes(bytes) => text.push_str(&String::from_utf8_lossy(bytes)),
            Cell::Listed(_) => {}
        }
    }
    text
}
