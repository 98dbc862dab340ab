//! `MessagePack`, as far as the forward protocol speaks it, read within bounds.
//!
//! Source: msgpack/msgpack spec.md. A length is believed only as far as bytes follow it; depth and the
//! number of values of a record are bounded, so that a small message makes no large memory.

use serde_json::Value as Json;

/// Values in values.
const DEPTH_MAX: usize = 32;

/// Values of one record or option.
const VALUES_MAX: usize = 20_000;

/// Why bytes are no `MessagePack` that is read here.
#[derive(Debug)]
pub(super) struct Bad(pub(super) String);

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Nil,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(Vec<u8>),
    Bytes(Vec<u8>),
    Array(Vec<Value>),
    Map(Vec<(Value, Value)>),
    /// An extension's type and bytes; the forward protocol's times are of type 0.
    Extension(i8, Vec<u8>),
}

impl Value {
    /// The value of a name in a map.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        let Self::Map(pairs) = self else { return None };
        let is_name = |key: &Self| matches!(key, Self::Text(text) if text == name.as_bytes());
        pairs.iter().find(|(key, _)| is_name(key)).map(|(_, value)| value)
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::Nil => Self::Null,
            Value::Bool(flag) => flag.into(),
            Value::Unsigned(number) => number.into(),
            Value::Signed(number) => number.into(),
            Value::Float(number) => number.into(),
            Value::Text(bytes) | Value::Bytes(bytes) => {
                String::from_utf8_lossy(&bytes).into_owned().into()
            }
            Value::Array(items) => items.into_iter().map(Self::from).collect(),
            Value::Map(pairs) => pairs
                .into_iter()
                .map(|(key, value)| {
                    let name = match Self::from(key) {
                        Self::String(name) => name,
                        other => other.to_string(),
                    };
                    (name, Self::from(value))
                })
                .collect::<serde_json::Map<_, _>>()
                .into(),
            // Seconds and nanoseconds.
            Value::Extension(0, bytes) if bytes.len() == 8 => {
                u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]).into()
            }
            Value::Extension(_, _) => Self::Null,
        }
    }
}

/// What stands at the beginning of a value.
enum Head {
    Done(Value),
    Text(usize),
    Bytes(usize),
    Extension(usize),
    Array(usize),
    Map(usize),
}

/// How many bytes the first value has; `None` where it is not all there.
pub(super) fn length(bytes: &[u8], bytes_max: usize) -> Result<Option<usize>, Bad> {
    let mut cursor = Cursor::new(bytes);
    let mut pending = 1_usize;
    while pending > 0 {
        pending -= 1;
        let Some(head) = cursor.head()? else { return Ok(None) };
        let (within, more) = match head {
            Head::Done(_) => (0, 0),
            Head::Text(length) | Head::Bytes(length) => (length, 0),
            Head::Extension(length) => (length + 1, 0),
            Head::Array(count) => (0, count),
            Head::Map(count) => (0, count.saturating_mul(2)),
        };
        pending = pending.saturating_add(more);
        // Each value has a byte at least.
        if cursor.at.saturating_add(within).saturating_add(pending) > bytes_max {
            return Err(Bad(format!("a message is longer than {bytes_max} bytes")));
        }
        if cursor.take(within).is_none() {
            return Ok(None);
        }
    }
    Ok((!bytes.is_empty()).then_some(cursor.at))
}

