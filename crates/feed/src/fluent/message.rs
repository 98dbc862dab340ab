//! One message of the forward protocol: its mode, its records, and what it wants acknowledged.

use serde_json::Value as Json;

use super::msgpack::{Bad, Cursor, Value};
use crate::body::{self, Encoding};

/// Fields in which shippers send a line as it stood in a file.
const LINE_FIELDS: [&str; 2] = ["log", "message"];

/// A message.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) tag: String,
    pub(super) lines: Vec<u8>,
    pub(super) unreadable: Vec<String>,
    /// What the sender wants acknowledged.
    pub(super) chunk: Option<Vec<u8>>,
}

impl Message {
    /// Reads a whole message; `None` for a sign of life.
    pub(super) fn read(bytes: &[u8], bytes_max: usize) -> Result<Option<Self>, Bad> {
        let mut cursor = Cursor::new(bytes);
        if cursor.is_nil() {
            return Ok(None);
        }
        let parts = cursor.array()?;
        if !(2..=4).contains(&parts) {
            return Err(Bad(format!("a message has 2 to 4 parts, not {parts}")));
        }
        let Value::Text(tag) = cursor.value()? else {
            return Err(Bad("a message begins with its tag".to_owned()));
        };
        let tag = String::from_utf8_lossy(&tag).chars().take(256).collect();
        let mut message = Self { tag, ..Self::default() };
        let mut option = None;
        let mut packed = None;
        let mut left = parts - 2;
        if cursor.is_array() {
            for _ in 0..cursor.array()? {
                message.entry(&mut cursor)?;
            }
        } else {
            match cursor.value()? {
                Value::Text(bytes) | Value::Bytes(bytes) => packed = Some(bytes),
                // The time: each record has its own, or its message would say nothing.
                _ if left > 0 => {
                    message.record(cursor.value()?);
                    left -= 1;
                }
                _ => return Err(Bad("a message holds no record".to_owned())),
            }
        }
        if left > 0 {
            option = Some(cursor.value()?);
        }
        if let Some(packed) = packed {
            message.packed(&packed, option.as_ref(), bytes_max)?;
        }
        message.chunk = option.as_ref().and_then(|option| match option.field("chunk") {
            Some(Value::Text(bytes) | Value::Bytes(bytes)) => Some(bytes.clone()),
            _ => None,
        });
        Ok(Some(message))
    }

    /// `[time, record]`.
    fn entry(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Bad> {
        match cursor.value()? {
            Value::Array(mut parts) if parts.len() >= 2 => self.record(parts.swap_remove(1)),
            _ => self.unreadable.push("an entry is no time with its record".to_owned()),
        }
        Ok(())
    }

    /// Entries, one after the other, perhaps packed.
    fn packed(&mut self, bytes: &[u8], option: Option<&Value>, most: usize) -> Result<(), Bad> {
        let encoding = match option.and_then(|option| option.field("compressed")) {
            Some(Value::Text(name)) if name == b"gzip" => Encoding::Gzip,
            Some(Value::Text(name)) if name == b"zstd" => Encoding::Zstd,
            _ => Encoding::Plain,
        };
        let plain = match body::unpack(encoding, bytes, most as u64) {
            Ok(plain) => plain,
            Err(error) => {
                // The message itself is whole: the next one can be read.
                self.unreadable.push(error.to_string());
                return Ok(());
            }
        };
        let mut cursor = Cursor::new(&plain);
        while !cursor.is_at_end() {
            if let Err(Bad(why)) = self.entry(&mut cursor) {
                self.unreadable.push(why);
                break;
            }
        }
        Ok(())
    }

    fn record(&mut self, record: Value) {
        let Value::Map(_) = record else {
            return self.unreadable.push("a record is no map".to_owned());
        };
        let line = LINE_FIELDS.iter().find_map(|name| match record.field(name) {
            Some(Value::Text(line)) if !line.trim_ascii().is_empty() => Some(line.clone()),
            _ => None,
        });
        match line {
            Some(line) => {
                // A line is one line, whatever stands in it.
                let line = line.trim_ascii_end();
                self.lines
                    .extend(line.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }));
            }
            None => self.lines.extend_from_slice(Json::from(record).to_string().as_bytes()),
        }
        self.lines.push(b'\n');
    }
}
