//! A column of text in a block: either every value as it comes, or each different value once and a small
//! index a row. Any row is found without reading the others.

use super::digits::{self, Shape};
use super::numbers::has_bit;
use super::texts_builder::Values;
use crate::wire::Reader;

pub(super) const DICTIONARY: u8 = 1;
pub(super) const FIXED_LENGTH: u8 = 2;
pub(super) const HAS_ABSENT: u8 = 4;
/// Ids in half the bytes; implies that all have the same length.
pub(super) const PACKED: u8 = 8;
/// Of packed ids: their letters are upper case.
pub(super) const UPPER: u8 = 16;

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
    /// Finds the column in its block. Packed values are unpacked into bytes that the block has behind its
    /// own.
    pub(super) fn parse(
        reader: &mut Reader<'_>,
        bytes: &[u8],
        rows: usize,
        unpacked: &mut Vec<u8>,
    ) -> Option<Self> {
        let tag = reader.u8()?;
        let count = reader.size()?;
        let (length, text) = if tag & PACKED != 0 && tag & DICTIONARY == 0 {
            let shape = Shape::new(reader.text()?);
            let packed = reader.take(count.checked_mul(shape.packed()?)?)?;
            let text = bytes.len() + unpacked.len();
            digits::unpack(packed, shape, tag & UPPER != 0, unpacked);
            (Length::Fixed(shape.length()), text)
        } else if tag & FIXED_LENGTH != 0 {
            let length = reader.size()?;
            let text = reader.position();
            reader.take(count.checked_mul(length)?)?;
            (Length::Fixed(length), text)
        } else {
            let start = reader.position();
            reader.take(count.checked_mul(4)?)?;
            let text = reader.position();
            let last = count.checked_sub(1);
            reader.take(last.map_or(Some(0), |last| end_at(bytes, start, last))?)?;
            (Length::EndsAt(start), text)
        };
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

    /// Appends a value a row to bytes, as they are.
    pub(super) fn append(values: &Values, bytes: &mut Vec<u8>) -> Self {
        let length = values.fixed_length().map_or(Length::EndsAt(bytes.len()), Length::Fixed);
        if matches!(length, Length::EndsAt(_)) {
            values.put_ends(bytes);
        }
        let text = bytes.len();
        bytes.extend_from_slice(values.text());
        Self { count: values.count(), length, text, rows: Rows::Plain(None) }
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
            Rows::Narrow(start) => usize::from(*bytes.get(start + row)?).checked_sub(1),
            Rows::Wide(start) => {
                let raw = bytes.get(start + row * 2..)?.first_chunk()?;
                usize::from(u16::from_le_bytes(*raw)).checked_sub(1)
            }
        }
    }

    /// Whether each different value is kept once.
    pub(super) fn is_dictionary(&self) -> bool {
        !matches!(self.rows, Rows::Plain(_))
    }

    /// The different values of a column that keeps each once.
    pub(super) fn values<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        (0..self.count).filter_map(move |place| self.value(bytes, place))
    }

    pub(super) fn value<'a>(&self, bytes: &'a [u8], place: usize) -> Option<&'a [u8]> {
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
    let raw = bytes.get(ends + place * 4..)?.first_chunk()?;
    Some(u32::from_le_bytes(*raw) as usize)
}
