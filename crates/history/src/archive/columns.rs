//! Some rows of an archive, decoded by column.

use std::fs::File;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::{ByteArray, DataType};
use parquet::schema::types::SchemaDescriptor;

use super::io_error;
use super::pages::{GroupPages, Unzip};
use super::schema::{COLUMNS, Column, Unit};
use crate::derived::{ID_BYTES, Recipe};
use crate::moment::Moment;
use crate::row::{Place, Row, Text};

/// The readers of the columns of one row group, which go on together.
pub(super) struct GroupReader {
    unit: Unit,
    columns: Vec<(Column, ColumnReader)>,
    /// The key of all rows that are read, where the caller knows it.
    key: Option<Arc<[u8]>>,
    /// Recipes of event ids that were met.
    recipes: Vec<Recipe>,
}

impl GroupReader {
    /// Stands at a row of the group. The column of keys is left out where the key is known.
    pub(super) fn open(
        file: &Arc<File>,
        pages: &GroupPages,
        (schema, unit): (&SchemaDescriptor, Unit),
        rows: usize,
        key: Option<Arc<[u8]>>,
    ) -> io::Result<Self> {
        let (mut columns, unzip) = (Vec::new(), Unzip::new()?);
        for (place, (_, column)) in COLUMNS.into_iter().enumerate() {
            if key.is_some() && matches!(column, Column::Text(Text::AccessKeyId)) {
                continue;
            }
            let description = schema.column(place);
            let pages = pages.reader(file, place, rows, &unzip)?;
            columns.push((column, get_column_reader(description, pages)));
        }
        Ok(Self { unit, columns, key, recipes: Vec::new() })
    }

    pub(super) fn skip(&mut self, rows: usize) -> io::Result<()> {
        for (_, reader) in &mut self.columns {
            let skipped = match reader {
                ColumnReader::Int32ColumnReader(reader) => reader.skip_records(rows),
                ColumnReader::Int64ColumnReader(reader) => reader.skip_records(rows),
                ColumnReader::ByteArrayColumnReader(reader) => reader.skip_records(rows),
                _ => Ok(0),
            };
            if skipped.map_err(io_error)? != rows {
                return Err(too_few());
            }
        }
        Ok(())
    }

    /// The next rows.
    pub(super) fn read(&mut self, rows: usize) -> io::Result<Batch> {
        let mut recipes = Values::default();
        let mut batch = Batch { rows, unit: self.unit, key: self.key.clone(), ..Batch::default() };
        for (column, reader) in &mut self.columns {
            match (column, reader) {
                (Column::Time, ColumnReader::Int64ColumnReader(reader)) => {
                    batch.times = read(reader, rows)?;
                }
                (Column::Nanos, ColumnReader::Int32ColumnReader(reader)) => {
                    batch.nanos = read(reader, rows)?;
                }
                (Column::Number(number), ColumnReader::Int32ColumnReader(reader)) => {
                    let narrow = read(reader, rows)?;
                    let values = narrow.values.into_iter().map(i64::from).collect();
                    batch.numbers[*number as usize] = Values { values, slots: narrow.slots };
                }
                (Column::Number(number), ColumnReader::Int64ColumnReader(reader)) => {
                    batch.numbers[*number as usize] = read(reader, rows)?;
                }
                (Column::Text(text), ColumnReader::ByteArrayColumnReader(reader)) => {
                    batch.texts[*text as usize] = read(reader, rows)?;
                }
                (Column::EventIdFrom, ColumnReader::ByteArrayColumnReader(reader)) => {
                    recipes = read(reader, rows)?;
                }
                _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "another schema")),
            }
        }
        let ids = batch.event_ids(&recipes, &mut self.recipes)?;
        batch.texts[Text::EventId as usize] = ids;
        Ok(batch)
    }
}

fn too_few() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a column has too few rows")
}

