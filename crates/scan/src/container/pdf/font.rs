//! Fonts of PDF, as far as they say which characters the codes of a text mean, and how wide they are.

use std::collections::HashMap;

use encoding_rs::{GBK, UTF_16BE, WINDOWS_1252};

use super::object::{Dictionary, Object, Reader};

/// Entries of a character map that are kept.
const MAPPED_MAX: usize = 1 << 17;

/// One font.
#[derive(Debug, Default)]
pub(super) struct Font {
    /// Codes have two bytes.
    is_wide: bool,
    meaning: Meaning,
    /// What codes mean, by `ToUnicode` or by the names of glyphs.
    mapped: HashMap<u32, String>,
    /// Widths of codes, in thousandths of the size.
    widths: HashMap<u32, f64>,
    width: f64,
}

/// What codes mean that the font does not map one by one.
#[derive(Debug, Default, PartialEq, Eq)]
enum Meaning {
    /// Windows Latin, near enough to all encodings of simple fonts.
    #[default]
    Latin,
    /// UTF-16, most significant byte first.
    Utf16,
    Gbk,
    /// Numbers of glyphs, which mean nothing by themselves.
    Glyphs,
}

impl Font {
    /// Reads a font. `map` is its `ToUnicode` stream; `resolved` gives what a reference refers to.
    pub(super) fn read(
        font: &Dictionary,
        map: Option<&[u8]>,
        resolved: &dyn Fn(&Object) -> Object,
    ) -> Self {
        let mut made = Self { width: 500.0, ..Self::default() };
        let encoding = resolved(font.get("Encoding"));
        if font.says("Subtype", "Type0") {
            made.is_wide = true;
            made.meaning = match encoding.name().unwrap_or_default() {
                name if contains(name, "UCS2") || contains(name, "UTF16") => Meaning::Utf16,
                name if contains(name, "GBK") || contains(name, "GB-EUC") => Meaning::Gbk,
                _ => Meaning::Glyphs,
            };
            let descendants = resolved(font.get("DescendantFonts"));
            let inner = descendants.array().first().map(resolved).unwrap_or(Object::Null);
            if let Some(inner) = inner.dictionary() {
                made.width = inner.get("DW").number().unwrap_or(1000.0);
                made.read_wide_widths(resolved(inner.get("W")).array(), resolved);
            }
        } else {
            let first = font.get("FirstChar").count().unwrap_or(0);
            for (at, width) in resolved(font.get("Widths")).array().iter().take(512).enumerate() {
                if let Some(width) = resolved(width).number() {
                    made.widths.insert((first + at) as u32, width);
                }
            }
            if let Some(encoding) = encoding.dictionary() {
                made.read_differences(resolved(encoding.get("Differences")).array());
            }
        }
        if let Some(map) = map {
            made.read_map(map);
        }
        made
    }

    /// `Differences`: a code, then names of glyphs for it and those after it.
    fn read_differences(&mut self, differences: &[Object]) {
        let mut code = 0;
        for object in differences.iter().take(1024) {
            match object {
                Object::Number(number) => code = *number as u32,
                Object::Name(name) => {
                    if let Some(character) = glyph(name) {
                        self.mapped.insert(code, character.to_string());
                    }
                    code = code.wrapping_add(1);
                }
                _ => {}
            }
        }
    }

    /// `W`: a code and an array of widths, or two codes and one width.
    fn read_wide_widths(&mut self, widths: &[Object], resolved: &dyn Fn(&Object) -> Object) {
        let mut rest = widths;
        while let [first, second, after @ ..] = rest {
            let Some(code) = first.count() else { return };
            let second = resolved(second);
            match (&second, after) {
                (Object::Array(each), _) => {
                    for (at, width) in each.iter().take(MAPPED_MAX).enumerate() {
                        if let Some(width) = width.number() {
                            self.widths.insert((code + at) as u32, width);
                        }
                    }
                    rest = after;
                }
                (last, [width, after @ ..]) => {
                    let last = last.count().unwrap_or(code).min(code + 0xFFFF);
                    if let Some(width) = width.number() {
                        self.widths.extend((code..=last).map(|code| (code as u32, width)));
                    }
                    rest = after;
                }
                _ => return,
            }
            if self.widths.len() > MAPPED_MAX {
                return;
            }
        }
    }

    /// A `ToUnicode` map (ISO 32000-1 §9.10.3): single codes and ranges of them.
    fn read_map(&mut self, map: &[u8]) {
        let mut reader = Reader::new(map, 0);
        let mut held: Vec<Object> = Vec::new();
        while let Some(object) = reader.object() {
            match &object {
                Object::Word(word) => {
                    match word.as_slice() {
                        b"endbfchar" => {
                            for pair in held.chunks_exact(2) {
                                if let [Object::Text(code), Object::Text(text)] = pair {
                                    self.map(number(code), utf16(text));
                                }
                            }
                        }
                        b"endbfrange" => {
                            held.chunks_exact(3).for_each(|range| self.map_range(range))
                        }
                        b"endcodespacerange" => {
                            if let Some(Object::Text(code)) = held.first() {
                                self.is_wide = code.len() == 2;
                            }
                        }
                        _ => {}
                    }
                    held.clear();
                }
                _ if held.len() < MAPPED_MAX => held.push(object),
                _ => return,
            }
        }
    }

