//! Events from anywhere, in any number and order: sorted in bounded memory, each once.
//!
//! Deliveries of one event bear one id, whatever else they say. So the events are sorted by their ids, one
//! of each is taken, and those are sorted by time.

use std::path::Path;

use claviger_model::AccessEvent;

use crate::merge::{Merge, Order};
use crate::row::Row;
use crate::spill::{Sorted, Sorter};
use crate::summary::Sums;
use crate::{HistoryError, Summary};

/// What of the memory one of the two sorts may fill with rows: both are at work at a time, and each needs
/// half as much again to put its rows in order.
const SHARE: usize = 4;

/// Takes events.
pub struct Pile {
    dir: std::path::PathBuf,
    memory: usize,
    by_id: Sorter,
}

impl Pile {
    /// Takes about so many bytes of memory, and puts what is more into files in a folder, which nobody else
    /// can open and which are gone with this process.
    #[must_use]
    pub fn new(dir: &Path, memory_bytes: usize) -> Self {
        let memory = memory_bytes / SHARE;
        Self { dir: dir.to_owned(), memory, by_id: Sorter::new(dir, Order::Id, memory) }
    }

    /// Adds an event.
    ///
    /// # Errors
    /// A temporary file could not be written.
    pub fn push(&mut self, event: &AccessEvent) -> Result<(), HistoryError> {
        self.by_id.push(&Row::of(event))
    }

    /// The events in the order of (time, event id), one for each event id. Of several the least stays, so
    /// that the order in which they were added changes nothing.
    ///
    /// # Errors
    /// A temporary file could not be written or read.
    pub fn sort(self) -> Result<SortedPile, HistoryError> {
        let Self { dir, memory, by_id } = self;
        let mut sorter = Sorter::new(&dir, Order::Time, memory);
        let mut events = 0;
        let mut least: Option<AccessEvent> = None;
        let by_id = by_id.finish();
        let mut rows = by_id.merge()?;
        loop {
            let next = rows.next(|row| row.event()).map_err(HistoryError::of_spill)?;
            if let (Some(least), Some(next)) = (&mut least, &next)
                && least.event_id == next.event_id
            {
                if next < least {
                    next.clone_into(least);
                }
                continue;
            }
            let is_end = next.is_none();
            if let Some(least) = std::mem::replace(&mut least, next) {
                sorter.push(&Row::of(&least))?;
                events += 1;
            }
            if is_end {
                break;
            }
        }
        Ok(SortedPile { events, rows: sorter.finish() })
    }
}

/// Events in order, to be read as often as need be.
pub struct SortedPile {
    events: u64,
    rows: Sorted,
}

impl SortedPile {
    /// How many there are.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Reads them from the first on.
    ///
    /// # Errors
    /// A temporary file could not be read; likewise each step.
    pub fn read(
        &self,
    ) -> Result<impl Iterator<Item = Result<AccessEvent, HistoryError>>, HistoryError> {
        let mut rows: Merge = self.rows.merge()?;
        Ok(std::iter::from_fn(move || {
            rows.next(|row| row.event()).map_err(HistoryError::of_spill).transpose()
        }))
    }

    /// All of them in numbers, with the `top` most frequent values of each field. Whether some are missing is
    /// for the caller to say.
    ///
    /// # Errors
    /// A temporary file could not be read.
    pub fn summary(&self, top: usize) -> Result<Summary, HistoryError> {
        let mut sums = Sums::default();
        let mut rows = self.rows.merge()?;
        while rows.next(|row| sums.add(&row)).map_err(HistoryError::of_spill)?.is_some() {}
        Ok(sums.finish(top, false))
    }
}

impl std::fmt::Debug for SortedPile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SortedPile").field("events", &self.events).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Pile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pile").field("dir", &self.dir).finish_non_exhaustive()
    }
}
