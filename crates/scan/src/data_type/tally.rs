//! How many values of a data type a column or a text has, and what that is worth: single values can be chance,
//! a column of them cannot.

use super::kind::Kind;
use crate::engine::Place;

/// So many values are many.
const MANY: u64 = 3;
/// Values that are asked for their name: enough to know what a text calls them.
const ASKED: u64 = 64;

/// How many values of a data type there are.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally {
    /// Values that have the shape, right or wrong; in a column with the name, all its cells.
    pub(super) shaped: u64,
    /// Values that are right.
    pub(super) right: u64,
    /// Of the right ones, those that nobody has.
    pub(super) reserved: u64,
    /// Of the right ones, those that are named as the data type.
    pub(super) named: u64,
    /// Which of the first [`ASKED`] right values are named, the first lowest.
    named_first: u64,
    /// The first right value: where it stands, and masked.
    pub(super) first: Option<(Place, String)>,
}

impl Tally {
    /// Whether the next right value is to be asked for its name.
    pub(super) fn asks(&self) -> bool {
        self.right < ASKED
    }

    /// Counts a right value.
    pub(super) fn count(&mut self, is_reserved: bool, is_named: bool) {
        if self.asks() {
            self.named_first |= u64::from(is_named) << self.right;
        }
        self.shaped += 1;
        self.right += 1;
        self.reserved += u64::from(is_reserved);
        self.named += u64::from(is_named);
    }

    /// Counts the values of the share of a text that follows. `alone`: only the first values are asked for their
    /// name.
    pub(super) fn join(&mut self, later: Self, alone: bool) {
        let room = ASKED.saturating_sub(self.right);
        let asked = later.named_first & u64::MAX.checked_shr((ASKED - room) as u32).unwrap_or(0);
        self.named += if alone { u64::from(asked.count_ones()) } else { later.named };
        self.named_first |= asked.checked_shl(self.right.min(ASKED) as u32).unwrap_or(0);
        self.shaped += later.shaped;
        self.right += later.right;
        self.reserved += later.reserved;
        self.first = self.first.take().or(later.first);
    }

    /// How sure it is that these are values of the data type; `None` when it is likely chance.
    pub(super) fn confidence(&self, kind: &Kind, by_head: bool) -> Option<f64> {
        let [one, many, named] = kind.confidence;
        if self.right == 0 {
            return None;
        }
        let enough = self.right as f64 >= self.shaped as f64 * kind.share;
        let is_named = self.named > 0 && !by_head;
        if !enough && !is_named {
            return None;
        }
        let confidence = match self.right {
            _ if by_head || is_named => named,
            MANY.. => many,
            _ => one,
        };
        // What nobody has stands in for something.
        Some(if self.reserved == self.right { confidence.min(0.5) } else { confidence })
    }
}