fn read<T: DataType>(reader: &mut ColumnReaderImpl<T>, rows: usize) -> io::Result<Values<T::T>> {
    let (mut values, mut levels) = (Vec::with_capacity(rows), Vec::new());
    let (records, count, _) =
        reader.read_records(rows, Some(&mut levels), None, &mut values).map_err(io_error)?;
    if records != rows {
        return Err(too_few());
    }
    if count == rows {
        return Ok(Values { values, slots: None });
    }
    let mut next = 0;
    let slot = |level: i16| {
        let slot = (level > 0).then_some(next);
        next += usize::from(level > 0);
        slot
    };
    let slots = levels.into_iter().map(slot).collect();
    Ok(Values { values, slots: Some(slots) })
}

/// The values of a column.
struct Values<T> {
    /// Those that are there.
    values: Vec<T>,
    /// A row: which value is its; unless every row has one.
    slots: Option<Vec<Option<usize>>>,
}

impl<T> Default for Values<T> {
    fn default() -> Self {
        Self { values: Vec::new(), slots: None }
    }
}

impl<T> Values<T> {
    fn get(&self, row: usize) -> Option<&T> {
        let slot = match &self.slots {
            Some(slots) => (*slots.get(row)?)?,
            None => row,
        };
        self.values.get(slot)
    }
}

/// Rows in memory.
#[derive(Default)]
pub(super) struct Batch {
    rows: usize,
    unit: Unit,
    key: Option<Arc<[u8]>>,
    times: Values<i64>,
    nanos: Values<i32>,
    texts: [Values<ByteArray>; 10],
    numbers: [Values<i64>; 3],
}

impl Batch {
    /// The event id of each row, those that are there and those that are derived.
    fn event_ids(
        &self,
        from: &Values<ByteArray>,
        known: &mut Vec<Recipe>,
    ) -> io::Result<Values<ByteArray>> {
        let lost = || io::Error::new(io::ErrorKind::InvalidData, "an event id is missing");
        let kept = &self.texts[Text::EventId as usize];
        let (mut derived, mut room) = (Vec::with_capacity(self.rows * ID_BYTES), Vec::new());
        for row in (0..self.rows).filter(|row| kept.get(*row).is_none()) {
            let text = from.get(row).and_then(|text| text.as_utf8().ok()).ok_or_else(lost)?;
            if !known.iter().any(|recipe| recipe.text() == text) {
                known.push(Recipe::parse(text).ok_or_else(lost)?);
            }
            let recipe = known.iter().find(|recipe| recipe.text() == text).ok_or_else(lost)?;
            derived.extend_from_slice(&recipe.id(&self.row(row), &mut room));
        }
        let derived = Bytes::from(derived);
        let mut next = (0..derived.len()).step_by(ID_BYTES);
        let mut values = Vec::with_capacity(self.rows);
        for row in 0..self.rows {
            values.push(match kept.get(row) {
                Some(id) => id.clone(),
                None => {
                    let start = next.next().ok_or_else(lost)?;
                    ByteArray::from(derived.slice(start..start + ID_BYTES))
                }
            });
        }
        Ok(Values { values, slots: None })
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    fn time(&self, row: usize) -> Moment {
        let time = self.times.get(row).copied().unwrap_or_default();
        let nanos = self.nanos.get(row).copied().unwrap_or_default();
        Moment {
            micros: time.saturating_mul(self.unit.micros()),
            nanos: u16::try_from(nanos).unwrap_or_default(),
        }
    }

    fn text(&self, column: Text, row: usize) -> Option<&[u8]> {
        match &self.key {
            Some(key) if column == Text::AccessKeyId => Some(key),
            _ => self.texts[column as usize].get(row).map(ByteArray::data),
        }
    }

    pub(super) fn place(&self, row: usize) -> Place<'_> {
        Place {
            key: self.text(Text::AccessKeyId, row),
            time: self.time(row),
            event_id: self.text(Text::EventId, row).unwrap_or_default(),
        }
    }

    pub(super) fn row(&self, row: usize) -> Row<'_> {
        Row {
            time: self.time(row),
            texts: Text::ALL.map(|column| self.text(column, row)),
            numbers: std::array::from_fn(|column| {
                self.numbers[column].get(row).map(|value| value.cast_unsigned())
            }),
        }
    }
}
