//! The hunt for data in a share of a large text.

use super::candidate::ROW_REACH;
use super::kind::KINDS;
use super::{Cells, Column, DataHunt};
use crate::engine::Shift;

/// What of a hunt bears on what comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DataStanding {
    /// The cell that may go on: where it begins, its column, and whether it is taken.
    cell: Option<(u64, usize, bool)>,
    /// Where the last row of words ends, where one that comes next might begin before that.
    next: Option<u64>,
}

impl DataHunt {
    /// A hunt in a share of the text.
    pub(crate) fn share(&self) -> Self {
        let columns = self
            .columns
            .iter()
            .map(|column| Column::new(column.name.clone(), column.meaning.clone()));
        let cells = Cells::default();
        Self { columns: columns.collect(), cells, next: 0, asking: self.asking.share() }
    }

    /// What bears on what begins at `at` or later.
    pub(crate) fn standing(&self, at: u64) -> DataStanding {
        DataStanding {
            cell: self.cells.0.last().map(|cell| (cell.start, cell.column, cell.is_taken)),
            next: Some(self.next).filter(|next| next + ROW_REACH as u64 > at),
        }
    }

    /// Forgets what was found so far.
    pub(crate) fn forget(&mut self) {
        self.columns.iter_mut().for_each(Column::forget);
        self.asking = self.asking.share();
    }

    /// Whether the hunt in the share that follows asked as this one would have.
    pub(crate) fn leads_to(&self, share: &Self) -> bool {
        self.asking.leads_to(share.asking)
    }

    /// Counts the lines and columns of what was found as they are.
    pub(crate) fn mend(&mut self, shift: &Shift) {
        let tallies = self.columns.iter_mut().flat_map(|column| &mut column.tallies);
        tallies
            .filter_map(|(_, tally)| tally.first.as_mut())
            .for_each(|(place, _)| shift.mend(place));
    }

    /// Takes over what was found in the share that follows, whose columns are these and perhaps more.
    pub(crate) fn join(&mut self, share: Self) {
        let known = self.columns.len();
        for (number, column) in share.columns.into_iter().enumerate() {
            if number >= known {
                self.columns.push(column);
                continue;
            }
            for (index, tally) in column.tallies {
                self.columns[number].tally(index).join(tally, KINDS.all[index].alone);
            }
        }
        (self.cells, self.next) = (share.cells, share.next);
        self.asking.join(share.asking);
    }
}
