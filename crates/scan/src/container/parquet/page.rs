//! The pages of one column: unpacked one at a time, and turned into the cells of rows.

use super::bits::{self, VALUES_MAX, differences, hybrid};
use super::thrift::{Reader, Value};
use crate::codec::{Deflate, Zstd, lz4_block, snappy, unpack};

/// Longest page once unpacked.
const PAGE_MAX: usize = 256 << 20;

/// What is known of a column from the schema and the metadata.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// Names from the root, with dots.
    pub(super) name: String,
    /// The physical type.
    pub(super) kind: i64,
    /// Bytes of a value of fixed length.
    pub(super) length: usize,
    /// Levels that tell which optional parents are there, and which repeated ones go on.
    pub(super) definition: u32,
    pub(super) repetition: u32,
}

/// One value.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    Number(i64),
    Real(f64),
    Bytes(Vec<u8>),
    /// One of the dictionary's.
    Listed(u32),
}

/// The cells of a column, page by page.
pub(super) struct Pages<'p> {
    bytes: &'p [u8],
    at: usize,
    end: usize,
    codec: i64,
    column: Column,
    pub(super) dictionary: Vec<Cell>,
    /// Values that are left in the column.
    left: usize,
    /// Values of the current page: each with whether it begins a row, and what it is, if anything.
    page: std::collections::VecDeque<(bool, Option<Cell>)>,
}

impl<'p> Pages<'p> {
    /// The pages that a column's metadata describe; `None` when they lie outside of the file.
    pub(super) fn open(bytes: &'p [u8], metadata: &Value, column: Column) -> Option<Self> {
        let data = metadata.count(9)?;
        let start = metadata.count(11).filter(|at| *at > 0 && *at < data).unwrap_or(data);
        let end = start.checked_add(metadata.count(7)?)?.min(bytes.len());
        Some(Self {
            bytes,
            at: start,
            end,
            codec: metadata.number(4)?,
            column,
            dictionary: Vec::new(),
            left: metadata.count(5)?,
            page: std::collections::VecDeque::new(),
        })
    }

    /// The cells of the next row; `None` at the end.
    ///
    /// # Errors
    /// A page is damaged or packed in a way that is not known here; the reason in words.
    pub(super) fn row(&mut self) -> Result<Option<Vec<Cell>>, String> {
        let (mut cells, mut begun) = (Vec::new(), false);
        loop {
            if self.page.is_empty() && !self.load()? {
                return Ok(begun.then_some(cells));
            }
            match self.page.front() {
                Some((true, _)) if begun => return Ok(Some(cells)),
                Some(_) => {
                    begun = true;
                    cells.extend(self.page.pop_front().and_then(|(_, cell)| cell));
                }
                None => {}
            }
        }
    }

