//! Makes the index of an archive again, out of the Parquet file alone.

use std::fs::File;
use std::io;
use std::path::Path;

use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::data_type::ByteArray;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;

use super::index::{ArchiveIndex, IndexWriter, KeyRange};
use super::schema::{self, COLUMNS, Unit};
use super::{index_path, io_error};
use crate::moment::Moment;

/// Rows that are decoded at a time.
const BATCH_ROWS: usize = 16_384;

/// Writes the index of a Parquet file that was written here, in the place of the one that is lost.
///
/// Checksums are those of the pages as they are now; a page that was damaged before is found out only
/// where it cannot be decoded.
pub(crate) fn make_index_again(path: &Path) -> io::Result<(File, ArchiveIndex)> {
    let metadata = ParquetMetaDataReader::new()
        .with_page_index_policy(PageIndexPolicy::Required)
        .parse_and_finish(&File::open(path)?)
        .map_err(io_error)?;
    let facts = metadata.file_metadata().key_value_metadata().cloned().unwrap_or_default();
    let unit = schema::unit_of(&facts);
    let recency = facts.iter().find(|fact| fact.key == schema::RECENCY);
    let recency = recency.and_then(|fact| fact.value.as_ref()?.parse().ok()).unwrap_or_default();
    let is_ours = metadata.file_metadata().schema_descr().columns().len() == COLUMNS.len();
    if !is_ours {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the file has another schema"));
    }
    let keys = keys_of(path, &metadata, unit)?;
    let writer = IndexWriter { recency, unit, keys, metadata: &metadata };
    writer.write(path, &index_path(path))?;
    super::run::open_index(path)
}

/// The ranges of rows of all keys.
fn keys_of(path: &Path, metadata: &ParquetMetaData, unit: Unit) -> io::Result<Vec<KeyRange>> {
    let reader = SerializedFileReader::new(File::open(path)?).map_err(io_error)?;
    let column =
        |wanted: &str| COLUMNS.iter().position(|(name, _)| *name == wanted).unwrap_or_default();
    let (mut ranges, mut row) = (Vec::new(), 0);
    for group in 0..metadata.num_row_groups() {
        let group = reader.get_row_group(group).map_err(io_error)?;
        let open = |place: usize| {
            let pages = group.get_column_page_reader(place).map_err(io_error)?;
            let description = metadata.file_metadata().schema_descr().column(place);
            Ok::<_, io::Error>(get_column_reader(description, pages))
        };
        let readers =
            [open(column("access_key_id"))?, open(column("time"))?, open(column("time_nanos"))?];
        let [
            ColumnReader::ByteArrayColumnReader(mut keys),
            ColumnReader::Int64ColumnReader(mut times),
            ColumnReader::Int32ColumnReader(mut nanos),
        ] = readers
        else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file has another schema"));
        };
        loop {
            let (mut levels, mut key, mut time, mut nano) = (vec![], vec![], vec![], vec![]);
            keys.read_records(BATCH_ROWS, Some(&mut levels), None, &mut key).map_err(io_error)?;
            times.read_records(BATCH_ROWS, None, None, &mut time).map_err(io_error)?;
            nanos.read_records(BATCH_ROWS, None, None, &mut nano).map_err(io_error)?;
            if time.is_empty() {
                break;
            }
            let mut there = key.iter().map(ByteArray::data);
            for ((level, time), nanos) in levels.iter().zip(&time).zip(&nano) {
                let key = if *level > 0 { there.next() } else { None };
                let micros = time.saturating_mul(unit.micros());
                let time = Moment { micros, nanos: u16::try_from(*nanos).unwrap_or_default() };
                KeyRange::extend(&mut ranges, key, row, time);
                row += 1;
            }
        }
    }
    Ok(ranges)
}
