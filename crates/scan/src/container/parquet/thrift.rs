//! Thrift's compact protocol, as far as the metadata of Parquet need it: structures as lists of numbered
//! fields, without a schema.

/// Structures and lists inside each other.
const DEPTH_MAX: u32 = 24;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Flag(bool),
    Number(i64),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Structure(Vec<(i16, Value)>),
}

impl Value {
    /// A field of a structure.
    pub(super) fn field(&self, id: i16) -> Option<&Value> {
        match self {
            Self::Structure(fields) => {
                fields.iter().find(|(known, _)| *known == id).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// A field that is a number.
    pub(super) fn number(&self, id: i16) -> Option<i64> {
        match self.field(id)? {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A field that counts bytes or values.
    pub(super) fn count(&self, id: i16) -> Option<usize> {
        usize::try_from(self.number(id)?).ok()
    }

    /// A field that is a list; empty where there is none.
    pub(super) fn list(&self, id: i16) -> &[Value] {
        match self.field(id) {
            Some(Self::List(values)) => values,
            _ => &[],
        }
    }

    /// A field that is text.
    pub(super) fn text(&self, id: i16) -> Option<String> {
        self.field(id)?.told()
    }

    /// The value as text.
    pub(super) fn told(&self) -> Option<String> {
        match self {
            Self::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        }
    }
}

/// Reads values one after another.
pub(super) struct Reader<'t> {
    bytes: &'t [u8],
    pub(super) at: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The structure that comes next; `None` when it is damaged.
    pub(super) fn structure(&mut self) -> Option<Value> {
        self.value(12, 0)
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn zigzag(&mut self) -> Option<i64> {
        let number = self.varint()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn value(&mut self, kind: u8, depth: u32) -> Option<Value> {
        if depth > DEPTH_MAX {
            return None;
        }
        Some(match kind {
            1 => Value::Flag(true),
            2 => Value::Flag(false),
            3 => Value::Number(i64::from(self.byte()?)),
            4..=6 => Value::Number(self.zigzag()?),
            7 => {
                self.at += 8;
                Value::Number(0)
            }
            8 => {
                let length = usize::try_from(self.varint()?).ok()?;
                let bytes = self.bytes.get(self.at..self.at.checked_add(length)?)?;
                self.at += length;
                Value::Bytes(bytes.to_vec())
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = match head >> 4 {
                    15 => self.varint()?,
                    count => u64::from(count),
                };
                let mut values = Vec::new();
                for _ in 0..count {
                    // A list of flags has a byte for each.
                    let value = match head & 0xF {
                        1 | 2 => Value::Flag(self.byte()? == 1),
                        kind => self.value(kind, depth + 1)?,
                    };
                    if self.at > self.bytes.len() {
                        return None;
                    }
                    values.push(value);
                }
                Value::List(values)
            }
            12 => {
                let (mut fields, mut id) = (Vec::new(), 0i16);
                loop {
                    let head = self.byte()?;
                    if head == 0 {
                        break;
                    }
                    id = match head >> 4 {
                        0 => i16::try_from(self.zigzag()?).ok()?,
                        step => id.checked_add(i16::from(step))?,
                    };
                    fields.push((id, self.value(head & 0xF, depth + 1)?));
                }
                Value::Structure(fields)
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_structure_has_numbered_fields() {
        let bytes = [0x15, 2, 0x18, 2, b'a', b'b', 0x19, 0x25, 1, 4, 0x1C, 0x11, 0, 0];
        let value = Reader::new(&bytes).structure().unwrap();
        assert_eq!(value.number(1), Some(1));
        assert_eq!(value.text(2).as_deref(), Some("ab"));
        assert_eq!(value.list(3), [Value::Number(-1), Value::Number(2)]);
        assert_eq!(value.field(4), Some(&Value::Structure(vec![(1, Value::Flag(true))])));
        assert_eq!(Reader::new(&bytes[..9]).structure(), None);
    }
}
