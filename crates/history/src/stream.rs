//! The past in order, a day at a time: what is asked may be larger than memory, and what lies below may be
//! merged, moved or damaged while it is read.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::civil::Date;

use crate::HistoryError;
use crate::merge::{Merge, Order};
use crate::moment::Moment;
use crate::row::{OwnedPlace, Row};
use crate::run::Want;
use crate::state::State;
use crate::view::View;

/// Rows of a day in the order of (key, time, event id). Memory: a block or a batch a file of one day.
pub(crate) struct Stream {
    state: Arc<State>,
    want: Want,
    view: View,
    /// Days that were not begun.
    days: VecDeque<Date>,
    current: Option<OpenDay>,
    left_out: BTreeSet<u64>,
}

struct OpenDay {
    day: Date,
    merge: Merge,
    /// Rows up to here were given before the day was opened again.
    given: Option<OwnedPlace>,
}

impl Stream {
    /// Begins at the first wanted row.
    pub(crate) fn new(state: Arc<State>, want: Want) -> Result<Self, HistoryError> {
        let view = state.view()?;
        let days = view.days(want.since.map(Moment::day), want.until.map(Moment::day));
        let days = days.into_iter().collect();
        Ok(Self { state, want, view, days, current: None, left_out: BTreeSet::new() })
    }

    /// The days that were not begun; a caller may leave some out.
    pub(crate) fn days(&mut self) -> &mut VecDeque<Date> {
        &mut self.days
    }

    /// Whether events may be missing from what was given.
    pub(crate) fn is_partial(&self) -> bool {
        !self.left_out.is_empty() || self.state.lacks(&self.view, self.want.since, self.want.until)
    }

    /// How many of the last rows of each file suffice from now on.
    pub(crate) fn want_last(&mut self, rows: usize) {
        self.want.last = Some(rows);
    }

    /// Gives the next row to `take`; `None` at the end.
    pub(crate) fn next_row<T>(
        &mut self,
        mut take: impl FnMut(Row<'_>) -> T,
    ) -> Result<Option<T>, HistoryError> {
        loop {
            let Some(current) = &mut self.current else {
                let Some(day) = self.days.pop_front() else { return Ok(None) };
                self.current = Some(self.open(day, None)?);
                continue;
            };
            let (given, is_of_all) = (&current.given, self.want.key.is_none());
            let is_new = |row: &Row<'_>| {
                let place = row.place();
                given.as_ref().map(OwnedPlace::as_place).is_none_or(|given| match is_of_all {
                    true => place.by_key(&given).is_gt(),
                    false => place.by_time(&given).is_gt(),
                })
            };
            match current.merge.next(|row| is_new(&row).then(|| take(row))) {
                Ok(Some(Some(taken))) => return Ok(Some(taken)),
                Ok(Some(None)) => {}
                Ok(None) => self.current = None,
                Err(failure) => {
                    self.state.cope(failure, &mut self.left_out)?;
                    self.view = self.state.view()?;
                    let (day, given) = (current.day, current.merge.given().cloned());
                    let given = given.or(current.given.take());
                    self.current = Some(self.open(day, given)?);
                }
            }
        }
    }

    /// Opens a day behind what was given of it.
    fn open(&mut self, day: Date, given: Option<OwnedPlace>) -> Result<OpenDay, HistoryError> {
        let mut want = self.want.clone();
        // Of all keys the next one's rows begin earlier.
        if let Some(given) = given.as_ref().filter(|_| self.want.key.is_some()) {
            want.since = Some(given.as_place().time);
        }
        loop {
            let opened = self.state.open_day(&self.view, day, &want, Order::Key, &self.left_out);
            match opened {
                Ok(merge) => return Ok(OpenDay { day, merge, given }),
                Err(failure) => {
                    self.state.cope(failure, &mut self.left_out)?;
                    self.view = self.state.view()?;
                }
            }
        }
    }
}
