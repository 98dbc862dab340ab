//! A column of text in a block: either every value as it comes, or each different value once and a small
//! index a row. Any row is found without reading the others.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::numbers::has_bit;
use crate::wire::{Reader, put_size};

const DICTIONARY: u8 = 1;
const FIXED_LENGTH: u8 = 2;
const HAS_ABSENT: u8 = 4;

/// Values one after the other, and where each ends.
#[derive(Debug, Default)]
struct Values {
    text: Vec<u8>,
    ends: Vec<u32>,
}

impl Values {
    fn push(&mut self, value: &[u8]) {
        self.text.extend_from_slice(value);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    fn get(&self, index: usize) -> Option<&[u8]> {
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize,
            None => 0,
        };
        self.text.get(start..*self.ends.get(index)? as usize)
    }

    /// The length that all values have.
    fn fixed_length(&self) -> Option<usize> {
        let first = *self.ends.first()? as usize;
        let fits = |(index, end): (usize, &u32)| *end as usize == (index + 1) * first;
        self.ends.iter().enumerate().all(fits).then_some(first)
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// `count u32 | length u32 or ends u32 × count | text`.
    fn encode(&self, fixed_length: Option<usize>, out: &mut Vec<u8>) {
        put_size(out, self.ends.len());
        match fixed_length {
            Some(length) => put_size(out, length),
            None => self.ends.iter().for_each(|end| out.extend_from_slice(&end.to_le_bytes())),
        }
        out.extend_from_slice(&self.text);
    }
}

/// Gathers a column.
#[derive(Debug)]
pub(super) enum TextsBuilder {
    /// Every value as it comes.
    Plain(PlainBuilder),
    /// Each different value once.
    Dictionary(DictionaryBuilder),
}

#[derive(Debug, Default)]
pub(super) struct PlainBuilder {
    values: Values,
    /// A bit a row, set where there is a value.
    present: Vec<u8>,
    absent: usize,
}

#[derive(Debug, Default)]
pub(super) struct DictionaryBuilder {
    values: Values,
    places: HashTable<u16>,
    hasher: DefaultHashBuilder,
    /// A number a row: 0 is absent, else one more than the place of the value.
    indices: Vec<u16>,
}

impl TextsBuilder {
    pub(super) fn new(repeats: bool) -> Self {
        if repeats {
            Self::Dictionary(DictionaryBuilder::default())
        } else {
            Self::Plain(PlainBuilder::default())
        }
    }

    pub(super) fn push(&mut self, value: Option<&[u8]>) {
        match self {
            Self::Plain(plain) => plain.push(value),
            Self::Dictionary(dictionary) => dictionary.push(value),
        }
    }

    pub(super) fn clear(&mut self) {
        match self {
            Self::Plain(plain) => {
                plain.values.clear();
                plain.present.clear();
                plain.absent = 0;
            }
            Self::Dictionary(dictionary) => {
                dictionary.values.clear();
                dictionary.places.clear();
                dictionary.indices.clear();
            }
        }
    }

    /// `tag u8 | values | bitmap or indices`; the high half of the tag is the width of an index.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Plain(plain) => plain.encode(out),
            Self::Dictionary(dictionary) => dictionary.encode(out),
        }
    }
}

impl PlainBuilder {
    fn push(&mut self, value: Option<&[u8]>) {
        let row = self.values.ends.len();
        if row.is_multiple_of(8) {
            self.present.push(0);
        }
        match (value, self.present.last_mut()) {
            (Some(_), Some(bits)) => *bits |= 1 << (row % 8),
            _ => self.absent += 1,
        }
        self.values.push(value.unwrap_or_default());
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let fixed = self.values.fixed_length();
        let absent = if self.absent > 0 { HAS_ABSENT } else { 0 };
        out.push(absent | if fixed.is_some() { FIXED_LENGTH } else { 0 });
        self.values.encode(fixed, out);
        if self.absent > 0 {
            out.extend_from_slice(&self.present);
        }
    }
}

