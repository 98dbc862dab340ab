//! A few thousand events in columns: what the write-ahead log, segments and spilled runs are made of.
//!
//! Built for being written and read fast and for being small as far as that costs no time: repeated texts
//! are kept once a block, numbers in few bytes, ids packed; nothing is compressed, and any row is found
//! without decoding the others. It does not guard itself against damage; what carries blocks has checksums.

mod digits;
mod numbered;
mod numbers;
mod short;
mod texts;
mod texts_builder;

pub(crate) use self::numbered::Numbered;

use self::numbers::{Numbers, NumbersBuilder};
use self::texts::Texts;
use self::texts_builder::TextsBuilder;
use crate::moment::Moment;
use crate::row::{Place, Row, Text};
use crate::wire::{Reader, put_size};

/// Most rows of a block: small enough to be read for one key, and an index of a text fits in 16 bits.
pub(crate) const ROWS_MAX: usize = 4096;

/// Bytes of texts beyond which a block takes no further row: rows are small, hostile ones are not.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// Gathers rows into a block.
#[derive(Debug)]
pub(crate) struct BlockBuilder {
    rows: usize,
    texts: Vec<TextsBuilder>,
    micros: NumbersBuilder,
    nanos: NumbersBuilder,
    numbers: [NumbersBuilder; 3],
}

impl Default for BlockBuilder {
    fn default() -> Self {
        Self {
            rows: 0,
            texts: Text::ALL.map(TextsBuilder::new).into(),
            micros: NumbersBuilder::default(),
            nanos: NumbersBuilder::default(),
            numbers: Default::default(),
        }
    }
}

impl BlockBuilder {
    pub(crate) fn push(&mut self, row: &Row<'_>) {
        self.rows += 1;
        for (column, value) in self.texts.iter_mut().zip(row.texts) {
            column.push(value);
        }
        self.micros.push(Some(ordered(row.time.micros)));
        self.nanos.push(Some(u64::from(row.time.nanos)));
        for (column, value) in self.numbers.iter_mut().zip(row.numbers) {
            column.push(value);
        }
    }

    /// Adds rows of blocks, a column after the other: that is several times as fast as row by row.
    pub(crate) fn gather(&mut self, from: &Numbered, rows: &[(u32, u16)]) {
        self.rows += rows.len();
        let blocks = || rows.iter().filter_map(|(block, row)| from.block(*block, *row));
        for (column, texts) in Text::ALL.into_iter().zip(&mut self.texts) {
            for (block, numbers, row) in blocks() {
                let all = &block.texts[column as usize];
                let place = all.place(&block.bytes, row);
                let value = place.and_then(|place| all.value(&block.bytes, place));
                let number = place.and_then(|place| numbers[column as usize].get(place));
                match (value, number) {
                    (Some(value), Some(number)) => texts.push_known(*number, value),
                    (value, _) => texts.push(value),
                }
            }
        }
        for (block, _, row) in blocks() {
            self.micros.push(block.micros.get(&block.bytes, row));
        }
        for (block, _, row) in blocks() {
            self.nanos.push(block.nanos.get(&block.bytes, row));
        }
        for (place, numbers) in self.numbers.iter_mut().enumerate() {
            for (block, _, row) in blocks() {
                numbers.push(block.numbers[place].get(&block.bytes, row));
            }
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether the next row belongs into another block.
    pub(crate) fn is_full(&self) -> bool {
        let bytes = || self.texts.iter().map(TextsBuilder::bytes).sum::<usize>();
        self.rows >= ROWS_MAX || bytes() >= TEXT_BYTES_MAX
    }

    /// Appends the block of the rows so far.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.encode_with(&self.texts[Text::EventId as usize], out);
    }

    /// The same with another column of ids, which is the last.
    fn encode_with(&self, ids: &TextsBuilder, out: &mut Vec<u8>) {
        put_size(out, self.rows);
        self.micros.encode(out);
        self.nanos.encode(out);
        self.numbers.iter().for_each(|column| column.encode(out));
        let others = self.texts.iter().take(Text::EventId as usize);
        others.chain([ids]).for_each(|column| column.encode(out));
    }

    /// Forgets the rows, and keeps the room they had.
    pub(crate) fn clear(&mut self) {
        self.rows = 0;
        self.micros.clear();
        self.nanos.clear();
        self.numbers.iter_mut().for_each(NumbersBuilder::clear);
        self.texts.iter_mut().for_each(TextsBuilder::clear);
    }
}

/// Microseconds as a number whose order is theirs.
fn ordered(micros: i64) -> u64 {
    micros.cast_unsigned() ^ (1 << 63)
}

/// A block as it lies in memory.
#[derive(Debug)]
pub(crate) struct Block {
    bytes: Vec<u8>,
    rows: usize,
    micros: Numbers,
    nanos: Numbers,
    numbers: [Numbers; 3],
    texts: [Texts; 10],
}

impl Block {
    /// Takes the bytes that a builder encoded; `None` if they are none such.
    pub(crate) fn parse(mut bytes: Vec<u8>) -> Option<Self> {
        let mut reader = Reader::new(&bytes);
        let rows = reader.size().filter(|rows| *rows <= ROWS_MAX)?;
        let micros = Numbers::parse(&mut reader, rows)?;
        let nanos = Numbers::parse(&mut reader, rows)?;
        let mut numbers = [micros; 3];
        for column in &mut numbers {
            *column = Numbers::parse(&mut reader, rows)?;
        }
        let mut unpacked = Vec::new();
        let first = Texts::parse(&mut reader, &bytes, rows, &mut unpacked)?;
        let mut texts = [first; 10];
        for column in texts.iter_mut().skip(1) {
            *column = Texts::parse(&mut reader, &bytes, rows, &mut unpacked)?;
        }
        if !reader.is_at_end() {
            return None;
        }
        bytes.append(&mut unpacked);
        Some(Self { rows, micros, nanos, numbers, texts, bytes })
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes that it holds in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len() + size_of::<Self>()
    }

