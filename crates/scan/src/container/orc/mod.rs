//! ORC: the rows as a table of text, stripe by stripe. Values inside lists and maps stand in tables of their
//! own, one a line.
//!
//! Source: ORC specification v1.

mod protobuf;
mod run;

use self::protobuf::{count, fields, number, numbers, parts};
use super::Kind;
use super::held::{Format, Held};
use super::made::Made;
use crate::codec::{Deflate, Zstd, lz4_block, snappy, unpack};
use crate::walk::Walk;

/// Recognises the magic.
pub(super) const KIND: Kind = Kind {
    recognises: |head, _| head.starts_with(b"ORC"),
    open: || Held::open(&Format { name: "ORC file", read }),
};

/// Rows of a stripe that are read at most.
const ROWS_MAX: usize = 1 << 24;
/// Longest stream once unpacked.
const STREAM_MAX: usize = 256 << 20;

/// How the parts of a file are packed.
#[derive(Clone, Copy)]
struct Packing {
    kind: u64,
    /// Bytes that a packed chunk unpacks to at most.
    chunk: usize,
}

/// A type of the schema.
struct Type {
    kind: u64,
    children: Vec<usize>,
    names: Vec<String>,
}

/// A column with text or whole numbers.
struct Column {
    name: String,
    index: usize,
    kind: u64,
    /// Whether its values stand inside lists, maps or unions, so that they belong to no row of their own.
    is_inner: bool,
}

fn read(bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), String> {
    let (tail, rest) = bytes.split_last().ok_or("it is empty")?;
    let start = rest.len().checked_sub(usize::from(*tail)).ok_or("its end is damaged")?;
    let script = fields(&rest[start..]);
    if !parts(&script, 8000).contains(&&b"ORC"[..]) {
        return Err("its end is missing".to_owned());
    }
    let packing =
        Packing { kind: number(&script, 2).unwrap_or(0), chunk: count(&script, 3).max(1) };
    let footer = start.checked_sub(count(&script, 1)).ok_or("its footer is missing")?;
    let footer = unpacked(&rest[footer..start], packing)?;
    let footer = fields(&footer);
    let types: Vec<Type> = parts(&footer, 4).into_iter().map(type_of).collect();
    let mut columns = Vec::new();
    columns_of(&types, 0, "", false, 0, &mut columns);
    let mut made = Made::new("rows", walk);
    for column in columns.iter().filter(|column| !column.is_inner) {
        made.cell(&column.name, walk);
    }
    made.end_row(walk);
    for (index, stripe) in parts(&footer, 3).into_iter().enumerate() {
        if !walk.take_entry() {
            break;
        }
        if let Err(why) = read_stripe(bytes, &fields(stripe), packing, &columns, &mut made, walk) {
            walk.unread(format!("stripe {} of the ORC file: {why}", index + 1));
        }
    }
    made.finish(walk);
    Ok(())
}

fn type_of(message: &[u8]) -> Type {
    let message = fields(message);
    let children = numbers(&message, 2).into_iter();
    let names = parts(&message, 3).into_iter();
    Type {
        kind: number(&message, 1).unwrap_or(0),
        children: children.filter_map(|child| usize::try_from(child).ok()).collect(),
        names: names.map(|name| String::from_utf8_lossy(name).into_owned()).collect(),
    }
}

/// The columns below a type that hold text or whole numbers.
fn columns_of(
    types: &[Type],
    index: usize,
    name: &str,
    is_inner: bool,
    depth: u32,
    columns: &mut Vec<Column>,
) {
    let Some(kind) = types.get(index).filter(|_| depth < 32 && columns.len() < 4096) else {
        return;
    };
    match kind.kind {
        1..=4 | 7 | 8 | 16 | 17 => {
            columns.push(Column { name: name.to_owned(), index, kind: kind.kind, is_inner });
        }
        10..=13 => {
            for (at, child) in kind.children.iter().enumerate() {
                let own = kind.names.get(at).map_or("", String::as_str);
                let dot = if name.is_empty() || own.is_empty() { "" } else { "." };
                // A type names its children by later numbers, so this ends.
                if *child > index {
                    let inner = is_inner || kind.kind != 12;
                    let name = format!("{name}{dot}{own}");
                    columns_of(types, *child, &name, inner, depth + 1, columns);
                }
            }
        }
        _ => {}
    }
}

