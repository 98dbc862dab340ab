//! All events in the order of time, a day at a time. Files are sorted by key, so a day is sorted anew:
//! in memory as far as that goes, else in runs on disk that are merged.

use std::sync::Arc;

use crate::HistoryError;
use crate::merge::{Merge, Order};
use crate::row::Row;
use crate::run::Want;
use crate::spill::Sorter;
use crate::state::State;
use crate::stream::Stream;

/// Bytes of rows that are sorted in memory: some 300,000 rows.
const MEMORY_BYTES: usize = 48 << 20;

/// Rows in the order of (time, event id, key).
pub(crate) struct Replay {
    state: Arc<State>,
    /// The rows of a day in the order of files.
    stream: Stream,
    /// The rows of the day that is given.
    sorted: Option<Merge>,
}

impl Replay {
    /// Begins at the first wanted row.
    pub(crate) fn new(state: Arc<State>, want: Want) -> Result<Self, HistoryError> {
        let stream = Stream::new(state.clone(), want)?;
        Ok(Self { state, stream, sorted: None })
    }

    /// Whether events may be missing from what was given.
    pub(crate) fn is_partial(&self) -> bool {
        self.stream.is_partial()
    }

    /// Gives the next row to `take`; `None` at the end.
    pub(crate) fn next_row<T>(
        &mut self,
        mut take: impl FnMut(Row<'_>) -> T,
    ) -> Result<Option<T>, HistoryError> {
        loop {
            if let Some(sorted) = &mut self.sorted {
                if let Some(taken) = sorted.next(&mut take).map_err(HistoryError::of_spill)? {
                    return Ok(Some(taken));
                }
                self.sorted = None;
            }
            let Some(day) = self.stream.days().pop_front() else { return Ok(None) };
            // One day alone, then the others again.
            let later = std::mem::take(self.stream.days());
            self.stream.days().push_back(day);
            let sorted = self.sort_day();
            *self.stream.days() = later;
            self.sorted = Some(sorted?);
        }
    }

    fn sort_day(&mut self) -> Result<Merge, HistoryError> {
        let mut sorter = Sorter::new(&self.state.dir, Order::Time, MEMORY_BYTES);
        while self.stream.next_row(|row| sorter.push(&row))?.transpose()?.is_some() {}
        sorter.finish().merge()
    }
}