    pub(crate) fn time(&self, row: usize) -> Moment {
        let micros = self.micros.get(&self.bytes, row).unwrap_or_default();
        let nanos = self.nanos.get(&self.bytes, row).unwrap_or_default();
        Moment {
            micros: (micros ^ (1 << 63)).cast_signed(),
            nanos: u16::try_from(nanos).unwrap_or_default(),
        }
    }

    pub(crate) fn text(&self, column: Text, row: usize) -> Option<&[u8]> {
        self.texts[column as usize].get(&self.bytes, row)
    }

    pub(crate) fn place(&self, row: usize) -> Place<'_> {
        Place {
            key: self.text(Text::AccessKeyId, row),
            time: self.time(row),
            event_id: self.text(Text::EventId, row).unwrap_or_default(),
        }
    }

    pub(crate) fn row(&self, row: usize) -> Row<'_> {
        Row {
            time: self.time(row),
            texts: std::array::from_fn(|column| self.texts[column].get(&self.bytes, row)),
            numbers: std::array::from_fn(|column| self.numbers[column].get(&self.bytes, row)),
        }
    }

    /// The different keys of its rows, each once, in the order of their places.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.texts[Text::AccessKeyId as usize].values(&self.bytes)
    }

    /// One of [`Self::keys`], by its place.
    pub(crate) fn key(&self, place: usize) -> Option<&[u8]> {
        self.texts[Text::AccessKeyId as usize].value(&self.bytes, place)
    }

    /// The different values of a column, each once, in the order of their places; none where each row has
    /// its own.
    fn different(&self, column: Text) -> impl Iterator<Item = &[u8]> {
        let texts = Some(&self.texts[column as usize]).filter(|texts| texts.is_dictionary());
        texts.into_iter().flat_map(|texts| texts.values(&self.bytes))
    }

    /// The place of a row's key among [`Self::keys`].
    pub(crate) fn key_place(&self, row: usize) -> Option<usize> {
        self.texts[Text::AccessKeyId as usize].place(&self.bytes, row)
    }

    /// The first row, of rows in the order of files, that does not stand before `is_before` says.
    pub(crate) fn partition_point(&self, is_before: impl Fn(Place<'_>) -> bool) -> usize {
        let (mut low, mut high) = (0, self.rows);
        while low < high {
            let middle = usize::midpoint(low, high);
            if is_before(self.place(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}
