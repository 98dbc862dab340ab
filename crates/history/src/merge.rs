//! Merges runs into one, each event once: of rows at the same place the newest file's is given.

use std::cmp::Ordering;

use crate::row::{OwnedPlace, Place, Row};
use crate::run::{ReadFailure, Run};

/// The order of the runs and of what comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// By key, time and event id: the order of files.
    Key,
    /// By time, event id and key: the order of one key's past, and of a replay.
    Time,
    /// By event id, time and key. Rows at the same place all stay: which of them counts is another's affair.
    Id,
}

impl Order {
    pub(crate) fn compare(self, left: &Place<'_>, right: &Place<'_>) -> Ordering {
        match self {
            Self::Key => left.by_key(right),
            Self::Time => left.by_time(right),
            Self::Id => left.event_id.cmp(right.event_id).then_with(|| left.by_time(right)),
        }
    }

    /// Whether one of two rows at the same place is enough.
    pub(crate) fn drops_repeats(self) -> bool {
        self != Self::Id
    }
}

/// Several runs as one.
pub(crate) struct Merge {
    order: Order,
    /// The newest first, so that of equal rows the newest comes first.
    runs: Vec<Box<dyn Run>>,
    /// The runs that are not at their end, the one with the smallest row last.
    waiting: Vec<usize>,
    /// Where the row stood that was given last.
    given: Option<OwnedPlace>,
    /// What happened behind the row that was given last.
    failure: Option<ReadFailure>,
}

impl Merge {
    /// Merges runs that are each in this order, given from the newest to the oldest.
    pub(crate) fn new(order: Order, runs: Vec<Box<dyn Run>>) -> Self {
        let mut waiting: Vec<usize> =
            (0..runs.len()).filter(|run| runs[*run].place().is_some()).collect();
        waiting.sort_by(|left, right| compare(order, &runs, *right, *left));
        Self { order, runs, waiting, given: None, failure: None }
    }

    /// Where the row stood that was given last.
    pub(crate) fn given(&self) -> Option<&OwnedPlace> {
        self.given.as_ref()
    }

    /// Gives the next row to `take`; `None` at the end. After a failure nothing more comes.
    pub(crate) fn next<T>(
        &mut self,
        take: impl FnOnce(Row<'_>) -> T,
    ) -> Result<Option<T>, ReadFailure> {
        if let Some(failure) = self.failure.take() {
            self.waiting.clear();
            return Err(failure);
        }
        while let Some(first) = self.waiting.last().copied() {
            let run = &self.runs[first];
            let Some(place) = run.place() else {
                self.waiting.pop();
                continue;
            };
            let is_given = |given: &OwnedPlace| given.as_place() == place;
            if self.order.drops_repeats() && self.given.as_ref().is_some_and(is_given) {
                self.step(first)?;
                continue;
            }
            match &mut self.given {
                Some(given) => given.set(&place),
                None => self.given = Some(OwnedPlace::of(&place)),
            }
            let taken = run.row().map(take);
            self.failure = self.step(first).err();
            return Ok(taken);
        }
        Ok(None)
    }

    /// Moves the first run on and puts it where its next row belongs.
    fn step(&mut self, run: usize) -> Result<(), ReadFailure> {
        self.waiting.pop();
        self.runs[run].advance()?;
        if self.runs[run].place().is_none() {
            return Ok(());
        }
        // Mostly its next row is the smallest again: rows of one key come from one file after the other.
        let mut place = self.waiting.len();
        while place > 0
            && compare(self.order, &self.runs, run, self.waiting[place - 1]) == Ordering::Greater
        {
            place -= 1;
        }
        self.waiting.insert(place, run);
        Ok(())
    }
}

/// The order of two runs by their current rows; of equal rows the newer run's comes first.
fn compare(order: Order, runs: &[Box<dyn Run>], left: usize, right: usize) -> Ordering {
    match (runs[left].place(), runs[right].place()) {
        (Some(one), Some(other)) => order.compare(&one, &other).then(left.cmp(&right)),
        (one, other) => other.is_some().cmp(&one.is_some()),
    }
}