/// A part of the file, unpacked chunk by chunk.
fn unpacked(mut part: &[u8], packing: Packing) -> Result<Vec<u8>, String> {
    if packing.kind == 0 {
        return Ok(part.to_vec());
    }
    let mut made = Vec::new();
    while let Some((head, rest)) = part.split_first_chunk::<3>() {
        let head = u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize;
        let (chunk, rest) = rest.split_at_checked(head >> 1).ok_or("a chunk is not whole")?;
        part = rest;
        let most = packing.chunk.min(STREAM_MAX - made.len().min(STREAM_MAX));
        match (head & 1, packing.kind) {
            (1, _) => made.extend_from_slice(chunk),
            (_, 1) => made.extend(unpack(&mut Deflate::bare(), chunk, most)?),
            (_, 2) => made.extend(snappy(chunk, most)?),
            (_, 4) => made.extend(lz4_block(chunk, most)?),
            (_, 5) => made.extend(unpack(&mut Zstd::new(), chunk, most)?),
            (_, kind) => return Err(format!("its compression {kind} is not supported")),
        }
        if made.len() >= STREAM_MAX {
            return Err(format!("a stream unpacks to more than {STREAM_MAX} bytes"));
        }
    }
    Ok(made)
}

/// The streams of a stripe, found by column and kind.
struct Stripe<'s> {
    streams: Vec<(usize, u64, &'s [u8])>,
    /// Encoding and size of the dictionary, by column.
    encodings: Vec<(u64, usize)>,
    rows: usize,
    packing: Packing,
}

type Message<'m> = [(u64, protobuf::Field<'m>)];

fn read_stripe(
    bytes: &[u8],
    stripe: &Message<'_>,
    packing: Packing,
    columns: &[Column],
    made: &mut Made,
    walk: &mut Walk<'_>,
) -> Result<(), String> {
    let outside = || "it lies outside of the file".to_owned();
    let end = |start: usize, id: u64| start.checked_add(count(stripe, id)).ok_or_else(outside);
    let start = count(stripe, 1);
    let footer = end(end(start, 2)?, 3)?;
    let part = bytes.get(footer..end(footer, 4)?).ok_or_else(outside)?;
    let footer = unpacked(part, packing)?;
    let footer = fields(&footer);
    let mut at = start;
    let mut streams = Vec::new();
    for stream in parts(&footer, 1) {
        let stream = fields(stream);
        let next = at.checked_add(count(&stream, 3)).ok_or_else(outside)?;
        let part = bytes.get(at..next).ok_or_else(outside)?;
        streams.push((count(&stream, 2), number(&stream, 1).unwrap_or(0), part));
        at = next;
    }
    let encodings = parts(&footer, 2).into_iter().map(fields);
    let encodings =
        encodings.map(|message| (number(&message, 1).unwrap_or(0), count(&message, 2))).collect();
    let rows = count(stripe, 5).min(ROWS_MAX);
    let stripe = Stripe { streams, encodings, rows, packing };
    let mut table = Vec::new();
    let mut damage = None;
    for column in columns {
        let values = stripe.values(column, walk).unwrap_or_else(|why| {
            damage = damage.take().or(Some(why));
            Vec::new()
        });
        if column.is_inner {
            let mut inner = Made::new(&column.name, walk);
            for value in values.iter().flatten() {
                inner.push(value.as_bytes(), walk);
                inner.push(b"\n", walk);
            }
            inner.finish(walk);
        } else {
            table.push(values);
        }
    }
    for row in 0..rows {
        for values in &table {
            let value = values.get(row).and_then(Option::as_deref).unwrap_or_default();
            made.cell(value, walk);
        }
        if !made.end_row(walk) || !walk.take_steps(table.len() as u64 + 1) {
            break;
        }
    }
    damage.map_or(Ok(()), Err)
}