    /// Loads the next page with values; `false` at the end.
    fn load(&mut self) -> Result<bool, String> {
        while self.left > 0 && self.at < self.end {
            let mut reader = Reader::new(&self.bytes[self.at..self.end]);
            let header = reader.structure().ok_or("damaged page header")?;
            let size = header.count(3).ok_or("damaged page header")?;
            let start = self.at + reader.at;
            let data = self.bytes.get(start..start.saturating_add(size));
            let data = data.ok_or("a page lies outside of the file")?;
            let most = header.count(2).unwrap_or(0).min(PAGE_MAX);
            self.at = start + size;
            if let Some(head) = header.field(7) {
                let data = self.unpacked(data, most)?;
                let count = head.count(1).unwrap_or(0).min(VALUES_MAX);
                self.dictionary = self.plain(&data, count);
            } else if let Some(head) = header.field(5) {
                let data = self.unpacked(data, most)?;
                self.first_version(head, &data)?;
            } else if let Some(head) = header.field(8) {
                self.second_version(head, data, most)?;
            }
            if !self.page.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn unpacked(&self, data: &[u8], most: usize) -> Result<Vec<u8>, String> {
        match self.codec {
            0 => Ok(data.to_vec()),
            1 => snappy(data, most),
            2 => match data {
                // Each page is a whole gzip file; its header has no optional fields.
                [0x1F, 0x8B, 8, 0, ..] if data.len() > 10 => {
                    unpack(&mut Deflate::bare(), &data[10..], most)
                }
                _ => unpack(&mut Deflate::zlib(), data, most),
            },
            5 => hadoop_lz4(data, most)
                .or_else(|| lz4_block(data, most).ok())
                .ok_or_else(|| "damaged LZ4 data".to_owned()),
            6 => unpack(&mut Zstd::new(), data, most),
            7 => lz4_block(data, most),
            3 => Err("its compression LZO is not supported".to_owned()),
            4 => Err("its compression Brotli is not supported".to_owned()),
            other => Err(format!("its compression {other} is not known")),
        }
    }

    /// Levels come before the values, each with its length.
    fn first_version(&mut self, head: &Value, data: &[u8]) -> Result<(), String> {
        let count = head.count(1).unwrap_or(0).min(VALUES_MAX);
        let mut rest = data;
        let mut levels = |most: u32, encoding: Option<i64>| -> Result<Vec<u32>, String> {
            if most == 0 {
                return Ok(Vec::new());
            }
            let width = width_of(most);
            if encoding == Some(4) {
                // The old packed encoding has the most significant bit first; nobody writes it any more.
                return Err("an outdated encoding of levels".to_owned());
            }
            let (length, after) = rest.split_first_chunk::<4>().ok_or("damaged levels")?;
            let length = u32::from_le_bytes(*length) as usize;
            let (levels, after) = after.split_at_checked(length).ok_or("damaged levels")?;
            rest = after;
            Ok(hybrid(levels, width, count))
        };
        let repetition = levels(self.column.repetition, head.number(4))?;
        let definition = levels(self.column.definition, head.number(3))?;
        self.fill(head.number(2), count, &repetition, &definition, rest)
    }

    /// Levels come before the values, never packed, their lengths in the header.
    fn second_version(&mut self, head: &Value, data: &[u8], most: usize) -> Result<(), String> {
        let count = head.count(1).unwrap_or(0).min(VALUES_MAX);
        let (definition, repetition) = (head.count(5).unwrap_or(0), head.count(6).unwrap_or(0));
        let (repetition, rest) = data.split_at_checked(repetition).ok_or("damaged levels")?;
        let (definition, rest) = rest.split_at_checked(definition).ok_or("damaged levels")?;
        let repetition = hybrid(repetition, width_of(self.column.repetition), count);
        let definition = hybrid(definition, width_of(self.column.definition), count);
        let is_packed = head.field(7) != Some(&Value::Flag(false));
        let values =
            if is_packed && !rest.is_empty() { self.unpacked(rest, most)? } else { rest.to_vec() };
        self.fill(head.number(4), count, &repetition, &definition, &values)
    }

    /// Puts the values of a page where the levels say.
    fn fill(
        &mut self,
        encoding: Option<i64>,
        count: usize,
        repetition: &[u32],
        definition: &[u32],
        values: &[u8],
    ) -> Result<(), String> {
        let most = self.column.definition;
        let present = match most {
            0 => count,
            _ => definition.iter().filter(|level| **level == most).count(),
        };
        let mut cells = self.values(encoding.unwrap_or(0), values, present)?.into_iter();
        for at in 0..count {
            let begins = repetition.get(at).is_none_or(|level| *level == 0);
            let is_there = most == 0 || definition.get(at) == Some(&most);
            let cell = if is_there { cells.next() } else { None };
            self.page.push_back((begins, cell));
        }
        self.left = self.left.saturating_sub(count.max(1));
        Ok(())
    }

    fn values(&self, encoding: i64, data: &[u8], count: usize) -> Result<Vec<Cell>, String> {
        Ok(match encoding {
            0 => self.plain(data, count),
            2 | 8 => {
                let Some((width, rest)) = data.split_first() else { return Ok(Vec::new()) };
                hybrid(rest, u32::from(*width), count).into_iter().map(Cell::Listed).collect()
            }
            3 => {
                let rest = data.get(4..).unwrap_or_default();
                hybrid(rest, 1, count).into_iter().map(|flag| Cell::Number(flag.into())).collect()
            }
            5 => {
                let (numbers, _) = differences(data).ok_or("damaged numbers")?;
                numbers.into_iter().take(count).map(Cell::Number).collect()
            }
            6 => {
                let (lengths, used) = differences(data).ok_or("damaged lengths")?;
                texts(&lengths, &data[used..]).into_iter().map(Cell::Bytes).collect()
            }
            7 => {
                let (shared, used) = differences(data).ok_or("damaged lengths")?;
                let (lengths, more) = differences(&data[used..]).ok_or("damaged lengths")?;
                let ends = texts(&lengths, &data[used + more..]);
                let mut last: Vec<u8> = Vec::new();
                shared
                    .iter()
                    .zip(ends)
                    .map(|(shared, end)| {
                        last.truncate(usize::try_from(*shared).unwrap_or(0));
                        last.extend_from_slice(&end);
                        Cell::Bytes(last.clone())
                    })
                    .collect()
            }
            // Bytes of fractional numbers, each in a stream of its own: no text and no whole numbers.
            9 => Vec::new(),
            other => return Err(format!("its encoding {other} is not known")),
        })
    }

    /// Values as they stand.
    fn plain(&self, data: &[u8], count: usize) -> Vec<Cell> {
        let (mut cells, mut rest) = (Vec::new(), data);
        if self.column.kind == 0 {
            let flags = bits::packed(data, 1).take(count);
            return flags.map(|flag| Cell::Number(flag.cast_signed())).collect();
        }
        while cells.len() < count {
            let length = match self.column.kind {
                1 | 4 => 4,
                2 | 5 => 8,
                3 => 12,
                6 => match rest.split_first_chunk::<4>() {
                    Some((length, after)) => {
                        rest = after;
                        u32::from_le_bytes(*length) as usize
                    }
                    None => break,
                },
                _ => self.column.length.max(1),
            };
            let Some((value, after)) = rest.split_at_checked(length) else { break };
            rest = after;
            let number = value.iter().rev().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
            cells.push(match self.column.kind {
                1 => Cell::Number(i64::from((number as u32).cast_signed())),
                2 => Cell::Number(number.cast_signed()),
                4 => Cell::Real(f64::from(f32::from_bits(number as u32))),
                5 => Cell::Real(f64::from_bits(number)),
                3 => Cell::Bytes(Vec::new()),
                _ => Cell::Bytes(value.to_vec()),
            });
        }
        cells
    }
}

/// Bits that a level up to `most` takes.
fn width_of(most: u32) -> u32 {
    u32::BITS - most.leading_zeros()
}

/// Texts one after another, by their lengths.
fn texts(lengths: &[i64], mut data: &[u8]) -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    for length in lengths {
        let length = usize::try_from(*length).unwrap_or(0);
        let Some((text, rest)) = data.split_at_checked(length) else { break };
        texts.push(text.to_vec());
        data = rest;
    }
    texts
}

/// LZ4 as Hadoop frames it: both lengths before each block, most significant byte first.
fn hadoop_lz4(mut data: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut made = Vec::new();
    while !data.is_empty() {
        let (size, rest) = data.split_first_chunk::<4>()?;
        let (packed, rest) = rest.split_first_chunk::<4>()?;
        let packed = u32::from_be_bytes(*packed) as usize;
        let (block, rest) = rest.split_at_checked(packed)?;
        let size = u32::from_be_bytes(*size) as usize;
        if made.len() + size > most {
            return None;
        }
        made.extend(lz4_block(block, size).ok()?);
        data = rest;
    }
    Some(made)
}
