//! Writes an archive.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};

use super::index::{IndexWriter, KeyRange};
use super::schema::{self, COLUMNS, Column, GROUP_ROWS, Unit};
use super::{index_path, io_error};
use crate::derived::Recipes;
use crate::row::{Row, Text};
use crate::{HistoryError, disk};

/// Texts beyond which a group of rows ends early, whatever their number: rows are small, hostile ones are
/// not.
const GROUP_TEXT_BYTES_MAX: usize = 256 << 20;

/// Takes rows in the order of files.
pub(crate) struct ArchiveWriter {
    path: PathBuf,
    recency: u64,
    unit: Unit,
    parquet: SerializedFileWriter<File>,
    group: Group,
    rows: u64,
    keys: Vec<KeyRange>,
    /// Finds ids that need not be kept; `None` where all are.
    recipes: Option<Recipes>,
}

impl ArchiveWriter {
    /// Begins a file of the history.
    pub(crate) fn create(path: &Path, recency: u64, unit: Unit) -> Result<Self, HistoryError> {
        let writer = Self::create_alone(path, recency, unit)?;
        Ok(Self { recipes: Some(Recipes::new()), ..writer })
    }

    /// Begins a file that the history does not read, with every id in it.
    pub(crate) fn create_alone(
        path: &Path,
        recency: u64,
        unit: Unit,
    ) -> Result<Self, HistoryError> {
        let begin = || -> io::Result<SerializedFileWriter<File>> {
            disk::make_dir(path.parent().unwrap_or(path))?;
            let schema = schema::schema(unit)?.root_schema_ptr();
            let properties = schema::properties(recency, unit).map_err(io_error)?;
            SerializedFileWriter::new(disk::create(path)?, schema, properties.into())
                .map_err(io_error)
        };
        Ok(Self {
            path: path.to_owned(),
            recency,
            unit,
            parquet: begin().map_err(|error| HistoryError::of_write(path, error))?,
            group: Group::default(),
            rows: 0,
            keys: Vec::new(),
            recipes: None,
        })
    }

    /// Rows so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    pub(crate) fn push(&mut self, row: &Row<'_>) -> Result<(), HistoryError> {
        let keys = self.keys.len();
        KeyRange::extend(&mut self.keys, row.text(Text::AccessKeyId), self.rows, row.time);
        let recipe = self.recipes.as_mut().and_then(|recipes| {
            if self.keys.len() > keys {
                recipes.begin_key();
            }
            recipes.find(row)
        });
        self.group.push(row, self.unit, recipe);
        self.rows += 1;
        if self.group.rows >= GROUP_ROWS || self.group.text_bytes >= GROUP_TEXT_BYTES_MAX {
            self.end_group()?;
        }
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), HistoryError> {
        let group = std::mem::take(&mut self.group);
        let write = || -> io::Result<Group> {
            let mut out = self.parquet.next_row_group().map_err(io_error)?;
            let emptied = group.write(&mut out)?;
            out.close().map_err(io_error)?;
            Ok(emptied)
        };
        self.group = write().map_err(|error| HistoryError::of_write(&self.path, error))?;
        Ok(())
    }

    /// Ends the file and writes its index, both durable when this returns but for their names in the folder.
    /// Gives their rows and bytes.
    pub(crate) fn finish(mut self) -> Result<(u64, u64), HistoryError> {
        let metadata = self.end()?;
        drop(self.parquet);
        let path = self.path;
        let fail = |error| HistoryError::of_write(&path, error);
        let index = IndexWriter {
            recency: self.recency,
            unit: self.unit,
            keys: self.keys,
            metadata: &metadata,
        };
        let written = index.write(&path, &index_path(&path)).map_err(fail)?;
        let bytes = path.metadata().map_err(fail)?.len();
        Ok((self.rows, bytes + written))
    }
}

impl ArchiveWriter {
    /// Ends the file, which is durable when this returns, but for its name. Gives what it tells of itself.
    fn end(&mut self) -> Result<ParquetMetaData, HistoryError> {
        if self.group.rows > 0 {
            self.end_group()?;
        }
        let fail = |error| HistoryError::of_write(&self.path, error);
        let metadata = self.parquet.finish().map_err(|error| fail(io_error(error)))?;
        self.parquet.inner().sync_all().map_err(fail)?;
        Ok(metadata)
    }

