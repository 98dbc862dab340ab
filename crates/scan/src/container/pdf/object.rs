//! The objects of PDF (ISO 32000-1 §7.3) and how they are written. Forgiving: what makes no sense is null.

/// Arrays and dictionaries inside each other.
const DEPTH_MAX: u32 = 48;

/// One object.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Object {
    Null,
    Number(f64),
    Name(Vec<u8>),
    Text(Vec<u8>),
    Array(Vec<Object>),
    Dictionary(Dictionary),
    Reference(u32),
    /// An operator of a content stream, or `true` and `false`.
    Word(Vec<u8>),
}

/// Names with their objects, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Dictionary(pub(super) Vec<(Vec<u8>, Object)>);

impl Dictionary {
    /// The object with a name; null where there is none.
    pub(super) fn get(&self, name: &str) -> &Object {
        let found = self.0.iter().find(|(known, _)| known == name.as_bytes());
        found.map_or(&Object::Null, |(_, object)| object)
    }

    /// Whether the object with a name is a certain name.
    pub(super) fn says(&self, name: &str, value: &str) -> bool {
        matches!(self.get(name), Object::Name(known) if known == value.as_bytes())
    }
}

impl Object {
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A number that counts something.
    pub(super) fn count(&self) -> Option<usize> {
        let number = self.number().filter(|number| (0.0..=4e9).contains(number))?;
        Some(number as usize)
    }

    pub(super) fn name(&self) -> Option<&[u8]> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    pub(super) fn array(&self) -> &[Object] {
        match self {
            Self::Array(objects) => objects,
            _ => &[],
        }
    }

    pub(super) fn dictionary(&self) -> Option<&Dictionary> {
        match self {
            Self::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    pub(super) fn reference(&self) -> Option<u32> {
        match self {
            Self::Reference(number) => Some(*number),
            _ => None,
        }
    }
}

/// Reads objects one after another.
pub(super) struct Reader<'p> {
    bytes: &'p [u8],
    pub(super) at: usize,
}

impl<'p> Reader<'p> {
    pub(super) fn new(bytes: &'p [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes over blanks and comments.
    pub(super) fn blanks(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                let line = &self.bytes[self.at..];
                let end = line.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
                self.at += end.unwrap_or(line.len());
            } else if is_blank(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// The next object; `None` at the end.
    pub(super) fn object(&mut self) -> Option<Object> {
        self.nested(0)
    }

    fn nested(&mut self, depth: u32) -> Option<Object> {
        self.blanks();
        let rest = &self.bytes[self.at.min(self.bytes.len())..];
        let first = *rest.first()?;
        if depth > DEPTH_MAX {
            self.at = self.bytes.len();
            return None;
        }
        Some(match first {
            b'/' => {
                self.at += 1;
                Object::Name(self.name())
            }
            b'(' => Object::Text(self.text()),
            b'<' if rest.starts_with(b"<<") => {
                self.at += 2;
                Object::Dictionary(self.dictionary(depth))
            }
            b'<' => Object::Text(self.hexadecimal()),
            b'[' => {
                self.at += 1;
                let mut objects = Vec::new();
                loop {
                    self.blanks();
                    match self.peek() {
                        Some(b']') => {
                            self.at += 1;
                            break;
                        }
                        None => break,
                        Some(_) => objects.extend(self.nested(depth + 1)),
                    }
                }
                Object::Array(objects)
            }
            b'+' | b'-' | b'.' | b'0'..=b'9' => self.number(),
            b')' | b'>' | b']' | b'{' | b'}' => {
                self.at += 1;
                Object::Null
            }
            _ => {
                let end = rest.iter().position(|byte| is_blank(*byte) || is_delimiter(*byte));
                let word = &rest[..end.unwrap_or(rest.len())];
                self.at += word.len();
                if word == b"null" { Object::Null } else { Object::Word(word.to_vec()) }
            }
        })
    }

    fn name(&mut self) -> Vec<u8> {
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|byte| !is_blank(*byte) && !is_delimiter(*byte)) {
            self.at += 1;
            let escape = self.bytes.get(self.at..self.at + 2).filter(|_| byte == b'#');
            match escape.and_then(|digits| crate::decode::hex_byte(digits[0], digits[1])) {
                Some(byte) => {
                    name.push(byte);
                    self.at += 2;
                }
                None => name.push(byte),
            }
        }
        name
    }

    fn dictionary(&mut self, depth: u32) -> Dictionary {
        let mut entries = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                Some(b'/') => {
                    self.at += 1;
                    let name = self.name();
                    match self.nested(depth + 1) {
                        Some(object) => entries.push((name, object)),
                        None => break,
                    }
                }
                Some(b'>') => {
                    self.at += if self.bytes[self.at..].starts_with(b">>") { 2 } else { 1 };
                    break;
                }
                Some(_) if self.bytes[self.at..].starts_with(b"endobj") => break,
                Some(_) => {
                    if self.nested(depth + 1).is_none() {
                        break;
                    }
                }
                None => break,
            }
        }
        Dictionary(entries)
    }

