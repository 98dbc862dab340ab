//! The fields of JSON, one object or one a line: which key a value stands under. Keys are columns: the same key
//! of every object is one.
//!
//! No parser: only strings, the colon behind a key, and numbers behind a colon are looked at, so that damage
//! costs no more than the values beside it.

use std::collections::HashMap;

use claviger_lanes::{Bits, Marks};
use memchr::memchr;

use super::DataHunt;
use super::value::Value;
use crate::engine::Window;

/// Longest key.
const KEY_MAX: usize = 64;
/// Keys that are told apart; the values of further ones count as text.
const KEYS_MAX: usize = 512;
/// Longest value that is looked at.
const VALUE_MAX: usize = 256;
/// Longest number.
const NUMBER_MAX: usize = 40;

/// Fields under way.
pub(super) struct Fields {
    /// Columns by key.
    columns: HashMap<Vec<u8>, usize>,
    /// Each key by its order of appearance, and the one that followed it last: objects repeat their keys.
    keys: Vec<(Vec<u8>, usize, usize)>,
    /// The key that the next value stands under, by its place in `keys`.
    current: Option<usize>,
    /// Offset in the text of what comes next.
    next: u64,
    /// Within a string that did not end in memory; whether its last byte was a backslash that counts.
    in_string: Option<bool>,
    /// Keys that were known where this began.
    known: usize,
    /// Where quotes and backslashes stand in what is read.
    marks: Marks,
}

/// A text, and where quotes and backslashes stand in it, from a place on.
struct Marked<'t> {
    text: &'t [u8],
    marks: Bits<'t>,
    from: usize,
}

impl Marked<'_> {
    /// The next quote or backslash from `at` on, before `to`.
    #[inline]
    fn next(&self, at: usize, to: usize) -> Option<usize> {
        Some(self.from + self.marks.next(at - self.from, to.checked_sub(self.from)?)?)
    }

    /// The next quote from `at` on, before `to`.
    fn quote(&self, mut at: usize, to: usize) -> Option<usize> {
        while let Some(found) = self.next(at, to) {
            if self.text[found] == b'"' {
                return Some(found);
            }
            at = found + 1;
        }
        None
    }

    /// Where the string that goes on at `at` ends; else whether its last byte escapes the next.
    #[inline]
    fn string_end(&self, at: usize, escaped: bool) -> Result<usize, bool> {
        let mut at = at + usize::from(escaped);
        while let Some(found) = self.next(at, self.text.len()) {
            if self.text[found] == b'"' {
                return Ok(found);
            }
            at = found + 2;
        }
        Err(at > self.text.len())
    }
}

/// What of fields bears on what comes next: the key of the value that is read, where what comes next begins, and
/// whether it is in a string.
pub(super) type FieldsStanding = (Option<usize>, u64, Option<bool>);

/// Whether a text may be JSON with fields.
pub(super) fn begins(text: &[u8]) -> bool {
    let mut rest = text.trim_ascii_start();
    if let Some(inner) = rest.strip_prefix(b"[") {
        rest = inner.trim_ascii_start();
    }
    let Some(inner) = rest.strip_prefix(b"{") else { return false };
    let Some(key) = inner.trim_ascii_start().strip_prefix(b"\"") else { return false };
    let end = memchr(b'"', &key[..key.len().min(KEY_MAX)]);
    end.is_some_and(|end| key[end + 1..].trim_ascii_start().starts_with(b":"))
}

impl Fields {
    pub(super) fn new() -> Self {
        Self {
            columns: HashMap::new(),
            keys: Vec::new(),
            current: None,
            next: 0,
            in_string: None,
            known: 0,
            marks: Marks::default(),
        }
    }

    /// The fields in a share of the text, which begins with `text` at an offset. A quote before a colon ends a key,
    /// if anything does: what follows stands in no string.
    pub(super) fn share(&self, text: &[u8], offset: u64) -> Self {
        let mut ends = memchr::memmem::find_iter(text, b"\":");
        let end = ends.find(|at| !text[..*at].ends_with(b"\\"));
        let line = || memchr(b'\n', text).map_or(0, |end| end + 1);
        let begin = end.map_or_else(line, |end| end + 2);
        Self {
            columns: self.columns.clone(),
            keys: self.keys.clone(),
            current: None,
            next: offset + begin as u64,
            in_string: None,
            known: self.keys.len(),
            marks: Marks::default(),
        }
    }

    /// What bears on what comes next.
    pub(super) fn standing(&self) -> FieldsStanding {
        (self.current, self.next, self.in_string)
    }

    /// Whether the share that follows knew all keys that are known now, as far as it met others.
    pub(super) fn leads_to(&self, share: &Self) -> bool {
        share.keys.len() == share.known || share.known == self.keys.len()
    }

