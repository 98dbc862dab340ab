//! What the history holds of each day.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::HistoryError;
use crate::moment::day_of_number;
use crate::state::State;

/// One day of the history, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayHeld {
    /// The day.
    pub day: Date,
    /// Rows in its files: its events, and repeats that were not merged yet.
    pub rows: u64,
    /// Bytes of its files; what is in the write-ahead log alone has none.
    pub bytes: u64,
    /// Files that wait to be merged.
    pub segments: u64,
}

impl State {
    /// The days that hold events, the oldest first.
    pub(crate) fn days(&self) -> Result<Vec<DayHeld>, HistoryError> {
        let view = self.view()?;
        let empty = |day| DayHeld { day, rows: 0, bytes: 0, segments: 0 };
        let mut days: BTreeMap<Date, DayHeld> = BTreeMap::new();
        for (number, rows) in view.memory.rows_by_day() {
            let day = day_of_number(number);
            days.entry(day).or_insert_with(|| empty(day)).rows += rows;
        }
        for file in &view.manifest.files {
            let held = days.entry(file.day).or_insert_with(|| empty(file.day));
            held.rows += file.rows;
            held.bytes += file.bytes;
            held.segments += u64::from(file.is_segment());
        }
        Ok(days.into_values().collect())
    }
}
