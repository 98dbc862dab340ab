//! Reads an archive.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::columns::{Batch, GroupReader};
use super::schema;
use super::{ArchiveIndex, index_path};
use crate::row::{Place, Row};
use crate::run::{ReadFailure, Run, Want};

/// Rows that are decoded at a time.
const BATCH_ROWS: u64 = 2048;

/// The wanted rows of an archive, in the order of files.
pub(crate) struct ArchiveRun {
    number: u64,
    path: PathBuf,
    parquet: Arc<File>,
    index_file: File,
    index: Arc<ArchiveIndex>,
    want: Want,
    /// Rows that were not decoded yet.
    rows: Range<u64>,
    /// The row group of the next row, and where it ends.
    group: Option<(GroupReader, u64)>,
    batch: Batch,
    row: usize,
}

impl ArchiveRun {
    /// Begins at the first wanted row; `None` where there is none.
    pub(crate) fn open(
        number: u64,
        path: &Path,
        index_file: File,
        index: Arc<ArchiveIndex>,
        want: Want,
    ) -> Result<Option<Self>, ReadFailure> {
        let fail = |error| ReadFailure::of(number, path, error);
        let of_index = |error| ReadFailure::of(number, &index_path(path), error);
        let rows = match &want.key {
            None => 0..index.rows,
            Some(key) => match index.find(&index_file, &key.text).map_err(of_index)? {
                None => return Ok(None),
                Some(range) => {
                    let end = range.first_row + range.rows;
                    let is_cut = want.until.is_some_and(|until| until <= range.last);
                    // Without an earlier end, the last rows of the key are the last rows of the file.
                    let last = want.last.filter(|_| !is_cut).map(|last| last as u64);
                    let first = last.map_or(range.first_row, |last| {
                        range.first_row.max(end.saturating_sub(last))
                    });
                    first..end
                }
            },
        };
        let parquet = Arc::new(File::open(path).map_err(fail)?);
        let path = path.to_owned();
        let (group, batch, row) = (None, Batch::default(), 0);
        let mut run =
            Self { number, path, parquet, index_file, index, want, rows, group, batch, row };
        run.find()?;
        Ok(Some(run))
    }

    /// Goes on from the current row to the first that is wanted.
    fn find(&mut self) -> Result<(), ReadFailure> {
        loop {
            while self.row < self.batch.rows() {
                if self.want.has_time(self.batch.place(self.row).time) {
                    return Ok(());
                }
                self.row += 1;
            }
            if self.rows.is_empty() {
                return Ok(());
            }
            self.row = 0;
            self.batch = self.next_batch()?;
        }
    }

    fn next_batch(&mut self) -> Result<Batch, ReadFailure> {
        let fail = |error| ReadFailure::of(self.number, &self.path, error);
        let of_index = |error| ReadFailure::of(self.number, &index_path(&self.path), error);
        let next = self.rows.start;
        let (reader, end) = match &mut self.group {
            Some((reader, end)) if next < *end => (reader, *end),
            group => {
                let (first, rows, pages) =
                    self.index.group_of(&self.index_file, next).map_err(of_index)?;
                let schema = schema::schema(self.index.unit).map_err(fail)?;
                let key = self.want.key.as_ref().map(|key| key.text.clone());
                let size = usize::try_from(rows).unwrap_or(usize::MAX);
                let unit = self.index.unit;
                let mut reader =
                    GroupReader::open(&self.parquet, &pages, (&schema, unit), size, key)
                        .map_err(fail)?;
                if next > first {
                    reader
                        .skip(usize::try_from(next - first).unwrap_or(usize::MAX))
                        .map_err(fail)?;
                }
                let (reader, end) = group.insert((reader, first + rows));
                (reader, *end)
            }
        };
        let last = self.rows.end.min(end).min(next + BATCH_ROWS);
        let rows = usize::try_from(last - next).unwrap_or_default();
        let batch = reader.read(rows).map_err(fail)?;
        self.rows.start = last;
        Ok(batch)
    }
}

impl Run for ArchiveRun {
    fn place(&self) -> Option<Place<'_>> {
        (self.row < self.batch.rows()).then(|| self.batch.place(self.row))
    }

    fn row(&self) -> Option<Row<'_>> {
        (self.row < self.batch.rows()).then(|| self.batch.row(self.row))
    }

    fn advance(&mut self) -> Result<(), ReadFailure> {
        self.row += 1;
        self.find()
    }
}

/// Opens the index of an archive.
pub(crate) fn open_index(path: &Path) -> io::Result<(File, ArchiveIndex)> {
    let file = File::open(index_path(path))?;
    let index = ArchiveIndex::read(&file)?;
    Ok((file, index))
}
