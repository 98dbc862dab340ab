//! The columns of an archive, as other engines see them, and how each is written.

use std::sync::{Arc, LazyLock};

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{
    EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion,
};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnPath, SchemaDescriptor};

use crate::row::{Number, Text};

/// Rows that are compressed together in a column: what a lookup decodes at least.
pub(super) const PAGE_ROWS: usize = 4096;

/// Rows whose repeated values are kept once: a lookup decodes all of them, so that they are few, and larger
/// groups would save next to nothing.
pub(super) const GROUP_ROWS: usize = 32_768;

/// Bytes of different objects of a row group up to which each is kept once: a lookup decodes them all.
const OBJECTS_BYTES_MAX: usize = 128 << 10;

/// One column.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column {
    /// UTC, without nanoseconds.
    Time,
    Text(Text),
    Number(Number),
    /// How the event id is derived, where it is not there itself.
    EventIdFrom,
    /// The nanoseconds beyond the time's microseconds.
    Nanos,
}

/// The columns in the order of the file.
pub(super) const COLUMNS: [(&str, Column); 16] = [
    ("time", Column::Time),
    ("access_key_id", Column::Text(Text::AccessKeyId)),
    ("account", Column::Text(Text::Account)),
    ("source_ip", Column::Text(Text::SourceIp)),
    ("user_agent", Column::Text(Text::UserAgent)),
    ("operation", Column::Text(Text::Operation)),
    ("bucket", Column::Text(Text::Bucket)),
    ("object", Column::Text(Text::Object)),
    ("status", Column::Number(Number::Status)),
    ("error", Column::Text(Text::Error)),
    ("bytes_out", Column::Number(Number::BytesOut)),
    ("bytes_in", Column::Number(Number::BytesIn)),
    ("request_id", Column::Text(Text::RequestId)),
    ("event_id", Column::Text(Text::EventId)),
    ("event_id_from", Column::EventIdFrom),
    ("time_nanos", Column::Nanos),
];

impl Column {
    pub(super) fn is_required(self) -> bool {
        matches!(self, Self::Time | Self::Nanos | Self::Text(Text::Operation))
    }

    fn kind(self, unit: Unit) -> String {
        match self {
            Self::Time => format!("INT64 {{}} (TIMESTAMP({},false))", unit.word()),
            Self::Text(_) | Self::EventIdFrom => "BYTE_ARRAY {} (STRING)".to_owned(),
            Self::Number(Number::Status) => "INT32 {} (INTEGER(16,false))".to_owned(),
            Self::Number(_) => "INT64 {} (INTEGER(64,false))".to_owned(),
            Self::Nanos => "INT32 {} (INTEGER(16,false))".to_owned(),
        }
    }
}

/// What the times of a file are multiples of. Most logs write seconds or milliseconds, which then take a
/// third less room; engines read both units as the same type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Unit {
    Millis,
    #[default]
    Micros,
}

impl Unit {
    fn word(self) -> &'static str {
        match self {
            Self::Millis => "MILLIS",
            Self::Micros => "MICROS",
        }
    }

    pub(super) fn micros(self) -> i64 {
        match self {
            Self::Millis => 1000,
            Self::Micros => 1,
        }
    }
}

static MILLIS: LazyLock<Result<Arc<SchemaDescriptor>, ParquetError>> =
    LazyLock::new(|| make(Unit::Millis));
static MICROS: LazyLock<Result<Arc<SchemaDescriptor>, ParquetError>> =
    LazyLock::new(|| make(Unit::Micros));

/// The schema of files with this unit.
pub(super) fn schema(unit: Unit) -> std::io::Result<Arc<SchemaDescriptor>> {
    let made = match unit {
        Unit::Millis => &*MILLIS,
        Unit::Micros => &*MICROS,
    };
    made.as_ref().cloned().map_err(|error| std::io::Error::other(error.to_string()))
}

fn make(unit: Unit) -> Result<Arc<SchemaDescriptor>, ParquetError> {
    let mut message = "message access_event {\n".to_owned();
    for (name, column) in COLUMNS {
        let need = if column.is_required() { "REQUIRED" } else { "OPTIONAL" };
        message += &format!("{need} {};\n", column.kind(unit).replace("{}", name));
    }
    let schema = parse_message_type(&(message + "}"))?;
    Ok(Arc::new(SchemaDescriptor::new(Arc::new(schema))))
}

/// How files are written.
pub(super) fn properties(recency: u64, unit: Unit) -> Result<WriterProperties, ParquetError> {
    let place = |wanted: &str| {
        let place = COLUMNS.iter().position(|(name, _)| *name == wanted).unwrap_or_default();
        let column_idx = i32::try_from(place).unwrap_or_default();
        SortingColumn { column_idx, descending: false, nulls_first: true }
    };
    let mut builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_created_by("claviger".to_owned())
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(PAGE_ROWS)
        .set_data_page_size_limit(16 << 20)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_sorting_columns(Some(vec![place("access_key_id"), place("time")]))
        .set_key_value_metadata(Some(vec![
            KeyValue::new(RECENCY.to_owned(), recency.to_string()),
            KeyValue::new(UNIT.to_owned(), unit.word().to_owned()),
        ]));
    for (name, column) in COLUMNS {
        builder = column_properties(builder, ColumnPath::from(name), column)?;
    }
    Ok(builder.build())
}

/// Names in the metadata of a file.
pub(super) const RECENCY: &str = "claviger.recency";
const UNIT: &str = "claviger.unit";

/// The unit that the metadata of a file tells.
pub(super) fn unit_of(metadata: &[KeyValue]) -> Unit {
    let is_millis = metadata
        .iter()
        .any(|one| one.key == UNIT && one.value.as_deref() == Some(Unit::Millis.word()));
    if is_millis { Unit::Millis } else { Unit::Micros }
}

fn column_properties(
    builder: WriterPropertiesBuilder,
    path: ColumnPath,
    column: Column,
) -> Result<WriterPropertiesBuilder, ParquetError> {
    Ok(match column {
        Column::Time => builder
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED),
        // Random digits: little repeats, and their entropy is found at the lowest level.
        Column::Text(Text::RequestId | Text::EventId) => builder
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_statistics_enabled(path.clone(), EnabledStatistics::None)
            .set_column_compression(path.clone(), Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_column_encoding(path, Encoding::DELTA_LENGTH_BYTE_ARRAY),
        // Either few objects that are asked for again and again, or each once.
        Column::Text(Text::Object) => builder
            .set_column_dictionary_page_size_limit(path.clone(), OBJECTS_BYTES_MAX)
            .set_column_statistics_enabled(path.clone(), EnabledStatistics::None)
            .set_column_encoding(path, Encoding::DELTA_LENGTH_BYTE_ARRAY),
        Column::Text(_) | Column::Number(_) | Column::EventIdFrom | Column::Nanos => builder,
    })
}

/// Whether a column of numbers has 32 bits.
pub(super) fn is_narrow(number: Number) -> bool {
    number == Number::Status
}
