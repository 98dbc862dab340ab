//! The header of a message or of a part: its fields, their words and parameters.

use encoding_rs::Encoding;

use super::transfer::Transfer;
use crate::decode::{base64, hex_byte};

/// The fields of a header, unfolded; names in lower case, values with their encoded words resolved.
#[derive(Debug, Default)]
pub(super) struct Header {
    fields: Vec<(String, String)>,
}

impl Header {
    /// Reads a header (RFC 5322 §2.2): a field a line, blanks at the start of a line continue it.
    pub(super) fn read(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            match (fields.last_mut(), line.starts_with([' ', '\t'])) {
                (Some((_, value)), true) => {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                _ => {
                    if let Some((name, value)) = line.split_once(':') {
                        fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                    }
                }
            }
        }
        for (_, value) in &mut fields {
            *value = words(value);
        }
        Self { fields }
    }

    /// A field by its name in lower case.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The fields as a person reads them.
    pub(super) fn told(&self) -> String {
        self.fields.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
    }

    /// The media type in lower case, without parameters; plain text where none is named.
    pub(super) fn media_type(&self) -> String {
        let whole = self.field("content-type").unwrap_or("text/plain");
        whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// What separates the parts of a multipart body.
    pub(super) fn boundary(&self) -> Option<String> {
        self.media_type()
            .starts_with("multipart/")
            .then(|| parameter(self.field("content-type")?, "boundary"))
            .flatten()
            .filter(|boundary| !boundary.is_empty())
    }

    /// The name of the file that a part is.
    pub(super) fn file_name(&self) -> Option<String> {
        let disposition = self.field("content-disposition").unwrap_or_default();
        let kind = self.field("content-type").unwrap_or_default();
        let name = parameter(disposition, "filename").or_else(|| parameter(kind, "name"))?;
        Some(words(&name)).filter(|name| !name.is_empty())
    }

    pub(super) fn transfer(&self) -> Transfer {
        Transfer::of(self.field("content-transfer-encoding").unwrap_or_default())
    }
}

/// A parameter of a field; in pieces and in another character set as RFC 2231 has it.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mut found = String::new();
    for (name, piece) in parameters(value) {
        let Some(rest) = name.strip_prefix(wanted) else { continue };
        match rest {
            "" => return Some(piece),
            _ if rest.starts_with('*') => {
                let is_encoded = rest.ends_with('*');
                let piece = if is_encoded { extended(&piece, found.is_empty()) } else { piece };
                found.push_str(&piece);
            }
            _ => {}
        }
    }
    (!found.is_empty()).then_some(found)
}

/// The parameters after the first `;`, quotes removed.
fn parameters(value: &str) -> Vec<(String, String)> {
    let mut quoted = false;
    let pieces = value.split(|character| {
        quoted ^= character == '"';
        character == ';' && !quoted
    });
    let pairs = pieces.skip(1).filter_map(|piece| piece.split_once('='));
    pairs
        .map(|(name, value)| {
            (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned())
        })
        .collect()
}

/// RFC 2231 §4: `charset'language'percent-encoded`; later pieces without the first two.
fn extended(piece: &str, first: bool) -> String {
    let mut parts = piece.splitn(3, '\'');
    let (charset, text) = match (first, parts.next(), parts.nth(1)) {
        (true, Some(charset), Some(text)) => (charset, text),
        _ => ("utf-8", piece),
    };
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'%', [high, low, ..]) if hex_byte(*high, *low).is_some() => {
                bytes.extend(hex_byte(*high, *low));
                rest = &after[2..];
            }
            _ => bytes.push(*byte),
        }
    }
    in_charset(&bytes, charset)
}

/// Resolves the encoded words of RFC 2047: `=?charset?B?…?=` and `=?charset?Q?…?=`.
fn words(value: &str) -> String {
    let mut told = String::new();
    let mut rest = value;
    while let Some(start) = rest.find("=?") {
        let mut parts = rest[start + 2..].splitn(4, '?');
        let word = (parts.next(), parts.next(), parts.next(), parts.next());
        let (Some(charset), Some(kind), Some(text), Some(after)) = word else { break };
        let bytes = match (kind, after.starts_with('=')) {
            ("B" | "b", true) => base64(text.as_bytes()),
            ("Q" | "q", true) => {
                let mut bytes = Vec::new();
                Transfer::Quoted.undo(text.replace('_', " ").as_bytes(), &mut bytes);
                Some(bytes)
            }
            _ => None,
        };
        let before = &rest[..start];
        let Some(bytes) = bytes else {
            told.push_str(&rest[..start + 2]);
            rest = &rest[start + 2..];
            continue;
        };
        // Blanks between two encoded words belong to neither.
        if told.is_empty() || !before.trim().is_empty() {
            told.push_str(before);
        }
        told.push_str(&in_charset(&bytes, charset));
        rest = &after[1..];
    }
    told.push_str(rest);
    told
}

fn in_charset(bytes: &[u8], charset: &str) -> String {
    let encoding = Encoding::for_label(charset.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_and_folded_fields_are_read() {
        let header = Header::read(
            b"Subject: =?UTF-8?B?5a+G?= =?utf-8?q?=E9=92=A5_a?= b\r\nContent-Type: multipart/mixed;\r\n\tboundary=\"a;b\"\r\n",
        );
        assert_eq!(header.field("subject"), Some("密钥 a b"));
        assert_eq!(header.boundary().as_deref(), Some("a;b"));
    }

    #[test]
    fn names_of_files_are_read_in_pieces_and_in_character_sets() {
        let name = |field: &str| {
            Header::read(format!("Content-Disposition: attachment; {field}").as_bytes()).file_name()
        };
        assert_eq!(name("filename=a.txt").as_deref(), Some("a.txt"));
        assert_eq!(name("filename*=UTF-8''%E5%AF%86.txt").as_deref(), Some("密.txt"));
        assert_eq!(name("filename*0=\"a b\"; filename*1=\".txt\"").as_deref(), Some("a b.txt"));
        assert_eq!(name("filename=\"=?gbk?B?w9w=?=.txt\"").as_deref(), Some("密.txt"));
    }
}
