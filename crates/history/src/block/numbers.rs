//! A column of numbers in a block: each as its distance from the smallest, in as few whole bytes as hold
//! the largest distance. Any row is found without reading the others.

use crate::wire::Reader;

/// Gathers a column.
#[derive(Debug, Default)]
pub(super) struct NumbersBuilder {
    /// A value a row; 0 where it is absent.
    values: Vec<u64>,
    /// A bit a row, set where there is a value.
    present: Vec<u8>,
    absent: usize,
}

impl NumbersBuilder {
    pub(super) fn push(&mut self, value: Option<u64>) {
        let row = self.values.len();
        if row.is_multiple_of(8) {
            self.present.push(0);
        }
        match (value, self.present.last_mut()) {
            (Some(_), Some(bits)) => *bits |= 1 << (row % 8),
            _ => self.absent += 1,
        }
        self.values.push(value.unwrap_or_default());
    }

    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.present.clear();
        self.absent = 0;
    }

    /// `width u8 | has absent u8 | base u64 | bitmap? | values`.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let is_there = |row: usize| has_bit(&self.present, row);
        let there = || self.values.iter().enumerate().filter(|(row, _)| is_there(*row));
        let base = there().map(|(_, value)| *value).min().unwrap_or_default();
        let span = there().map(|(_, value)| value - base).max().unwrap_or_default();
        let width: usize = match span {
            0 => 0,
            1..=0xFF => 1,
            0x100..=0xFFFF => 2,
            0x1_0000..=0xFFFF_FFFF => 4,
            _ => 8,
        };
        out.push(u8::try_from(width).unwrap_or_default());
        out.push(u8::from(self.absent > 0));
        out.extend_from_slice(&base.to_le_bytes());
        if self.absent > 0 {
            out.extend_from_slice(&self.present);
        }
        let distances = self.values.iter().map(|value| value.wrapping_sub(base));
        match width {
            0 => {}
            8 => distances.for_each(|distance| out.extend_from_slice(&distance.to_le_bytes())),
            4 => distances.for_each(|distance| out.extend_from_slice(&low::<4>(distance))),
            2 => distances.for_each(|distance| out.extend_from_slice(&low::<2>(distance))),
            _ => distances.for_each(|distance| out.extend_from_slice(&low::<1>(distance))),
        }
    }
}

/// The low bytes of a number.
fn low<const N: usize>(number: u64) -> [u8; N] {
    let bytes = number.to_le_bytes();
    std::array::from_fn(|place| bytes[place])
}

/// Where a column lies in the bytes of its block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    width: usize,
    base: u64,
    /// Where the bitmap begins, if there is one.
    present: Option<usize>,
    values: usize,
}

impl Numbers {
    pub(super) fn parse(reader: &mut Reader<'_>, rows: usize) -> Option<Self> {
        let width = usize::from(reader.u8()?);
        let has_absent = reader.u8()? != 0;
        let base = reader.u64()?;
        let present = has_absent.then_some(reader.position());
        if has_absent {
            reader.take(rows.div_ceil(8))?;
        }
        let values = reader.position();
        reader.take(rows.checked_mul(width)?)?;
        matches!(width, 0 | 1 | 2 | 4 | 8).then_some(Self { width, base, present, values })
    }

    /// The value of a row, out of the bytes of the block that was parsed.
    pub(super) fn get(&self, bytes: &[u8], row: usize) -> Option<u64> {
        if let Some(start) = self.present
            && !has_bit(bytes.get(start..)?, row)
        {
            return None;
        }
        let start = self.values + row * self.width;
        let raw = bytes.get(start..start + self.width)?;
        let distance = match self.width {
            0 => 0,
            1 => u64::from(*raw.first()?),
            2 => u64::from(u16::from_le_bytes(raw.try_into().ok()?)),
            4 => u64::from(u32::from_le_bytes(raw.try_into().ok()?)),
            _ => u64::from_le_bytes(raw.try_into().ok()?),
        };
        Some(self.base.wrapping_add(distance))
    }
}

/// Whether the bit of a row is set.
pub(super) fn has_bit(bitmap: &[u8], row: usize) -> bool {
    bitmap.get(row / 8).is_some_and(|bits| bits & (1 << (row % 8)) != 0)
}
