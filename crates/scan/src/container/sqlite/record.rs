//! A row of SQLite: its serial types, then its values (fileformat2 §2.1).

use encoding_rs::{UTF_16BE, UTF_16LE};

/// How texts are written in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextEncoding {
    Utf8,
    Utf16Le,
    Utf16Be,
}

impl TextEncoding {
    pub(super) fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Self::Utf16Le => UTF_16LE.decode_without_bom_handling(bytes).0.into_owned(),
            Self::Utf16Be => UTF_16BE.decode_without_bom_handling(bytes).0.into_owned(),
        }
    }
}

/// One value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'r> {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'r [u8]),
    Blob(&'r [u8]),
}

impl Value<'_> {
    /// The value as it is shown.
    pub(super) fn told(&self, encoding: TextEncoding) -> String {
        match self {
            Self::Null => String::new(),
            Self::Integer(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
            Self::Text(bytes) => encoding.decode(bytes),
            Self::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        }
    }
}

/// Values of a row that are read at most; SQLite allows 32,767 columns.
const VALUES_MAX: usize = 32_767;

/// The values of a row, as many as are whole.
pub(super) fn values(record: &[u8]) -> Vec<Value<'_>> {
    let mut values = Vec::new();
    let Some((header, mut at)) = varint(record) else { return values };
    let Ok(header) = usize::try_from(header) else { return values };
    let mut body = header;
    while at < header.min(record.len()) && values.len() < VALUES_MAX {
        let Some((kind, bytes)) = varint(&record[at..]) else { break };
        at += bytes;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => break,
            _ => (kind - 12) / 2,
        };
        let Ok(length) = usize::try_from(length) else { break };
        let end = body.saturating_add(length);
        // What is cut is still worth reading.
        let Some(value) = record.get(body..end.min(record.len())) else { break };
        if value.len() < length && kind < 12 {
            break;
        }
        values.push(match kind {
            0 => Value::Null,
            8 => Value::Integer(0),
            9 => Value::Integer(1),
            7 => Value::Real(f64::from_bits(integer(value).cast_unsigned())),
            1..=6 => Value::Integer(integer(value)),
            _ if kind % 2 == 0 => Value::Blob(value),
            _ => Value::Text(value),
        });
        body = end;
    }
    values
}

/// A number with a sign, most significant byte first.
fn integer(bytes: &[u8]) -> i64 {
    let first = bytes.first().map_or(0, |first| i64::from(i8::from_ne_bytes([*first])));
    bytes.iter().skip(1).fold(first, |sum, byte| sum << 8 | i64::from(*byte))
}

/// A number of one to nine bytes, and how many (fileformat2 §1.6).
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0u64;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        if at == 8 {
            return Some((number << 8 | u64::from(*byte), 9));
        }
        number = number << 7 | u64::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            return Some((number, at + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_every_kind_are_read() {
        let record = [7, 0, 1, 2, 9, 15, 14, 0xFF, 0x01, 0x02, b'a', b'b'];
        let expected = [
            Value::Null,
            Value::Integer(-1),
            Value::Integer(0x102),
            Value::Integer(1),
            Value::Text(b"a"),
            Value::Blob(b"b"),
        ];
        assert_eq!(values(&record), expected);
        assert_eq!(varint(&[0x81, 0x00]), Some((128, 2)));
        assert_eq!(varint(&[0xFF; 9]), Some((u64::MAX, 9)));
        assert_eq!(varint(&[0x80]), None);
    }
}