    /// A number, or a reference: two whole numbers and `R`.
    fn number(&mut self) -> Object {
        let number = self.digits();
        let back = self.at;
        if number.fract() == 0.0 && (0.0..4e9).contains(&number) {
            self.blanks();
            let digits = self.bytes[self.at..].iter().take(6).take_while(|b| b.is_ascii_digit());
            let digits = digits.count();
            if digits > 0 {
                self.at += digits;
                self.blanks();
                let ends =
                    |byte: Option<&u8>| byte.is_none_or(|b| is_blank(*b) || is_delimiter(*b));
                if self.peek() == Some(b'R') && ends(self.bytes.get(self.at + 1)) {
                    self.at += 1;
                    return Object::Reference(number as u32);
                }
            }
        }
        self.at = back;
        Object::Number(number)
    }

    fn digits(&mut self) -> f64 {
        let rest = &self.bytes[self.at..];
        let is_part = |byte: &&u8| matches!(byte, b'+' | b'-' | b'.' | b'0'..=b'9');
        let length = rest.iter().take_while(is_part).count().max(1);
        self.at += length;
        let text = std::str::from_utf8(&rest[..length]).unwrap_or_default();
        text.parse().unwrap_or(0.0)
    }

    /// A string in brackets, which may hold balanced brackets and escapes.
    fn text(&mut self) -> Vec<u8> {
        self.at += 1;
        let (mut text, mut depth) = (Vec::new(), 1);
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                b'\\' => {
                    self.escape(&mut text);
                    continue;
                }
                _ => {}
            }
            text.push(byte);
        }
        text
    }

    fn escape(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'b' | b'f' => text.push(b' '),
            b'\r' => self.at += usize::from(self.peek() == Some(b'\n')),
            b'\n' => {}
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else { break };
                    code = code * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                text.push((code & 0xFF) as u8);
            }
            other => text.push(other),
        }
    }

    fn hexadecimal(&mut self) -> Vec<u8> {
        self.at += 1;
        let rest = &self.bytes[self.at..];
        let end = memchr::memchr(b'>', rest).unwrap_or(rest.len());
        self.at += end + 1;
        super::filter::hexadecimal(&rest[..end])
    }
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_every_kind_are_read() {
        let text = b"<< /A#42 [1 -2.5 3 0 R (a\\(b\\051 (c)\\n)] /D <4 1 42> % no\n/E true >> Tj";
        let mut reader = Reader::new(text, 0);
        let Some(Object::Dictionary(dictionary)) = reader.object() else { panic!() };
        let expected = [
            Object::Number(1.0),
            Object::Number(-2.5),
            Object::Reference(3),
            Object::Text(b"a(b) (c)\n".to_vec()),
        ];
        assert_eq!(dictionary.get("AB").array(), expected);
        assert_eq!(dictionary.get("D"), &Object::Text(b"AB".to_vec()));
        assert_eq!(reader.object(), Some(Object::Word(b"Tj".to_vec())));
        assert_eq!(reader.object(), None);
    }
}