    fn map_range(&mut self, range: &[Object]) {
        let [Object::Text(first), Object::Text(last), to] = range else { return };
        let (first, last) = (number(first), number(last));
        let last = last.min(first.saturating_add(0xFFFF));
        match to {
            Object::Text(text) => {
                let Some((end, start)) = text.split_last() else { return };
                for code in first..=last {
                    let Some(end) = u8::try_from(u32::from(*end) + code - first).ok() else {
                        // The range goes over the last byte: counted in the whole text instead.
                        let code_point = number(text) + code - first;
                        let text = char::from_u32(code_point).map(String::from);
                        self.map(code, text.unwrap_or_default());
                        continue;
                    };
                    self.map(code, utf16(&[start, &[end]].concat()));
                }
            }
            Object::Array(texts) => {
                for (code, text) in (first..=last).zip(texts) {
                    if let Object::Text(text) = text {
                        self.map(code, utf16(text));
                    }
                }
            }
            _ => {}
        }
    }

    fn map(&mut self, code: u32, text: String) {
        if self.mapped.len() < MAPPED_MAX {
            self.mapped.insert(code, text);
        }
    }

    /// What a string shows, how wide that is in thousandths of the size, and its spaces and codes.
    pub(super) fn shown(&self, string: &[u8]) -> Shown {
        let mut shown = Shown::default();
        for code in string.chunks(if self.is_wide { 2 } else { 1 }) {
            let number = number(code);
            shown.width += self.widths.get(&number).copied().unwrap_or(self.width);
            shown.codes += 1.0;
            shown.blanks += f64::from(u8::from(code == b" "));
            match self.mapped.get(&number) {
                Some(text) => shown.text.push_str(text),
                None => shown.text.push_str(&self.unmapped(code)),
            }
        }
        shown
    }

    fn unmapped(&self, code: &[u8]) -> String {
        match self.meaning {
            Meaning::Latin => WINDOWS_1252.decode_without_bom_handling(code).0.into_owned(),
            Meaning::Utf16 => UTF_16BE.decode_without_bom_handling(code).0.into_owned(),
            Meaning::Gbk => GBK.decode_without_bom_handling(code).0.into_owned(),
            Meaning::Glyphs => String::new(),
        }
    }
}

/// A string as it is shown.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) text: String,
    /// Thousandths of the size.
    pub(super) width: f64,
    pub(super) codes: f64,
    /// Codes that are blanks, which word spacing widens.
    pub(super) blanks: f64,
}

fn contains(name: &[u8], part: &str) -> bool {
    memchr::memmem::find(name, part.as_bytes()).is_some()
}

/// The number that up to four bytes make.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

fn utf16(bytes: &[u8]) -> String {
    match bytes {
        [one] => char::from(*one).to_string(),
        _ => UTF_16BE.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// The character of a glyph's name (Adobe Glyph List), as far as keys need it.
fn glyph(name: &[u8]) -> Option<char> {
    const NAMES: [(&str, char); 43] = [
        ("space", ' '),
        ("exclam", '!'),
        ("quotedbl", '"'),
        ("numbersign", '#'),
        ("dollar", '$'),
        ("percent", '%'),
        ("ampersand", '&'),
        ("quotesingle", '\''),
        ("quoteright", '\''),
        ("quoteleft", '\''),
        ("parenleft", '('),
        ("parenright", ')'),
        ("asterisk", '*'),
        ("plus", '+'),
        ("comma", ','),
        ("hyphen", '-'),
        ("minus", '-'),
        ("period", '.'),
        ("slash", '/'),
        ("zero", '0'),
        ("one", '1'),
        ("two", '2'),
        ("three", '3'),
        ("four", '4'),
        ("five", '5'),
        ("six", '6'),
        ("seven", '7'),
        ("eight", '8'),
        ("nine", '9'),
        ("colon", ':'),
        ("semicolon", ';'),
        ("less", '<'),
        ("equal", '='),
        ("greater", '>'),
        ("question", '?'),
        ("at", '@'),
        ("bracketleft", '['),
        ("backslash", '\\'),
        ("bracketright", ']'),
        ("underscore", '_'),
        ("braceleft", '{'),
        ("bar", '|'),
        ("braceright", '}'),
    ];
    let name = std::str::from_utf8(name).ok()?;
    let mut characters = name.chars();
    if let (Some(one), None) = (characters.next(), characters.next()) {
        return Some(one);
    }
    let code = name.strip_prefix("uni").or_else(|| name.strip_prefix('u'));
    let by_code = code.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    NAMES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, character)| *character)
        .or_else(|| char::from_u32(by_code?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_mean_what_the_font_maps_them_to() {
        let map = b"1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfchar <0001> <004C> \
                    endbfchar 2 beginbfrange <0002> <0003> <0054> <0004> <0005> [<0041> <0049>] endbfrange";
        let font = Dictionary(vec![(b"Subtype".to_vec(), Object::Name(b"Type0".to_vec()))]);
        let font = Font::read(&font, Some(map), &Clone::clone);
        assert_eq!(font.shown(&[0, 1, 0, 2, 0, 4, 0, 5, 0, 9]).text, "LTAI");
    }

    #[test]
    fn differences_name_glyphs() {
        let differences = Object::Array(vec![
            Object::Number(3.0),
            Object::Name(b"L".to_vec()),
            Object::Name(b"five".to_vec()),
            Object::Name(b"uni0041".to_vec()),
        ]);
        let encoding = Dictionary(vec![(b"Differences".to_vec(), differences)]);
        let font = Dictionary(vec![(b"Encoding".to_vec(), Object::Dictionary(encoding))]);
        let font = Font::read(&font, None, &Clone::clone);
        assert_eq!(font.shown(&[3, 4, 5, b'x']).text, "L5Ax");
    }
}
