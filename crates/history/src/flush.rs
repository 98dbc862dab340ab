//! Turns the write-ahead log into segments, one a day, and keeps their number small.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use crate::block::Numbered;
use crate::journal::Frozen;
use crate::manifest::{FileEntry, Kind, path_of, wal_path};
use crate::moment::day_of_number;
use crate::segment::SegmentWriter;
use crate::state::{State, locked};
use crate::{HistoryError, damage, disk};

/// So many segments of one day that were merged equally often become one: a lookup opens few files, and an
/// event is rewritten about once for each factor of this many.
const SEGMENTS_MERGED: usize = 16;

impl State {
    /// Turns everything that was appended before into segments.
    pub(crate) fn flush(&self) -> Result<(), HistoryError> {
        self.must_own()?;
        let days = {
            let _turn = locked(&self.flushing);
            // What could not be settled before comes first, lest files pile up.
            let mut days = self.settle_frozen()?;
            let mut active = locked(&self.journal.active);
            if !locked(&self.journal.tables).active.is_empty() {
                self.rotate(&mut active)?;
            }
            drop(active);
            days.append(&mut self.settle_frozen()?);
            days
        };
        days.into_iter().try_for_each(|day| self.merge_segments(day))
    }

    fn settle_frozen(&self) -> Result<BTreeSet<Date>, HistoryError> {
        let mut days = BTreeSet::new();
        loop {
            let oldest = locked(&self.journal.tables).frozen.first().cloned();
            let Some(frozen) = oldest else { return Ok(days) };
            days.append(&mut self.settle(&frozen)?);
        }
    }

    /// Writes the segments of one file of the write-ahead log, and lets it go.
    fn settle(&self, frozen: &Arc<Frozen>) -> Result<BTreeSet<Date>, HistoryError> {
        let recency = frozen.number;
        let mut entries = Vec::new();
        let (blocks, days) = frozen.rows.days();
        for (day, rows) in days {
            entries.push(self.write_segment(day_of_number(day), &blocks, &rows, recency)?);
        }
        let days = entries.iter().map(|entry| entry.day).collect();
        let path = wal_path(&self.dir, frozen.number);
        self.edit(|manifest| {
            manifest.wals.retain(|number| *number != frozen.number);
            manifest.files.extend(entries);
            let lost = manifest.damage.iter_mut().filter(|lost| self.dir.join(&lost.file) == path);
            lost.for_each(|lost| lost.moved_to = damage::place_of(&path));
        })?;
        locked(&self.journal.tables).frozen.retain(|one| one.number != frozen.number);
        if frozen.is_damaged {
            damage::quarantine(&self.dir, &path);
        }
        disk::discard(&path);
        Ok(days)
    }

    fn write_segment(
        &self,
        day: Date,
        blocks: &Numbered,
        rows: &[(u32, u16)],
        recency: u64,
    ) -> Result<FileEntry, HistoryError> {
        let number = self.take_number();
        let path = path_of(&self.dir, Kind::Segment, day, number);
        let mut writer = SegmentWriter::create(&path)?;
        writer.gather(blocks, rows)?;
        self.finish_segment(writer, number, day, 0, recency)
    }

    fn finish_segment(
        &self,
        writer: SegmentWriter,
        number: u64,
        day: Date,
        level: u8,
        recency: u64,
    ) -> Result<FileEntry, HistoryError> {
        let (rows, bytes, in_millis) = writer.finish(recency)?;
        let path = path_of(&self.dir, Kind::Segment, day, number);
        let folder = path.parent().unwrap_or(&path);
        disk::sync_dir(folder).map_err(|error| HistoryError::of_write(&path, error))?;
        Ok(FileEntry { number, kind: Kind::Segment, day, level, recency, rows, bytes, in_millis })
    }

    /// Merges the segments of a day where they became many. Somebody else at work on the files comes first.
    fn merge_segments(&self, day: Date) -> Result<(), HistoryError> {
        let Ok(_turn) = self.upkeep.try_lock() else { return Ok(()) };
        for level in 0..u8::MAX {
            let files = self.manifest().days().remove(&day).unwrap_or_default();
            let is_like = |file: &FileEntry| file.is_segment() && file.level == level;
            let like: Vec<FileEntry> = files.into_iter().filter(is_like).collect();
            if like.len() < SEGMENTS_MERGED {
                return Ok(());
            }
            self.merge_into_segment(day, level + 1, &like)?;
        }
        Ok(())
    }

    fn merge_into_segment(
        &self,
        day: Date,
        level: u8,
        inputs: &[FileEntry],
    ) -> Result<(), HistoryError> {
        let number = self.take_number();
        let recency = inputs.iter().map(|file| file.recency).max().unwrap_or(number);
        let path = path_of(&self.dir, Kind::Segment, day, number);
        let merged = self.coping(inputs, |left| {
            let mut writer = match SegmentWriter::create(&path) {
                Ok(writer) => writer,
                Err(error) => return Ok(Err(error)),
            };
            let merged = self.merge_into(left, |row| writer.push(&row))?;
            Ok(merged.map(|()| writer))
        })?;
        let output = merged.and_then(|w| self.finish_segment(w, number, day, level, recency));
        let output = output.inspect_err(|_| disk::discard(&path))?;
        if output.rows == 0 {
            disk::discard(&path);
            return self.replace(inputs, Vec::new());
        }
        self.replace(inputs, vec![output])
    }

    /// Puts files in the place of others, which are removed.
    pub(crate) fn replace(
        &self,
        inputs: &[FileEntry],
        outputs: Vec<FileEntry>,
    ) -> Result<(), HistoryError> {
        let is_input = |number: u64| inputs.iter().any(|file| file.number == number);
        self.edit(|manifest| {
            manifest.files.retain(|file| !is_input(file.number));
            manifest.files.extend(outputs);
        })?;
        inputs.iter().for_each(|file| self.forget(file));
        Ok(())
    }
}
