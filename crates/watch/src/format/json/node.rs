//! A value of a JSON record: asked by name, as text or as a number, and copied only where it must be.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::tape::{Kind, Slot};

/// A record that was read: its bytes, and what stands where in them.
#[derive(Debug, Clone, Copy)]
pub(in crate::format) struct Record<'a> {
    bytes: &'a [u8],
    slots: &'a [Slot],
}

impl<'a> Record<'a> {
    /// The record whose values a tape holds.
    pub(super) fn new(bytes: &'a [u8], slots: &'a [Slot]) -> Self {
        Self { bytes, slots }
    }

    /// The whole of it.
    pub(in crate::format) fn node(&self) -> Node<'_> {
        Node { record: self, at: 0 }
    }
}

/// One value. Of two members of one name, the first counts. It is small, because a format asks for many
/// at once.
#[derive(Debug, Clone, Copy)]
pub(in crate::format) struct Node<'a> {
    record: &'a Record<'a>,
    /// Its slot.
    at: u32,
}

/// Names to look for in one pass over an object, best in the order in which they stand there.
pub(in crate::format) struct Names<const N: usize> {
    names: [&'static str; N],
    /// The length and the first eight bytes of each: enough to tell nearly all names apart.
    heads: [(u32, u64); N],
    /// A bit for each head: most names that are not asked for bear no bit of these.
    sieve: u64,
}

impl<const N: usize> Names<N> {
    pub(in crate::format) const fn new(names: [&'static str; N]) -> Self {
        let mut heads = [(0, 0); N];
        let (mut sieve, mut at) = (0, 0);
        while at < N {
            heads[at] = head(names[at].as_bytes(), 0, names[at].len());
            sieve |= bit(heads[at]);
            at += 1;
        }
        Self { names, heads, sieve }
    }
}

/// One of 64 bits for a head.
#[inline]
const fn bit((length, word): (u32, u64)) -> u64 {
    let mixed = (word ^ ((length as u64) << 56)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    1 << (mixed >> 58)
}

/// The length of what stands from `start` to `end`, and its first eight bytes as a number.
#[inline]
const fn head(bytes: &[u8], start: usize, end: usize) -> (u32, u64) {
    let length = end - start;
    let (_, rest) = bytes.split_at(start);
    let word = match rest.first_chunk::<8>() {
        Some(word) => u64::from_le_bytes(*word),
        None => {
            let (mut word, mut at) = (0, 0);
            while at < rest.len() {
                word |= (rest[at] as u64) << (8 * at);
                at += 1;
            }
            word
        }
    };
    let mask = if length >= 8 { u64::MAX } else { (1 << (8 * length)) - 1 };
    (length as u32, word & mask)
}

impl<'a> Node<'a> {
    fn slot(self) -> Slot {
        self.record.slots[self.at as usize]
    }

    fn raw(self) -> &'a [u8] {
        let Slot { start, end, .. } = self.slot();
        &self.record.bytes[start as usize..end as usize]
    }

    pub(in crate::format) fn is_null(self) -> bool {
        self.slot().kind == Kind::Null
    }

    pub(in crate::format) fn is_object(self) -> bool {
        self.slot().kind == Kind::Object
    }

    pub(in crate::format) fn is_list(self) -> bool {
        self.slot().kind == Kind::List
    }

    /// The text, unescaped; what is no Unicode in it is replaced.
    #[inline]
    pub(in crate::format) fn as_text(self) -> Option<Cow<'a, str>> {
        match self.slot().kind {
            Kind::Text => Some(lossy(self.raw())),
            Kind::Escaped => Some(Cow::Owned(unescaped(self.raw()))),
            _ => None,
        }
    }

    /// A number as it is written.
    pub(in crate::format) fn as_number(self) -> Option<&'a str> {
        let is_number = self.slot().kind == Kind::Number;
        is_number.then(|| std::str::from_utf8(self.raw()).ok())?
    }