/// A place in bytes.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub(super) fn is_nil(&self) -> bool {
        self.bytes.get(self.at) == Some(&0xc0)
    }

    pub(super) fn is_array(&self) -> bool {
        matches!(self.bytes.get(self.at), Some(0x90..=0x9f | 0xdc | 0xdd))
    }

    /// The number of values of the array that begins here.
    pub(super) fn array(&mut self) -> Result<usize, Bad> {
        match self.head()? {
            Some(Head::Array(count)) => Ok(count),
            _ => Err(Bad("a message is no array".to_owned())),
        }
    }

    /// The value that begins here.
    pub(super) fn value(&mut self) -> Result<Value, Bad> {
        let mut left = VALUES_MAX;
        self.nested(0, &mut left)
    }

    fn nested(&mut self, depth: usize, left: &mut usize) -> Result<Value, Bad> {
        let cut = || Bad("the bytes break off inside a value".to_owned());
        if depth > DEPTH_MAX {
            return Err(Bad(format!("values are nested deeper than {DEPTH_MAX}")));
        }
        *left = left
            .checked_sub(1)
            .ok_or_else(|| Bad(format!("a record has more than {VALUES_MAX} values")))?;
        Ok(match self.head()?.ok_or_else(cut)? {
            Head::Done(value) => value,
            Head::Text(length) => Value::Text(self.take(length).ok_or_else(cut)?.to_vec()),
            Head::Bytes(length) => Value::Bytes(self.take(length).ok_or_else(cut)?.to_vec()),
            Head::Extension(length) => {
                let kind = self.take(1).ok_or_else(cut)?[0].cast_signed();
                Value::Extension(kind, self.take(length).ok_or_else(cut)?.to_vec())
            }
            Head::Array(count) => {
                let mut items = Vec::new();
                for _ in 0..count {
                    items.push(self.nested(depth + 1, left)?);
                }
                Value::Array(items)
            }
            Head::Map(count) => {
                let mut pairs = Vec::new();
                for _ in 0..count {
                    let key = self.nested(depth + 1, left)?;
                    pairs.push((key, self.nested(depth + 1, left)?));
                }
                Value::Map(pairs)
            }
        })
    }

    /// The first byte of a value with its number or length; `None` where that is not all there.
    fn head(&mut self) -> Result<Option<Head>, Bad> {
        let Some(first) = self.bytes.get(self.at).copied() else { return Ok(None) };
        let width = match first {
            0xc4 | 0xc7 | 0xcc | 0xd0 | 0xd9 => 1,
            0xc5 | 0xc8 | 0xcd | 0xd1 | 0xda | 0xdc | 0xde => 2,
            0xc6 | 0xc9 | 0xca | 0xce | 0xd2 | 0xdb | 0xdd | 0xdf => 4,
            0xcb | 0xcf | 0xd3 => 8,
            0xc1 => return Err(Bad("0xc1 is never used".to_owned())),
            _ => 0,
        };
        let Some(bytes) = self.bytes.get(self.at + 1..self.at + 1 + width) else { return Ok(None) };
        self.at += 1 + width;
        let number = bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let length = usize::try_from(number).unwrap_or(usize::MAX);
        let low = |mask: u8| usize::from(first & mask);
        Ok(Some(match first {
            0x00..=0x7f => Head::Done(Value::Unsigned(first.into())),
            0x80..=0x8f => Head::Map(low(0x0f)),
            0x90..=0x9f => Head::Array(low(0x0f)),
            0xa0..=0xbf => Head::Text(low(0x1f)),
            0xc2 | 0xc3 => Head::Done(Value::Bool(first == 0xc3)),
            0xc4..=0xc6 => Head::Bytes(length),
            0xc7..=0xc9 => Head::Extension(length),
            0xca => {
                let bits = u32::try_from(number).unwrap_or_default();
                Head::Done(Value::Float(f32::from_bits(bits).into()))
            }
            0xcb => Head::Done(Value::Float(f64::from_bits(number))),
            0xcc..=0xcf => Head::Done(Value::Unsigned(number)),
            0xd0..=0xd3 => Head::Done(Value::Signed(signed(number, width))),
            0xd4..=0xd8 => Head::Extension(1 << (first - 0xd4)),
            0xd9..=0xdb => Head::Text(length),
            0xdc | 0xdd => Head::Array(length),
            0xde | 0xdf => Head::Map(length),
            0xe0..=0xff => Head::Done(Value::Signed(first.cast_signed().into())),
            _ => Head::Done(Value::Nil),
        }))
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }
}

/// A number of `width` bytes with its sign.
fn signed(number: u64, width: usize) -> i64 {
    let unused = 64 - 8 * u32::try_from(width).unwrap_or(8);
    (number << unused).cast_signed() >> unused
}

/// Writes the head of an array of less than 16 values.
pub(super) fn write_array(out: &mut Vec<u8>, count: u8) {
    out.push(0x90 | (count & 0x0f));
}

/// Writes a text.
pub(super) fn write_text(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    out.push(0xda);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&bytes[..usize::from(length)]);
}

/// Writes bytes.
pub(super) fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    out.push(0xc5);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&bytes[..usize::from(length)]);
}

/// Writes a map of less than 16 texts.
pub(super) fn write_map(out: &mut Vec<u8>, pairs: &[(&str, &[u8])]) {
    out.push(0x80 | (u8::try_from(pairs.len()).unwrap_or_default() & 0x0f));
    for (name, value) in pairs {
        write_text(out, name);
        write_text(out, &String::from_utf8_lossy(value));
    }
}
