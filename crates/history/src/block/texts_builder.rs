//! Gathers a column of text for a block.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::digits::{self, Shape};
use super::numbers::has_bit;
use super::texts::{DICTIONARY, FIXED_LENGTH, HAS_ABSENT, PACKED, UPPER};
use crate::row::Text;
use crate::wire::{put_size, put_text};

/// Rows after which a column that may repeat is looked at: if more than half of its values were new, each
/// value is kept as it comes until the block ends.
const ROWS_TRIED: usize = 1024;

/// Bytes of a value up to which it also stands in the places of absent ones, so that all have one length.
const REPEATED_BYTES_MAX: usize = 64;

/// Values one after the other, and where each ends.
#[derive(Debug, Default)]
pub(super) struct Values {
    text: Vec<u8>,
    ends: Vec<u32>,
    /// The length of the first, until another has another.
    fixed_length: Option<usize>,
}

impl Values {
    pub(super) fn push(&mut self, value: &[u8]) {
        if self.ends.is_empty() {
            self.fixed_length = Some(value.len());
        } else if self.fixed_length != Some(value.len()) {
            self.fixed_length = None;
        }
        self.text.extend_from_slice(value);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    /// A place without a value of its own: what stands there is what costs least.
    fn push_nothing(&mut self) {
        self.fixed_length = self.fixed_length.filter(|length| *length <= REPEATED_BYTES_MAX);
        let length = self.fixed_length.unwrap_or_default();
        self.text.extend_from_within(self.text.len() - length..);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    pub(super) fn count(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(super) fn fixed_length(&self) -> Option<usize> {
        self.fixed_length
    }

    /// Where each ends, `u32 × count`.
    pub(super) fn put_ends(&self, out: &mut Vec<u8>) {
        self.ends.iter().for_each(|end| out.extend_from_slice(&end.to_le_bytes()));
    }

    fn get(&self, index: usize) -> Option<&[u8]> {
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize,
            None => 0,
        };
        self.text.get(start..*self.ends.get(index)? as usize)
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.fixed_length = None;
    }

    /// `tag u8 | count u32 | length u32 or ends u32 × count | text`; of packed values, their shape for the
    /// length.
    fn encode(&self, tag: u8, out: &mut Vec<u8>) {
        if tag & DICTIONARY == 0 && self.encode_packed(tag, out).is_some() {
            return;
        }
        out.push(tag | if self.fixed_length.is_some() { FIXED_LENGTH } else { 0 });
        put_size(out, self.ends.len());
        match self.fixed_length {
            Some(length) => put_size(out, length),
            None => self.put_ends(out),
        }
        out.extend_from_slice(&self.text);
    }

    fn encode_packed(&self, tag: u8, out: &mut Vec<u8>) -> Option<()> {
        let shape = digits::shape_of(self.text.get(..self.fixed_length?)?);
        let shape = Shape::new(&shape);
        shape.packed()?;
        let (packed, is_upper) = digits::pack(&self.text, shape)?;
        out.push(tag | PACKED | if is_upper { UPPER } else { 0 });
        put_size(out, self.ends.len());
        put_text(out, shape.text());
        out.extend_from_slice(&packed);
        Some(())
    }
}

/// How a column is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// Every value as it comes.
    Each,
    /// Each different value once.
    Once,
    /// Each different value once, unless they turn out to be all different.
    OnceIfItPays,
}

/// Gathers a column.
#[derive(Debug)]
pub(super) struct TextsBuilder {
    kept: Kept,
    is_plain: bool,
    plain: PlainBuilder,
    dictionary: DictionaryBuilder,
}

impl TextsBuilder {
    pub(super) fn new(column: Text) -> Self {
        let kept = match column {
            Text::RequestId | Text::EventId => Kept::Each,
            Text::Object => Kept::OnceIfItPays,
            _ => Kept::Once,
        };
        let (plain, dictionary) = Default::default();
        Self { kept, is_plain: kept == Kept::Each, plain, dictionary }
    }

    pub(super) fn push(&mut self, value: Option<&[u8]>) {
        if self.is_plain {
            self.plain.push(value);
        } else {
            self.dictionary.push(value);
            self.look_whether_it_pays();
        }
    }

    /// Adds a value that is known by a number: one that was met in this block is not looked at again.
    pub(super) fn push_known(&mut self, number: u32, value: &[u8]) {
        if self.is_plain {
            self.plain.push(Some(value));
        } else {
            self.dictionary.push_known(number, value);
            self.look_whether_it_pays();
        }
    }

    fn look_whether_it_pays(&mut self) {
        let rows = self.dictionary.indices.len();
        if self.kept == Kept::OnceIfItPays
            && rows == ROWS_TRIED
            && self.dictionary.values.ends.len() * 2 > rows
        {
            self.is_plain = true;
            (0..rows).for_each(|row| self.plain.push(self.dictionary.get(row)));
            self.dictionary.clear();
        }
    }