impl DictionaryBuilder {
    fn push(&mut self, value: Option<&[u8]>) {
        let index = match value {
            None => 0,
            Some(value) => self.index_of(value),
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

    fn encode(&self, out: &mut Vec<u8>) {
        let fixed = self.values.fixed_length();
        let first = self.indices.first().copied().unwrap_or_default();
        let is_constant = self.indices.iter().all(|index| *index == first);
        let width: u8 = match self.values.ends.len() {
            _ if is_constant => 0,
            0..=254 => 1,
            _ => 2,
        };
        let fixed_tag = if fixed.is_some() { FIXED_LENGTH } else { 0 };
        out.push(DICTIONARY | fixed_tag | (width << 4));
        self.values.encode(fixed, out);
        match width {
            0 => {}
            1 => out.extend(self.indices.iter().map(|index| index.to_le_bytes()[0])),
            _ => {
                self.indices.iter().for_each(|index| out.extend_from_slice(&index.to_le_bytes()));
            }
        }
    }
}

/// Where a column lies in the bytes of its block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Texts {
    count: usize,
    /// The length of every value, or where the ends begin.
    length: Length,
    text: usize,
    rows: Rows,
}

#[derive(Debug, Clone, Copy)]
enum Length {
    Fixed(usize),
    EndsAt(usize),
}

#[derive(Debug, Clone, Copy)]
enum Rows {
    /// A value a row; where the bitmap begins, if some are absent.
    Plain(Option<usize>),
    /// All rows have the first value, or none where there is no value.
    Constant,
    /// Where the indices begin, one byte each.
    Narrow(usize),
    /// Where the indices begin, two bytes each.
    Wide(usize),
}

impl Texts {
    pub(super) fn parse(reader: &mut Reader<'_>, bytes: &[u8], rows: usize) -> Option<Self> {
        let tag = reader.u8()?;
        let count = reader.size()?;
        let length = if tag & FIXED_LENGTH != 0 {
            Length::Fixed(reader.size()?)
        } else {
            let start = reader.position();
            reader.take(count.checked_mul(4)?)?;
            Length::EndsAt(start)
        };
        let text = reader.position();
        let text_bytes = match length {
            Length::Fixed(length) => count.checked_mul(length)?,
            Length::EndsAt(_) if count == 0 => 0,
            Length::EndsAt(start) => end_at(bytes, start, count - 1)?,
        };
        reader.take(text_bytes)?;
        let start = reader.position();
        let kind = match (tag & DICTIONARY != 0, tag >> 4) {
            (false, _) if tag & HAS_ABSENT == 0 => Rows::Plain(None),
            (false, _) => Rows::Plain(Some(start)),
            (true, 0) => Rows::Constant,
            (true, 1) => Rows::Narrow(start),
            (true, _) => Rows::Wide(start),
        };
        reader.take(match kind {
            Rows::Plain(None) | Rows::Constant => 0,
            Rows::Plain(Some(_)) => rows.div_ceil(8),
            Rows::Narrow(_) => rows,
            Rows::Wide(_) => rows.checked_mul(2)?,
        })?;
        let is_whole = matches!(kind, Rows::Plain(_)).then_some(rows).is_none_or(|r| r == count);
        is_whole.then_some(Self { count, length, text, rows: kind })
    }

    /// The value of a row.
    pub(super) fn get<'a>(&self, bytes: &'a [u8], row: usize) -> Option<&'a [u8]> {
        self.value(bytes, self.place(bytes, row)?)
    }

    /// Which of its values a row has.
    pub(super) fn place(&self, bytes: &[u8], row: usize) -> Option<usize> {
        match self.rows {
            Rows::Plain(None) => Some(row),
            Rows::Plain(Some(start)) => has_bit(bytes.get(start..)?, row).then_some(row),
            Rows::Constant => Some(0).filter(|place| *place < self.count),
            Rows::Narrow(_) | Rows::Wide(_) => self.index(bytes, row)?.checked_sub(1),
        }
    }

    /// The different values of a column that keeps each once.
    pub(super) fn values<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        (0..self.count).filter_map(move |place| self.value(bytes, place))
    }

    fn index(&self, bytes: &[u8], row: usize) -> Option<usize> {
        match self.rows {
            Rows::Narrow(start) => bytes.get(start + row).map(|index| usize::from(*index)),
            Rows::Wide(start) => {
                let raw = bytes.get(start + row * 2..start + row * 2 + 2)?;
                Some(usize::from(u16::from_le_bytes(raw.try_into().ok()?)))
            }
            Rows::Plain(_) | Rows::Constant => None,
        }
    }

    fn value<'a>(&self, bytes: &'a [u8], place: usize) -> Option<&'a [u8]> {
        if place >= self.count {
            return None;
        }
        let (start, end) = match self.length {
            Length::Fixed(length) => (place * length, (place + 1) * length),
            Length::EndsAt(ends) => {
                let start = place.checked_sub(1).map_or(Some(0), |one| end_at(bytes, ends, one))?;
                (start, end_at(bytes, ends, place)?)
            }
        };
        bytes.get(self.text + start..self.text + end)
    }
}

fn end_at(bytes: &[u8], ends: usize, place: usize) -> Option<usize> {
    let start = ends + place * 4;
    let raw = bytes.get(start..start + 4)?;
    Some(u32::from_le_bytes(raw.try_into().ok()?) as usize)
}
