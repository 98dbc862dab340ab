//! The search through a share of a large text.

use super::Veiled;
use super::run::CursorsStanding;
use crate::engine::{Shift, Window};

impl Veiled {
    /// A search through a share of the text.
    pub(crate) fn share(&self) -> Self {
        Self { reported: self.reported, ..Self::default() }
    }

    /// What bears on what comes next; `None` while a long run is decoded, which only who began it can go on with.
    pub(crate) fn standing(&self, window: &Window<'_>) -> Option<CursorsStanding> {
        self.long.is_none().then(|| self.cursors.standing(window.base()))
    }

    /// Forgets what was found so far.
    pub(crate) fn forget(&mut self) {
        self.found.clear();
        self.taken.clear();
    }

    /// Whether what was reported in the share that follows would not have been reported again.
    pub(crate) fn leads_to(&self, share: &Self) -> bool {
        !self.reported || share.reported
    }

    /// Counts the lines and columns of what was found as they are.
    pub(crate) fn mend(&mut self, shift: &Shift) {
        self.found.iter_mut().for_each(|found| shift.mend(&mut found.place));
        self.taken.iter_mut().for_each(|place| shift.mend(place));
        if let Some(long) = &mut self.long {
            long.mend(shift);
        }
    }

    /// Takes over what was found in the share that follows.
    pub(crate) fn join(&mut self, mut share: Self) {
        self.found.append(&mut share.found);
        self.taken.append(&mut share.taken);
        let (found, taken) = (std::mem::take(&mut self.found), std::mem::take(&mut self.taken));
        *self = Self { found, taken, ..share };
    }
}
