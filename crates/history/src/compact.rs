//! Turns days that are over into archives.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::archive::{ArchiveWriter, Unit};
use crate::manifest::{FileEntry, Kind, path_of};
use crate::merge::{Merge, Order};
use crate::moment::Moment;
use crate::row::Row;
use crate::run::{ReadFailure, Want};
use crate::state::{State, locked};
use crate::{HistoryError, disk};

/// Rows of one archive: a larger day has several, so that no file is lost or rewritten that is too large to
/// handle.
const ARCHIVE_ROWS_MAX: u64 = 16 << 20;

/// What a compaction did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compaction {
    /// The days that were written anew, the oldest first.
    pub days: Vec<Date>,
    /// Rows of their files before, with repeats.
    pub rows_before: u64,
    /// Events of these days.
    pub rows: u64,
    /// Bytes of their files before.
    pub bytes_before: u64,
    /// Bytes of their files now.
    pub bytes: u64,
}

impl State {
    /// Turns every day before that of `now` into archives, what came late with what is there.
    pub(crate) fn compact(&self, now: Timestamp) -> Result<Compaction, HistoryError> {
        self.flush()?;
        let _turn = locked(&self.upkeep);
        let today = Moment::of(now).day();
        let mut done = Compaction::default();
        for (day, files) in self.manifest().days() {
            if day >= today || !files.iter().any(FileEntry::is_segment) {
                continue;
            }
            let archives = self.archive_day(day, &files)?;
            done.days.push(day);
            done.rows_before += files.iter().map(|file| file.rows).sum::<u64>();
            done.bytes_before += files.iter().map(|file| file.bytes).sum::<u64>();
            done.rows += archives.iter().map(|file| file.rows).sum::<u64>();
            done.bytes += archives.iter().map(|file| file.bytes).sum::<u64>();
        }
        Ok(done)
    }

    /// Puts archives in the place of all files of a day.
    fn archive_day(&self, day: Date, files: &[FileEntry]) -> Result<Vec<FileEntry>, HistoryError> {
        let written = self.coping(files, |left| {
            let mut parts = Parts::new(self, day, left);
            let merged = self.merge_into(left, |row| parts.push(&row));
            // Whatever happens, no half-written file stays.
            match merged {
                Ok(Ok(())) => Ok(parts.finish()),
                Ok(Err(error)) => Ok(parts.give_up(error)),
                Err(failure) => {
                    parts.discard();
                    Err(failure)
                }
            }
        })??;
        self.replace(files, written.clone())?;
        Ok(written)
    }

    /// Gives every event of some files to `take`, in the order of files, until it fails.
    pub(crate) fn merge_into(
        &self,
        files: &[FileEntry],
        mut take: impl FnMut(Row<'_>) -> Result<(), HistoryError>,
    ) -> Result<Result<(), HistoryError>, ReadFailure> {
        let mut runs = Vec::new();
        for file in files {
            runs.extend(self.open_run(file, &Want::default())?);
        }
        let mut merge = Merge::new(Order::Key, runs);
        loop {
            match merge.next(&mut take)? {
                Some(Ok(())) => {}
                Some(Err(error)) => return Ok(Err(error)),
                None => return Ok(Ok(())),
            }
        }
    }
}

/// The archives of a day that are being written.
struct Parts<'a> {
    state: &'a State,
    day: Date,
    recency: u64,
    unit: Unit,
    open: Option<(u64, ArchiveWriter)>,
    written: Vec<FileEntry>,
    /// Every file that was begun.
    paths: Vec<PathBuf>,
}

impl<'a> Parts<'a> {
    fn new(state: &'a State, day: Date, inputs: &[FileEntry]) -> Self {
        let recency = inputs.iter().map(|file| file.recency).max().unwrap_or_default();
        let unit =
            if inputs.iter().all(|file| file.in_millis) { Unit::Millis } else { Unit::Micros };
        Self { state, day, recency, unit, open: None, written: Vec::new(), paths: Vec::new() }
    }

    fn push(&mut self, row: &Row<'_>) -> Result<(), HistoryError> {
        if self.open.as_ref().is_some_and(|(_, writer)| writer.rows() >= ARCHIVE_ROWS_MAX) {
            self.end_part()?;
        }
        let writer = match &mut self.open {
            Some((_, writer)) => writer,
            open => {
                let number = self.state.take_number();
                let path = path_of(&self.state.dir, Kind::Archive, self.day, number);
                self.paths.push(path.clone());
                &mut open.insert((number, ArchiveWriter::create(&path, self.recency, self.unit)?)).1
            }
        };
        writer.push(row)
    }

    fn end_part(&mut self) -> Result<(), HistoryError> {
        let Some((number, writer)) = self.open.take() else { return Ok(()) };
        let (rows, bytes) = writer.finish()?;
        self.written.push(FileEntry {
            number,
            kind: Kind::Archive,
            day: self.day,
            level: 0,
            recency: self.recency,
            rows,
            bytes,
            in_millis: self.unit == Unit::Millis,
        });
        Ok(())
    }

    /// The archives, durable with their names.
    fn finish(mut self) -> Result<Vec<FileEntry>, HistoryError> {
        let ended = self.end_part().and_then(|()| {
            let Some(folder) = self.paths.first().and_then(|path| path.parent()) else {
                return Ok(());
            };
            disk::sync_dir(folder).map_err(|error| HistoryError::of_write(folder, error))
        });
        match ended {
            Ok(()) => Ok(self.written),
            Err(error) => self.give_up(error),
        }
    }

    fn give_up(self, error: HistoryError) -> Result<Vec<FileEntry>, HistoryError> {
        self.discard();
        Err(error)
    }

    fn discard(self) {
        drop(self.open);
        for path in &self.paths {
            disk::discard(path);
            disk::discard(&crate::archive::index_path(path));
            path.parent().map(std::fs::remove_dir);
        }
    }
}
