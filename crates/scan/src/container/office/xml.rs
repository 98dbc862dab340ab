//! XML as Office files have it, piece by piece: tags, attributes, text. Forgiving, without DTDs: no entity
//! but those of XML itself means anything, so none can grow.

use std::borrow::Cow;

/// One piece.
pub(super) enum Piece<'x> {
    /// A tag that opens an element; `is_empty`: that closes it too.
    Open { name: &'x str, attributes: &'x str, is_empty: bool },
    /// A tag that closes an element.
    Close { name: &'x str },
    /// Text between tags.
    Text(Cow<'x, str>),
}

/// The pieces of a document, names without their prefix.
pub(super) struct Pieces<'x> {
    rest: &'x str,
}

impl<'x> Pieces<'x> {
    pub(super) fn new(xml: &'x str) -> Self {
        Self { rest: xml }
    }

    /// Takes up to and with `end`; all where it is missing.
    fn take_to(&mut self, end: &str) -> &'x str {
        let at = self.rest.find(end);
        let (taken, rest) = self.rest.split_at(at.unwrap_or(self.rest.len()));
        self.rest = rest.get(end.len()..).unwrap_or_default();
        taken
    }

    fn tag(&mut self) -> Option<Piece<'x>> {
        // An attribute may hold a `>`.
        let mut quote = None;
        let end = self.rest.bytes().position(|byte| match (quote, byte) {
            (None, b'>') => true,
            (None, b'"' | b'\'') => {
                quote = Some(byte);
                false
            }
            (Some(open), byte) if open == byte => {
                quote = None;
                false
            }
            _ => false,
        });
        let tag = &self.rest[..end.unwrap_or(self.rest.len())];
        self.rest = self.rest.get(tag.len() + 1..).unwrap_or_default();
        if let Some(name) = tag.strip_prefix('/') {
            return Some(Piece::Close { name: local(name.trim()) });
        }
        let (tag, is_empty) = match tag.strip_suffix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let name_end = tag.find(|c: char| c.is_ascii_whitespace()).unwrap_or(tag.len());
        let (name, attributes) = tag.split_at(name_end);
        Some(Piece::Open { name: local(name), attributes, is_empty })
    }
}

impl<'x> Iterator for Pieces<'x> {
    type Item = Piece<'x>;

    fn next(&mut self) -> Option<Piece<'x>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let Some(markup) = self.rest.strip_prefix('<') else {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                let (text, rest) = self.rest.split_at(end);
                self.rest = rest;
                return Some(Piece::Text(resolved(text)));
            };
            self.rest = markup;
            if let Some(rest) = markup.strip_prefix("![CDATA[") {
                self.rest = rest;
                return Some(Piece::Text(Cow::Borrowed(self.take_to("]]>"))));
            }
            if markup.starts_with("!--") {
                self.take_to("-->");
            } else if markup.starts_with(['!', '?']) {
                self.take_to(">");
            } else {
                return self.tag();
            }
        }
    }
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The value of an attribute, by its name without prefix.
pub(super) fn attribute<'x>(attributes: &'x str, wanted: &str) -> Option<Cow<'x, str>> {
    let mut rest = attributes;
    loop {
        let (name, value) = rest.split_once('=')?;
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = value[1..].split_once(quote)?;
        if local(name.trim()) == wanted {
            return Some(resolved(value));
        }
        rest = after;
    }
}

/// Text with its references resolved; what is no reference stays as it is.
fn resolved(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let named = after.get(..after.len().min(12)).unwrap_or(after);
        let reference = named.split_once(';').map(|(name, _)| name);
        match reference.and_then(|name| Some((name, character(name)?))) {
            Some((name, character)) => {
                plain.push(character);
                rest = &after[name.len() + 1..];
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn character(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_comments_and_sections_are_understood() {
        let xml =
            "<?x?><!-- <a> --><w:p a='>' b=\"1 &lt; 2\"/>x&amp;&#65;&#x42;&no;&<![CDATA[<&]]>";
        let text: Vec<String> = Pieces::new(xml)
            .map(|piece| match piece {
                Piece::Open { name, attributes, is_empty } => {
                    format!("{name} {:?} {is_empty}", attribute(attributes, "b"))
                }
                Piece::Close { name } => format!("/{name}"),
                Piece::Text(text) => text.into_owned(),
            })
            .collect();
        assert_eq!(text, ["p Some(\"1 < 2\") true", "x&AB&no;&", "<&"]);
    }
}
