//! Avro object container files: the records as a table of text.
//!
//! Source: the Avro specification, "Object Container Files" and "Binary Encoding".

use std::collections::HashMap;

use serde_json::Value as Json;

use super::Kind;
use super::held::{Format, Held};
use super::made::{Made, hold_inside, tell};
use crate::codec::{Bzip2, Codec, Deflate, Xz, Zstd, snappy, unpack};
use crate::content::Content;
use crate::walk::Walk;

/// Recognises the magic.
pub(super) const KIND: Kind = Kind {
    recognises: |head, _| head.starts_with(b"Obj\x01"),
    open: || Held::open(&Format { name: "Avro file", read }),
};

/// Types inside each other.
const DEPTH_MAX: u32 = 48;
/// Longest block once unpacked.
const BLOCK_MAX: usize = 256 << 20;
/// Shorter values hold no container.
const BLOB_MIN: usize = 32;

/// What a schema says of a value.
enum Type {
    Null,
    Boolean,
    /// `int` and `long` alike.
    Number,
    Float,
    Double,
    Bytes,
    Text,
    Fixed(usize),
    Choice(Vec<String>),
    List(Box<Type>),
    Map(Box<Type>),
    OneOf(Vec<Type>),
    /// A type by its name.
    Named(String),
    Record(Vec<(String, Type)>),
}

fn read(bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), String> {
    let mut reader = Reader { rest: &bytes[4..] };
    let header = header(&mut reader).ok_or("its header is damaged")?;
    let text = |key: &str| header.iter().find(|(known, _)| known == key).map(|(_, value)| value);
    let schema: Json = serde_json::from_slice(text("avro.schema").map_or(b"", |value| value))
        .map_err(|error| format!("its schema is damaged: {error}"))?;
    let codec = text("avro.codec").map_or(&b"null"[..], |codec| codec);
    let told: String = header
        .iter()
        .map(|(key, value)| format!("{key}: {}\n", String::from_utf8_lossy(value)))
        .collect();
    tell("metadata", &told, walk);
    let mut names = HashMap::new();
    let root = resolved(&schema, &mut names, 0).ok_or("its schema is damaged")?;
    let sync = reader.take(16).ok_or("its header is damaged")?;
    let mut made = Made::new("rows", walk);
    let columns: &[(String, Type)] = match &root {
        Type::Named(name) => match names.get(name) {
            Some(Type::Record(fields)) => fields,
            _ => &[],
        },
        _ => &[],
    };
    columns.iter().for_each(|(name, _)| {
        made.cell(name, walk);
    });
    made.end_row(walk);
    while !reader.rest.is_empty() && walk.take_entry() {
        let block = block(&mut reader, codec, sync);
        let outcome = block.and_then(|(count, data)| {
            let mut rows = Rows { names: &names, made: &mut made, row: 0 };
            rows.read(count, &data, &root, walk)
        });
        match outcome {
            Ok(true) => {}
            Ok(false) => break,
            Err(why) => {
                walk.unread(format!("damaged Avro file: {why}; the rest was not read"));
                break;
            }
        }
    }
    made.finish(walk);
    Ok(())
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<i64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
            }
        }
        None
    }

    fn count(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let count = self.count()?;
        self.take(count)
    }

    /// The number of items in the next block of a list or a map; 0 at its end.
    fn items(&mut self) -> Option<usize> {
        let count = self.number()?;
        if count < 0 {
            // The size in bytes follows, for who wants to pass over them.
            self.number()?;
        }
        usize::try_from(count.checked_abs()?).ok()
    }
}

fn header(reader: &mut Reader<'_>) -> Option<Vec<(String, Vec<u8>)>> {
    let mut pairs = Vec::new();
    loop {
        let items = reader.items()?;
        if items == 0 {
            return Some(pairs);
        }
        for _ in 0..items {
            let key = String::from_utf8_lossy(reader.bytes()?).into_owned();
            pairs.push((key, reader.bytes()?.to_vec()));
        }
    }
}

/// The number of records in the next block, and the block unpacked.
fn block(reader: &mut Reader<'_>, codec: &[u8], sync: &[u8]) -> Result<(usize, Vec<u8>), String> {
    let (count, data) = reader.count().zip(reader.bytes()).ok_or("a block is not whole")?;
    let by = |codec: &mut dyn Codec| unpack(codec, data, BLOCK_MAX);
    let unpacked = match codec {
        b"null" => data.to_vec(),
        b"deflate" => by(&mut Deflate::bare())?,
        // A checksum of four bytes comes after the block.
        b"snappy" => snappy(&data[..data.len().saturating_sub(4)], BLOCK_MAX)?,
        b"zstandard" => by(&mut Zstd::new())?,
        b"bzip2" => by(&mut Bzip2::new())?,
        b"xz" => by(&mut Xz::new())?,
        other => {
            let name = String::from_utf8_lossy(other);
            return Err(format!("its compression `{name}` is not known"));
        }
    };
    match reader.take(16) {
        Some(mark) if mark == sync => Ok((count, unpacked)),
        _ => Err("a mark between blocks is missing".to_owned()),
    }
}