    /// Ends a file that has no index, because the history does not read it. Gives its rows.
    pub(crate) fn finish_alone(mut self) -> Result<u64, HistoryError> {
        self.end()?;
        Ok(self.rows)
    }
}

/// Rows that are written together, by column.
#[derive(Default)]
struct Group {
    rows: usize,
    text_bytes: usize,
    times: Vec<i64>,
    nanos: Vec<i32>,
    texts: [Texts; 10],
    event_id_from: Texts,
    numbers: [Numbers; 3],
}

#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    /// Where each value that is there ends.
    ends: Vec<usize>,
    /// A row: 1 where there is a value.
    levels: Vec<i16>,
}

#[derive(Default)]
struct Numbers {
    values: Vec<i64>,
    levels: Vec<i16>,
}

impl Group {
    /// Takes a row; one with a recipe without its event id.
    fn push(&mut self, row: &Row<'_>, unit: Unit, recipe: Option<&str>) {
        self.rows += 1;
        self.times.push(row.time.micros.div_euclid(unit.micros()));
        self.nanos.push(i32::from(row.time.nanos));
        for (column, text) in Text::ALL.into_iter().zip(&mut self.texts) {
            let is_left_out = column == Text::EventId && recipe.is_some();
            self.text_bytes += text.push(row.text(column).filter(|_| !is_left_out));
        }
        self.event_id_from.push(recipe.map(str::as_bytes));
        for (column, value) in self.numbers.iter_mut().zip(row.numbers) {
            column.levels.push(i16::from(value.is_some()));
            column.values.extend(value.map(u64::cast_signed));
        }
    }

    /// Writes every column, and gives the room back.
    fn write(mut self, out: &mut SerializedRowGroupWriter<'_, File>) -> io::Result<Self> {
        let too_few = || io::Error::other("the schema has too few columns");
        let mut values = Vec::new();
        for (_, column) in COLUMNS {
            let mut writer = out.next_column().map_err(io_error)?.ok_or_else(too_few)?;
            let written = match column {
                Column::Time => writer.typed::<Int64Type>().write_batch(&self.times, None, None),
                Column::Nanos => writer.typed::<Int32Type>().write_batch(&self.nanos, None, None),
                Column::Text(_) | Column::EventIdFrom => {
                    let texts = match column {
                        Column::Text(text) => &mut self.texts[text as usize],
                        _ => &mut self.event_id_from,
                    };
                    texts.take_values(&mut values);
                    let levels = (!column.is_required()).then_some(texts.levels.as_slice());
                    writer.typed::<ByteArrayType>().write_batch(&values, levels, None)
                }
                Column::Number(number) => {
                    let numbers = &self.numbers[number as usize];
                    let levels = Some(numbers.levels.as_slice());
                    if schema::is_narrow(number) {
                        let narrow = |value: &i64| i32::try_from(*value).unwrap_or_default();
                        let narrowed: Vec<i32> = numbers.values.iter().map(narrow).collect();
                        writer.typed::<Int32Type>().write_batch(&narrowed, levels, None)
                    } else {
                        writer.typed::<Int64Type>().write_batch(&numbers.values, levels, None)
                    }
                }
            };
            written.map_err(io_error)?;
            writer.close().map_err(io_error)?;
        }
        self.clear();
        Ok(self)
    }

    fn clear(&mut self) {
        (self.rows, self.text_bytes) = (0, 0);
        self.times.clear();
        self.nanos.clear();
        for texts in self.texts.iter_mut().chain([&mut self.event_id_from]) {
            texts.ends.clear();
            texts.levels.clear();
        }
        for numbers in &mut self.numbers {
            numbers.values.clear();
            numbers.levels.clear();
        }
    }
}

impl Texts {
    /// Takes the value of a row. Gives its bytes.
    fn push(&mut self, value: Option<&[u8]>) -> usize {
        self.levels.push(i16::from(value.is_some()));
        if let Some(value) = value {
            self.bytes.extend_from_slice(value);
            self.ends.push(self.bytes.len());
        }
        value.map_or(0, <[u8]>::len)
    }

    /// The values, as parts of one buffer.
    fn take_values(&mut self, values: &mut Vec<ByteArray>) {
        let room = self.bytes.len();
        let bytes = Bytes::from(std::mem::replace(&mut self.bytes, Vec::with_capacity(room)));
        let mut start = 0;
        values.clear();
        for end in &self.ends {
            values.push(ByteArray::from(bytes.slice(start..*end)));
            start = *end;
        }
    }
}
