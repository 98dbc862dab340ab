//! SQLite databases: every table as a table of text, and what deleted rows left behind.
//!
//! Source: "Database File Format" of SQLite. The write-ahead log is a file of its own and is read as it
//! stands.

mod carve;
mod page;
mod record;
mod schema;

use self::page::{Database, Goes};
use self::record::{Value, values};
use super::Kind;
use super::held::{Format, Held};
use super::made::{Made, hold_inside, tell};
use crate::content::Content;
use crate::walk::Walk;

/// Recognises the header string.
pub(super) const KIND: Kind = Kind {
    recognises: |head, _| head.starts_with(b"SQLite format 3\0"),
    open: || Held::open(&Format { name: "SQLite database", read }),
};

/// Shorter blobs hold no container.
const BLOB_MIN: usize = 32;

/// Numbers of columns by which deleted rows are looked for.
const COUNTS_MAX: usize = 16;

/// A table or an index.
struct Relation {
    kind: String,
    name: String,
    root: u32,
    sql: String,
}

fn read(bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), String> {
    let mut database = Database::open(bytes).ok_or("its header is damaged")?;
    let relations = relations(&mut database, walk);
    let sql: String = relations.iter().map(|relation| format!("{};\n", relation.sql)).collect();
    tell("schema", &sql, walk);
    let mut counts: Vec<usize> = relations
        .iter()
        .filter(|relation| relation.kind == "table")
        .map(|relation| schema::columns(&relation.sql).len())
        .filter(|count| *count >= 2)
        .collect();
    counts.sort_unstable();
    counts.dedup();
    counts.truncate(COUNTS_MAX);
    for relation in relations {
        let goes = match relation.kind.as_str() {
            "table" if relation.root > 0 => {
                if !walk.take_entry() {
                    break;
                }
                table(&mut database, &relation, walk)
            }
            // What an index holds stands in its table too; its pages are no longer free.
            "index" => database.rows(relation.root, walk, &mut |_, _, _| Goes::On),
            _ => Goes::On,
        };
        if let Goes::Over = goes {
            return Ok(());
        }
    }
    if database.damaged > 0 {
        let damaged = database.damaged;
        walk.unread(format!("damaged SQLite database: {damaged} pages or rows were not read"));
    }
    free(&database, &counts, walk);
    Ok(())
}

/// The tables and indexes, by the table that lists them.
fn relations(database: &mut Database<'_>, walk: &mut Walk<'_>) -> Vec<Relation> {
    let (mut relations, encoding) = (Vec::new(), database.encoding);
    database.rows(1, walk, &mut |_, record, _| {
        let values = values(record);
        let text = |at: usize| values.get(at).map(|value| value.told(encoding)).unwrap_or_default();
        let root = match values.get(3) {
            Some(Value::Integer(root)) => u32::try_from(*root).unwrap_or(0),
            _ => 0,
        };
        relations.push(Relation { kind: text(0), name: text(1), root, sql: text(4) });
        Goes::On
    });
    relations
}

fn table(database: &mut Database<'_>, relation: &Relation, walk: &mut Walk<'_>) -> Goes {
    let columns = schema::columns(&relation.sql);
    let (mut made, encoding) = (Made::new(&relation.name, walk), database.encoding);
    for column in &columns {
        made.cell(column, walk);
    }
    made.end_row(walk);
    let goes = database.rows(relation.root, walk, &mut |id, record, walk| {
        for (at, value) in values(record).iter().enumerate() {
            if let Value::Blob(blob) = value
                && blob.len() >= BLOB_MIN
                && Content::is_container(blob)
            {
                let column = columns.get(at).map_or("", String::as_str);
                let name = format!("{column} of row {id}");
                walk.within(&relation.name, |walk| hold_inside(&name, blob, walk));
                made.cell("", walk);
                continue;
            }
            if !made.cell(&value.told(encoding), walk) {
                return Goes::Over;
            }
        }
        if made.end_row(walk) { Goes::On } else { Goes::Over }
    });
    made.finish(walk);
    goes
}

/// Reads what is free: deleted rows where there are any, anything else as it stands. `counts` are the
/// numbers of columns that tables have.
fn free(database: &Database<'_>, counts: &[usize], walk: &mut Walk<'_>) {
    let mut rows = Made::new("deleted rows", walk);
    let mut rest = walk.within("free space", |walk| Content::raw(walk));
    for part in database.free() {
        let (mut at, mut begin) = (0, 0);
        while at < part.len() {
            // Zeros say nothing, and are most of what is free.
            let zeros = part[at..].iter().take_while(|byte| **byte == 0).count();
            if zeros > 1 {
                at += zeros - 1;
            }
            if !walk.take_steps(1 + counts.len() as u64) {
                break;
            }
            let Some(row) = carve::row(part, at, counts) else {
                at += 1;
                continue;
            };
            keep(&mut rest, &part[begin..at], walk);
            row.cells.iter().for_each(|cell| {
                rows.cell(cell, walk);
            });
            rows.end_row(walk);
            (at, begin) = (row.end, row.end);
        }
        keep(&mut rest, &part[begin..], walk);
    }
    rows.finish(walk);
    walk.within("free space", |walk| rest.finish(walk));
}

/// Reads a piece of free space that is no row.
fn keep(content: &mut Content, piece: &[u8], walk: &mut Walk<'_>) {
    walk.within("free space", |walk| {
        if piece.iter().any(|byte| *byte != 0) && walk.take_expanded(piece.len()) {
            content.feed(piece, walk);
            content.feed(b"\n", walk);
        }
    });
}