/// The type that a schema describes; records and other named types are put into `names`.
fn resolved(schema: &Json, names: &mut HashMap<String, Type>, depth: u32) -> Option<Type> {
    if depth > DEPTH_MAX {
        return None;
    }
    let inner = |key: &str, names: &mut HashMap<String, Type>| {
        resolved(schema.get(key)?, names, depth + 1).map(Box::new)
    };
    match schema {
        Json::String(name) => Some(match name.as_str() {
            "null" => Type::Null,
            "boolean" => Type::Boolean,
            "int" | "long" => Type::Number,
            "float" => Type::Float,
            "double" => Type::Double,
            "bytes" => Type::Bytes,
            "string" => Type::Text,
            name => Type::Named(local(name)),
        }),
        Json::Array(types) => {
            let types: Option<Vec<Type>> =
                types.iter().map(|schema| resolved(schema, names, depth + 1)).collect();
            types.map(Type::OneOf)
        }
        Json::Object(_) => {
            let name = local(schema.get("name").and_then(Json::as_str).unwrap_or_default());
            let made = match schema.get("type")? {
                Json::String(kind) => match kind.as_str() {
                    "array" => return inner("items", names).map(Type::List),
                    "map" => return inner("values", names).map(Type::Map),
                    "fixed" => Type::Fixed(usize::try_from(schema.get("size")?.as_u64()?).ok()?),
                    "enum" => {
                        let symbols = schema.get("symbols")?.as_array()?.iter();
                        let words = symbols.filter_map(Json::as_str).map(str::to_owned);
                        Type::Choice(words.collect())
                    }
                    "record" | "error" => {
                        let mut fields = Vec::new();
                        for field in schema.get("fields")?.as_array()? {
                            let name = field.get("name")?.as_str()?.to_owned();
                            fields.push((name, resolved(field.get("type")?, names, depth + 1)?));
                        }
                        Type::Record(fields)
                    }
                    _ => return resolved(schema.get("type")?, names, depth + 1),
                },
                nested => return resolved(nested, names, depth + 1),
            };
            names.insert(name.clone(), made);
            Some(Type::Named(name))
        }
        _ => None,
    }
}

/// A name without its namespace.
fn local(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).to_owned()
}

struct Rows<'r> {
    names: &'r HashMap<String, Type>,
    made: &'r mut Made,
    row: u64,
}

impl Rows<'_> {
    /// Writes the records of a block; `false` when a budget is spent.
    fn read(
        &mut self,
        count: usize,
        data: &[u8],
        root: &Type,
        walk: &mut Walk<'_>,
    ) -> Result<bool, String> {
        let mut reader = Reader { rest: data };
        let fields = match root {
            Type::Named(name) => match self.names.get(name) {
                Some(Type::Record(fields)) => Some(fields),
                _ => None,
            },
            _ => None,
        };
        for _ in 0..count {
            self.row += 1;
            let mut values = Vec::new();
            match fields {
                Some(fields) => {
                    for (_, kind) in fields {
                        let mut text = String::new();
                        self.value(&mut reader, kind, &mut text, 0, walk)
                            .ok_or("a record is damaged")?;
                        values.push(text);
                    }
                }
                None => {
                    let mut text = String::new();
                    self.value(&mut reader, root, &mut text, 0, walk)
                        .ok_or("a value is damaged")?;
                    values.push(text);
                }
            }
            for value in values {
                self.made.cell(&value, walk);
            }
            if !self.made.end_row(walk) || !walk.take_steps(1) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Appends a value; `None` when it is damaged or a budget is spent.
    fn value(
        &self,
        reader: &mut Reader<'_>,
        kind: &Type,
        text: &mut String,
        depth: u32,
        walk: &mut Walk<'_>,
    ) -> Option<()> {
        if depth > DEPTH_MAX || !walk.take_steps(1) {
            return None;
        }
        match kind {
            Type::Null => {}
            Type::Boolean => text.push_str(if reader.take(1)? == [1] { "true" } else { "false" }),
            Type::Number => text.push_str(&reader.number()?.to_string()),
            Type::Float => {
                let bytes = reader.take(4)?.first_chunk()?;
                text.push_str(&f32::from_le_bytes(*bytes).to_string());
            }
            Type::Double => {
                let bytes = reader.take(8)?.first_chunk()?;
                text.push_str(&f64::from_le_bytes(*bytes).to_string());
            }
            Type::Text => text.push_str(&String::from_utf8_lossy(reader.bytes()?)),
            Type::Bytes => self.blob(reader.bytes()?, text, walk),
            Type::Fixed(size) => self.blob(reader.take(*size)?, text, walk),
            Type::Choice(words) => {
                text.push_str(words.get(reader.count()?).map_or("", String::as_str));
            }
            Type::OneOf(types) => {
                let chosen = types.get(reader.count()?)?;
                self.value(reader, chosen, text, depth + 1, walk)?;
            }
            Type::Named(name) => {
                let named = self.names.get(name)?;
                self.value(reader, named, text, depth + 1, walk)?;
            }
            Type::Record(fields) => {
                for (name, kind) in fields {
                    text.push_str(&format!("{name}: "));
                    self.value(reader, kind, text, depth + 1, walk)?;
                    text.push_str("; ");
                }
            }
            Type::List(inner) | Type::Map(inner) => loop {
                let items = reader.items()?;
                if items == 0 {
                    break;
                }
                for _ in 0..items {
                    if matches!(kind, Type::Map(_)) {
                        text.push_str(&String::from_utf8_lossy(reader.bytes()?));
                        text.push_str(": ");
                    }
                    self.value(reader, inner, text, depth + 1, walk)?;
                    text.push_str("; ");
                }
            },
        }
        Some(())
    }

    fn blob(&self, bytes: &[u8], text: &mut String, walk: &mut Walk<'_>) {
        if bytes.len() >= BLOB_MIN && Content::is_container(bytes) {
            hold_inside(&format!("value in row {}", self.row), bytes, walk);
        } else {
            text.push_str(&String::from_utf8_lossy(bytes));
        }
    }
}
