//! A column of numbers in a block: each as its distance from the smallest, in as few whole bytes as hold
//! the largest distance. Any row is found without reading the others.
//!
//! Distances that are all thousands or millions are kept as such: most logs tell whole seconds.

use crate::wire::Reader;

/// What distances may be multiples of, the largest first; the place of each is what a block tells.
const SCALES: [u64; 3] = [1_000_000, 1_000, 1];

/// Bytes that are read for a value, of which the column's width counts.
const READ_BYTES: usize = 8;

/// Gathers a column.
#[derive(Debug)]
pub(super) struct NumbersBuilder {
    /// A value a row; 0 where it is absent.
    values: Vec<u64>,
    /// A bit a row, set where there is a value.
    present: Vec<u8>,
    absent: usize,
    smallest: u64,
    largest: u64,
}

impl Default for NumbersBuilder {
    fn default() -> Self {
        let (values, present) = (Vec::new(), Vec::new());
        Self { values, present, absent: 0, smallest: u64::MAX, largest: 0 }
    }
}

impl NumbersBuilder {
    pub(super) fn push(&mut self, value: Option<u64>) {
        let row = self.values.len();
        if row.is_multiple_of(8) {
            self.present.push(0);
        }
        match (value, self.present.last_mut()) {
            (Some(value), Some(bits)) => {
                *bits |= 1 << (row % 8);
                self.smallest = self.smallest.min(value);
                self.largest = self.largest.max(value);
            }
            _ => self.absent += 1,
        }
        self.values.push(value.unwrap_or_default());
    }

    /// The value of a row; 0 where it is absent.
    pub(super) fn value(&self, row: usize) -> u64 {
        self.values.get(row).copied().unwrap_or_default()
    }

    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.present.clear();
        (self.absent, self.smallest, self.largest) = (0, u64::MAX, 0);
    }

    /// `width u8 | scale u8 | has absent u8 | base u64 | bitmap? | values`.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let base = self.smallest.min(self.largest);
        let is_there = |row: usize| self.absent == 0 || has_bit(&self.present, row);
        let distances = || {
            let rows = self.values.iter().enumerate();
            rows.map(|(row, value)| if is_there(row) { value.wrapping_sub(base) } else { 0 })
        };
        let fits = |scale: &u64| distances().all(|distance| distance.is_multiple_of(*scale));
        let scale = SCALES.iter().position(fits).unwrap_or(SCALES.len() - 1);
        let unit = SCALES.get(scale).copied().unwrap_or(1);
        let width = bytes_of(self.largest.wrapping_sub(base) / unit);
        out.push(u8::try_from(width).unwrap_or_default());
        out.push(u8::try_from(scale).unwrap_or_default());
        out.push(u8::from(self.absent > 0));
        out.extend_from_slice(&base.to_le_bytes());
        if self.absent > 0 {
            out.extend_from_slice(&self.present);
        }
        // The divisions are by constants, which is why there is a loop each.
        match unit {
            1_000_000 => put_all(out, width, distances().map(|distance| distance / 1_000_000)),
            1_000 => put_all(out, width, distances().map(|distance| distance / 1_000)),
            _ => put_all(out, width, distances()),
        }
    }
}

/// Whole bytes that hold a number.
fn bytes_of(number: u64) -> usize {
    (u64::BITS - number.leading_zeros()).div_ceil(8) as usize
}

/// The low bytes of each number, and behind them what is read with the last.
fn put_all(out: &mut Vec<u8>, width: usize, numbers: impl ExactSizeIterator<Item = u64>) {
    if width == 0 {
        return;
    }
    let mut place = out.len();
    out.resize(place + numbers.len() * width + READ_BYTES - width, 0);
    for number in numbers {
        // What is beyond the width is written over by the next.
        if let Some(room) = out.get_mut(place..place + READ_BYTES) {
            room.copy_from_slice(&number.to_le_bytes());
        }
        place += width;
    }
}

/// Where a column lies in the bytes of its block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    width: usize,
    unit: u64,
    base: u64,
    /// Where the bitmap begins, if there is one.
    present: Option<usize>,
    values: usize,
}

impl Numbers {
    pub(super) fn parse(reader: &mut Reader<'_>, rows: usize) -> Option<Self> {
        let width = usize::from(reader.u8()?);
        let unit = *SCALES.get(usize::from(reader.u8()?))?;
        let has_absent = reader.u8()? != 0;
        let base = reader.u64()?;
        let present = has_absent.then_some(reader.position());
        if has_absent {
            reader.take(rows.div_ceil(8))?;
        }
        let values = reader.position();
        if width > 0 {
            reader.take(rows.checked_mul(width)?.checked_add(READ_BYTES.checked_sub(width)?)?)?;
        }
        Some(Self { width, unit, base, present, values })
    }

    /// The value of a row, out of the bytes of the block that was parsed.
    pub(super) fn get(&self, bytes: &[u8], row: usize) -> Option<u64> {
        if let Some(start) = self.present
            && !has_bit(bytes.get(start..)?, row)
        {
            return None;
        }
        if self.width == 0 {
            return Some(self.base);
        }
        let raw = bytes.get(self.values + row * self.width..)?.first_chunk::<READ_BYTES>()?;
        let distance = u64::from_le_bytes(*raw) & (u64::MAX >> (64 - 8 * self.width));
        Some(self.base.wrapping_add(distance.wrapping_mul(self.unit)))
    }
}

/// Whether the bit of a row is set.
pub(super) fn has_bit(bitmap: &[u8], row: usize) -> bool {
    bitmap.get(row / 8).is_some_and(|bits| bits & (1 << (row % 8)) != 0)
}
