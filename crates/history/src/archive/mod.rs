//! Archives: a day that is over, or a part of it, as Parquet sorted by key and time, for any engine to read
//! as it lies; beside it an index that only the history reads.
//!
//! The index (`.index`) tells which rows are a key's, where each page of them lies and its checksum, so that
//! one key is read without looking at the rest: a Bloom filter, the keys with their ranges of rows, and the
//! pages. It holds nothing that the Parquet file does not tell, and is made again where it is lost.

mod columns;
mod index;
mod page_header;
mod pages;
mod repair;
mod run;
mod schema;
mod writer;

pub(crate) use self::index::ArchiveIndex;
pub(crate) use self::repair::make_index_again;
pub(crate) use self::run::{ArchiveRun, open_index};
pub(crate) use self::schema::Unit;
pub(crate) use self::writer::ArchiveWriter;

use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;

/// Where the index of a Parquet file lies.
pub(crate) fn index_path(path: &Path) -> PathBuf {
    path.with_extension("index")
}

/// What Parquet says, as the system would.
fn io_error(error: ParquetError) -> std::io::Error {
    let invalid = |why: String| std::io::Error::new(std::io::ErrorKind::InvalidData, why);
    match error {
        ParquetError::External(error) => match error.downcast::<std::io::Error>() {
            Ok(error) => *error,
            Err(error) => invalid(error.to_string()),
        },
        error => invalid(error.to_string()),
    }
}
