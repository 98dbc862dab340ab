//! Forgets the oldest days: by age, or to keep within so many bytes. Nothing is dropped silently.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::HistoryError;
use crate::manifest::FileEntry;
use crate::moment::Moment;
use crate::state::{State, locked};

/// What was dropped, and what is left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retained {
    /// The days that were dropped, the oldest first.
    pub dropped: Vec<Date>,
    /// Rows of their files: their events, and repeats that were not merged yet.
    pub rows: u64,
    /// Bytes of their files.
    pub bytes: u64,
    /// Bytes of the days that are left.
    pub bytes_left: u64,
    /// Bytes of what is left beyond the bound: the present day is never dropped for its size.
    pub bytes_over: u64,
}

impl State {
    /// Drops days that ended `max_age` before `now` or earlier, then the oldest days until the others take
    /// no more than `max_bytes`.
    pub(crate) fn retain(
        &self,
        now: Timestamp,
        max_age: Option<SignedDuration>,
        max_bytes: Option<u64>,
    ) -> Result<Retained, HistoryError> {
        self.flush()?;
        let _turn = locked(&self.upkeep);
        let today = Moment::of(now).day();
        // The day of this instant is not over then; those before it are.
        let kept_from = max_age.and_then(|age| now.checked_sub(age).ok());
        let kept_from = kept_from.map(|oldest| Moment::of(oldest).day());
        let days = self.manifest().days();
        let bytes_of = |files: &[FileEntry]| files.iter().map(|file| file.bytes).sum::<u64>();
        let mut left: u64 = days.values().map(|files| bytes_of(files)).sum();
        let mut done = Retained::default();
        let mut files = Vec::new();
        for (day, of_day) in days {
            let is_old = kept_from.is_some_and(|kept| day < kept);
            let is_too_much = max_bytes.is_some_and(|max| left > max) && day < today;
            if !is_old && !is_too_much {
                continue;
            }
            left -= bytes_of(&of_day);
            done.bytes += bytes_of(&of_day);
            done.rows += of_day.iter().map(|file| file.rows).sum::<u64>();
            done.dropped.push(day);
            files.extend(of_day);
        }
        done.bytes_left = left;
        done.bytes_over = max_bytes.map_or(0, |max| left.saturating_sub(max));
        if !files.is_empty() {
            self.drop_files(&files, &done.dropped)?;
        }
        Ok(done)
    }

    /// Drops files, and what is known of damage to their days.
    fn drop_files(&self, files: &[FileEntry], days: &[Date]) -> Result<(), HistoryError> {
        let is_dropped = |number: u64| files.iter().any(|file| file.number == number);
        let last = days.iter().max().copied();
        self.edit(|manifest| {
            manifest.files.retain(|file| !is_dropped(file.number));
            // A loss in days that nobody asks for any more is no news.
            manifest.damage.retain(|damage| damage.last_day.is_none() || damage.last_day > last);
        })?;
        files.iter().for_each(|file| self.forget(file));
        Ok(())
    }
}