impl Stripe<'_> {
    /// A stream of a column, unpacked; empty where there is none.
    fn stream(&self, column: usize, kind: u64, walk: &mut Walk<'_>) -> Result<Vec<u8>, String> {
        let found = self.streams.iter().find(|stream| (stream.0, stream.1) == (column, kind));
        let Some((_, _, part)) = found else { return Ok(Vec::new()) };
        let made = unpacked(part, self.packing)?;
        if walk.take_expanded(made.len()) { Ok(made) } else { Err("a budget is spent".to_owned()) }
    }

    /// The values of a column, row by row where it is not inside a list.
    fn values(&self, column: &Column, walk: &mut Walk<'_>) -> Result<Vec<Option<String>>, String> {
        let (encoding, dictionary) =
            self.encodings.get(column.index).copied().ok_or("its encoding is missing")?;
        let most = if column.is_inner { ROWS_MAX } else { self.rows };
        let present = self.stream(column.index, 0, walk)?;
        let present = run::flags(&present, if present.is_empty() { 0 } else { most });
        let there = match present.is_empty() {
            true => most,
            false => present.iter().filter(|is_there| **is_there).count(),
        };
        let data = self.stream(column.index, 1, walk)?;
        let whole = |data: &[u8], signed: bool, count: usize| match encoding {
            2 | 3 => run::second_version(data, signed, count),
            _ => run::first_version(data, signed, count),
        };
        let is_text = matches!(column.kind, 7 | 8 | 16 | 17);
        let values: Vec<String> = if is_text {
            let lengths = self.stream(column.index, 2, walk)?;
            if matches!(encoding, 1 | 3) {
                let words = self.stream(column.index, 3, walk)?;
                let words = texts(&whole(&lengths, false, dictionary.min(ROWS_MAX)), &words);
                let word = |index: i64| words.get(usize::try_from(index).ok()?).cloned();
                let indexes = whole(&data, false, there);
                self.charge(&indexes, &words, walk)?;
                indexes.into_iter().map(|index| word(index).unwrap_or_default()).collect()
            } else {
                texts(&whole(&lengths, false, there), &data)
            }
        } else if column.kind == 1 {
            let bytes = run::bytes(&data, there);
            bytes.into_iter().map(|byte| i8::from_ne_bytes([byte]).to_string()).collect()
        } else {
            whole(&data, true, there).into_iter().map(|number| number.to_string()).collect()
        };
        if present.is_empty() {
            return Ok(values.into_iter().map(Some).collect());
        }
        let mut values = values.into_iter();
        let row = |is_there: bool| if is_there { values.next() } else { None };
        Ok(present.into_iter().map(row).collect())
    }

    /// Words of a dictionary may be long and used often: what they make together is asked for first.
    fn charge(&self, indexes: &[i64], words: &[String], walk: &mut Walk<'_>) -> Result<(), String> {
        let length = |index: &i64| {
            let word = usize::try_from(*index).ok().and_then(|index| words.get(index));
            word.map_or(0, String::len)
        };
        let bytes: usize = indexes.iter().map(length).sum();
        if walk.take_expanded(bytes) { Ok(()) } else { Err("a budget is spent".to_owned()) }
    }
}

/// Texts one after another, by their lengths.
fn texts(lengths: &[i64], mut data: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    for length in lengths {
        let length = usize::try_from(*length).unwrap_or(usize::MAX);
        let Some((text, rest)) = data.split_at_checked(length) else { break };
        texts.push(String::from_utf8_lossy(text).into_owned());
        data = rest;
    }
    texts
}