    /// The members of an object: each name with its value.
    fn members(self) -> impl Iterator<Item = (Node<'a>, Node<'a>)> {
        let end = if self.is_object() { self.slot().next } else { 0 };
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            let value = (at + 1 < end).then_some(at + 1)?;
            let name = at;
            let value = Self { at: value, ..self };
            at = value.slot().next;
            Some((Self { at: name, ..self }, value))
        })
    }

    /// The values of a list.
    pub(in crate::format) fn values(self) -> impl Iterator<Item = Node<'a>> {
        let end = if self.is_list() { self.slot().next } else { 0 };
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            let value = Self { at: (at < end).then_some(at)?, ..self };
            at = value.slot().next;
            Some(value)
        })
    }

    fn is_named(self, name: &str) -> bool {
        match self.slot().kind {
            Kind::Escaped => unescaped(self.raw()) == name,
            _ => self.raw() == name.as_bytes(),
        }
    }

    /// The member of a name.
    pub(in crate::format) fn get(self, name: &str) -> Option<Node<'a>> {
        self.members().find(|(known, _)| known.is_named(name)).map(|(_, value)| value)
    }

    /// The first member whose name is this one but for the case of its letters.
    pub(in crate::format) fn get_in_any_case(self, name: &str) -> Option<Node<'a>> {
        let mut members = self.members();
        members.find(|(known, _)| known.raw().eq_ignore_ascii_case(name.as_bytes())).map(|m| m.1)
    }

    /// The members of several names, in one pass.
    pub(in crate::format) fn pick<const N: usize>(
        self,
        wanted: &Names<N>,
    ) -> [Option<Node<'a>>; N] {
        let mut found = [None; N];
        let mut due = 0;
        for (name, value) in self.members() {
            let Slot { kind, start, end, .. } = name.slot();
            if kind == Kind::Escaped {
                let place = wanted.names.iter().position(|wanted| name.is_named(wanted));
                place.map(|place| found[place].get_or_insert(value));
                continue;
            }
            let head = head(self.record.bytes, start as usize, end as usize);
            let is_at = |place: usize| {
                wanted.heads[place] == head
                    && (head.0 <= 8 || name.raw() == wanted.names[place].as_bytes())
            };
            // Objects of one kind have their members in one order.
            let place = match due < N && is_at(due) {
                true => Some(due),
                false if wanted.sieve & bit(head) == 0 => None,
                false => (0..N).find(|place| is_at(*place)),
            };
            if let Some(place) = place {
                found[place].get_or_insert(value);
                due = place + 1;
            }
        }
        found
    }

    /// The same as an owned value; a number that no number of Rust can hold is null.
    pub(in crate::format) fn to_value(self) -> Value {
        match self.slot().kind {
            Kind::Null => Value::Null,
            Kind::True => Value::Bool(true),
            Kind::False => Value::Bool(false),
            Kind::Number => serde_json::from_slice(self.raw()).unwrap_or_default(),
            Kind::Text | Kind::Escaped => {
                Value::String(self.as_text().unwrap_or_default().into_owned())
            }
            Kind::List => Value::Array(self.values().map(Node::to_value).collect()),
            Kind::Object => {
                let mut map = Map::new();
                for (name, value) in self.members() {
                    let name = name.as_text().unwrap_or_default().into_owned();
                    map.entry(name).or_insert_with(|| value.to_value());
                }
                Value::Object(map)
            }
        }
    }
}

/// Bytes as text; what is no UTF-8 in them is replaced.
pub(in crate::format) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    // Much faster than to replace what needs no replacing.
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// Text with its escapes resolved. The escapes are known to be whole.
fn unescaped(raw: &[u8]) -> String {
    let raw = String::from_utf8_lossy(raw);
    let mut text = String::with_capacity(raw.len());
    let mut pieces = raw.split('\\');
    text.push_str(pieces.next().unwrap_or_default());
    let mut first_half = None;
    while let Some(piece) = pieces.next() {
        let Some(letter) = piece.chars().next() else {
            // A backslash that is escaped: the piece after it is plain.
            close_half(&mut text, &mut first_half);
            text.push('\\');
            text.push_str(pieces.next().unwrap_or_default());
            continue;
        };
        let rest = &piece[letter.len_utf8()..];
        if letter != 'u' {
            close_half(&mut text, &mut first_half);
            text.push(match letter {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            });
            text.push_str(rest);
            continue;
        }
        let (digits, rest) = rest.split_at_checked(4).unwrap_or((rest, ""));
        let unit = u32::from_str_radix(digits, 16).unwrap_or(0xfffd);
        push_unit(&mut text, &mut first_half, unit);
        if !rest.is_empty() {
            close_half(&mut text, &mut first_half);
            text.push_str(rest);
        }
    }
    close_half(&mut text, &mut first_half);
    text
}

/// Adds a UTF-16 unit, the second half of a pair together with its first.
fn push_unit(text: &mut String, first_half: &mut Option<u32>, unit: u32) {
    if let (Some(high), 0xdc00..=0xdfff) = (*first_half, unit) {
        *first_half = None;
        let code = 0x1_0000 + ((high - 0xd800) << 10) + (unit - 0xdc00);
        text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        return;
    }
    close_half(text, first_half);
    match unit {
        0xd800..=0xdbff => *first_half = Some(unit),
        unit => text.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)),
    }
}

/// The first half of a pair that has no second one.
fn close_half(text: &mut String, first_half: &mut Option<u32>) {
    if first_half.take().is_some() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
}