    /// The value of a row.
    pub(super) fn get(&self, row: usize) -> Option<&[u8]> {
        if self.is_plain { self.plain.get(row) } else { self.dictionary.get(row) }
    }

    /// Bytes of the values that are kept.
    pub(super) fn bytes(&self) -> usize {
        self.plain.values.text.len() + self.dictionary.values.text.len()
    }

    pub(super) fn clear(&mut self) {
        self.is_plain = self.kept == Kept::Each;
        self.plain.clear();
        self.dictionary.clear();
    }

    /// `values | bitmap or indices`; the high half of a dictionary's tag is the width of an index.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        if self.is_plain { self.plain.encode(out) } else { self.dictionary.encode(out) }
    }
}

#[derive(Debug, Default)]
struct PlainBuilder {
    values: Values,
    /// A bit a row, set where there is a value.
    present: Vec<u8>,
    absent: usize,
}

impl PlainBuilder {
    fn push(&mut self, value: Option<&[u8]>) {
        let row = self.values.ends.len();
        if row.is_multiple_of(8) {
            self.present.push(0);
        }
        if let (Some(value), Some(bits)) = (value, self.present.last_mut()) {
            *bits |= 1 << (row % 8);
            self.values.push(value);
        } else {
            self.absent += 1;
            self.values.push_nothing();
        }
    }

    fn get(&self, row: usize) -> Option<&[u8]> {
        self.values.get(row).filter(|_| has_bit(&self.present, row))
    }

    fn clear(&mut self) {
        self.values.clear();
        self.present.clear();
        self.absent = 0;
    }

    fn encode(&self, out: &mut Vec<u8>) {
        self.values.encode(if self.absent > 0 { HAS_ABSENT } else { 0 }, out);
        if self.absent > 0 {
            out.extend_from_slice(&self.present);
        }
    }
}

#[derive(Debug, Default)]
struct DictionaryBuilder {
    values: Values,
    places: HashTable<u16>,
    hasher: DefaultHashBuilder,
    /// A number a row: 0 is absent, else one more than the place of the value.
    indices: Vec<u16>,
    /// The index of values by the numbers that the caller knows them by, and the block for which it holds.
    known: Vec<(u32, u16)>,
    block: u32,
}

impl DictionaryBuilder {
    fn push(&mut self, value: Option<&[u8]>) {
        let index = match value {
            None => 0,
            Some(value) => self.index_of(value),
        };
        self.indices.push(index);
    }

    fn push_known(&mut self, number: u32, value: &[u8]) {
        let place = number as usize;
        if place >= self.known.len() {
            self.known.resize(place + 1, (u32::MAX, 0));
        }
        let known = self.known.get(place).copied();
        let index = match known.filter(|(block, _)| *block == self.block) {
            Some((_, index)) => index,
            None => {
                let index = self.index_of(value);
                if let Some(known) = self.known.get_mut(place) {
                    *known = (self.block, index);
                }
                index
            }
        };
        self.indices.push(index);
    }

    fn index_of(&mut self, value: &[u8]) -> u16 {
        // Neighbours are alike in sorted rows and in most logs.
        if let Some(last) = self.indices.last().copied().filter(|last| *last > 0)
            && self.values.get(usize::from(last) - 1) == Some(value)
        {
            return last;
        }
        let hash = self.hasher.hash_one(value);
        let values = &self.values;
        let is_it = |place: &u16| values.get(usize::from(*place)) == Some(value);
        if let Some(place) = self.places.find(hash, is_it) {
            return place + 1;
        }
        let place = u16::try_from(self.values.ends.len()).unwrap_or(u16::MAX - 1);
        self.values.push(value);
        let (values, hasher) = (&self.values, &self.hasher);
        self.places.insert_unique(hash, place, |place| {
            hasher.hash_one(values.get(usize::from(*place)).unwrap_or_default())
        });
        place + 1
    }

    fn get(&self, row: usize) -> Option<&[u8]> {
        let place = self.indices.get(row)?.checked_sub(1)?;
        self.values.get(usize::from(place))
    }

    fn clear(&mut self) {
        self.values.clear();
        self.places.clear();
        self.indices.clear();
        self.block = self.block.wrapping_add(1);
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let first = self.indices.first().copied().unwrap_or_default();
        let is_constant = self.indices.iter().all(|index| *index == first);
        let width: u8 = match self.values.ends.len() {
            _ if is_constant => 0,
            0..=254 => 1,
            _ => 2,
        };
        self.values.encode(DICTIONARY | (width << 4), out);
        match width {
            0 => {}
            1 => out.extend(self.indices.iter().map(|index| index.to_le_bytes()[0])),
            _ => {
                self.indices.iter().for_each(|index| out.extend_from_slice(&index.to_le_bytes()));
            }
        }
    }
}