    /// Goes on where the share that follows ended.
    pub(super) fn join(&mut self, share: Self) {
        if share.keys.len() > self.keys.len() {
            (self.keys, self.columns) = (share.keys, share.columns);
        }
        (self.current, self.next, self.in_string) = (share.current, share.next, share.in_string);
    }

    /// Reads `from..to` of the text in memory.
    pub(super) fn pass(
        &mut self,
        window: &Window<'_>,
        from: usize,
        to: usize,
        data: &mut DataHunt,
    ) {
        let (text, base) = (window.text(), window.base());
        let mut at = from.max(self.next.saturating_sub(base) as usize);
        if at >= to && self.in_string.is_none() {
            self.next = base + at as u64;
            return;
        }
        let mut marks = std::mem::take(&mut self.marks);
        marks.read(text.get(at..).unwrap_or_default(), *b"\"\\\"");
        let marked = Marked { text, marks: marks.bits(), from: at };
        if let Some(escaped) = self.in_string.take() {
            match marked.string_end(at, escaped) {
                Ok(end) => at = end + 1,
                Err(escaped) => {
                    self.in_string = Some(escaped);
                    at = text.len();
                }
            }
        }
        while at < to {
            let Some(quote) = marked.quote(at, to) else {
                at = to;
                break;
            };
            let start = quote + 1;
            match marked.string_end(start, false) {
                Ok(end) => at = self.string(window, start, end, data),
                Err(escaped) => {
                    self.in_string = Some(escaped);
                    at = text.len();
                }
            }
        }
        self.next = base + at as u64;
        self.marks = marks;
    }

    /// Takes the string `start..end`: a key or a value. Returns where to go on.
    fn string(
        &mut self,
        window: &Window<'_>,
        start: usize,
        end: usize,
        data: &mut DataHunt,
    ) -> usize {
        let text = window.text();
        let blanks = text[end + 1..].iter().take(8).take_while(|byte| byte.is_ascii_whitespace());
        let after = end + 1 + blanks.count();
        if text.get(after) != Some(&b':') {
            self.value(window, start, end, data);
            return end + 1;
        }
        self.current = self.key(&text[start..end], data);
        let blanks = text[after + 1..].iter().take(8).take_while(|byte| byte.is_ascii_whitespace());
        let start = after + 1 + blanks.count();
        let digits = text[start.min(text.len())..].iter().take(NUMBER_MAX);
        let number =
            digits.take_while(|byte| byte.is_ascii_digit() || b"-+.eE".contains(byte)).count();
        if number > 0 {
            self.value(window, start, start + number, data);
        }
        start + number
    }

    fn value(&self, window: &Window<'_>, start: usize, end: usize, data: &mut DataHunt) {
        let Some((_, column, _)) = self.current.and_then(|current| self.keys.get(current)) else {
            return;
        };
        let is_wanted = data.begin_cell(window.base() + start as u64, *column);
        let value = &window.text()[start..end];
        if !is_wanted || value.is_empty() || value.len() > VALUE_MAX {
            return;
        }
        let text = String::from_utf8_lossy(value);
        let value = Value::read(&text, window.sheet(), start);
        data.end_cell(*column, &value, || window.place(start, end));
    }

    fn key(&mut self, key: &[u8], data: &mut DataHunt) -> Option<usize> {
        if let Some(guess) =
            self.current.and_then(|current| self.keys.get(current)).map(|key| key.2)
            && self.keys.get(guess).is_some_and(|known| known.0 == key)
        {
            return Some(guess);
        }
        let place = match self.columns.get(key) {
            Some(place) => *place,
            None if key.len() > KEY_MAX || self.keys.len() >= KEYS_MAX => return None,
            None => {
                let column = data.column(&String::from_utf8_lossy(key));
                self.keys.push((key.to_vec(), column, 0));
                self.columns.insert(key.to_vec(), self.keys.len() - 1);
                self.keys.len() - 1
            }
        };
        if let Some(before) = self.current {
            self.keys[before].2 = place;
        }
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_known_by_its_first_key() {
        assert!(begins(b"{\"a\": 1}") && begins(b" [ {\n \"a\" : 1}"));
        assert!(!begins(b"{a: 1}") && !begins(b"\"a\"") && !begins(b"[1]") && !begins(b""));
    }

    #[test]
    fn an_escaped_quote_ends_no_string() {
        let end = |text: &[u8], escaped: bool| {
            let mut marks = Marks::default();
            marks.read(text, *b"\"\\\"");
            Marked { text, marks: marks.bits(), from: 0 }.string_end(0, escaped)
        };
        assert_eq!(end(br#"a\"b" c"#, false), Ok(4));
        assert_eq!(end(br"a\\", false), Err(false));
        assert_eq!(end(br"a\", false), Err(true));
        assert_eq!(end(br#"" b""#, true), Ok(3));
    }
}
