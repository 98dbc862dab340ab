//! A share of a large text: judged by an engine of its own, from a little before it on, and joined to what came
//! before.
//!
//! What an engine carries on from one stretch of a text into the next is small, and most texts bring two engines
//! to the same within a few lines. Whether they did is asked, not hoped: who joins compares the [`Standing`] where
//! the share begins, and a share that was begun otherwise than it would have been reached is judged anew.

use super::{Engine, Frame, LOOK_BEHIND, Mark, Shift};
use crate::data_type::{DataStanding, TableStanding};
use crate::encoding::Units;
use crate::rule::{Rules, Seen};

/// All that what was read bears on what comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// How far the text is judged, and from where on it is in memory.
    at: (u64, u64),
    /// Where the search for secrets left off.
    walked: Option<u64>,
    /// The last name that was given a value, and the last table in Markdown.
    named: (Option<u64>, Option<u64>),
    table: TableStanding,
    data: Option<DataStanding>,
}

impl Engine {
    /// Whether shares of the text can be judged by themselves: of one that is not transcoded, whose beginning is
    /// read.
    pub(crate) fn may_share(&self) -> bool {
        self.frame.units() == Units::Bytes && self.table.is_known() && self.judged > LOOK_BEHIND
    }

    /// Where the first byte in memory stands.
    pub(crate) fn edge(&self) -> Mark {
        self.frame.edge()
    }

    /// An engine for a share of the text, which begins with `text` at an offset. In what line that is nobody knows yet:
    /// it is counted from there, and mended when the share is joined.
    pub(crate) fn share(&self, text: &[u8], offset: u64, source: u64) -> Self {
        let edge = Mark { line: 0, column: 1, source };
        Self {
            frame: Frame::at(offset, edge),
            held: Vec::new(),
            judged: 0,
            seen: Seen::default(),
            keys: self.keys.share(),
            credentials: self.credentials.share(),
            table: self.table.share(text, offset, self.data.is_some()),
            data: self.data.as_ref().map(|data| data.share()),
            is_share: true,
        }
    }

    /// What bears on what comes next.
    pub(crate) fn standing(&self) -> Standing {
        let base = self.frame.base();
        let at = base + self.judged as u64;
        Standing {
            at: (at, base),
            walked: self.keys.walked(at),
            named: self.credentials.standing(at, base),
            table: self.table.standing(),
            data: self.data.as_ref().map(|data| data.standing(at)),
        }
    }

    /// Forgets what was found so far, which belongs to the share before.
    pub(crate) fn forget_found(&mut self) {
        self.keys.forget();
        self.credentials.forget();
        if let Some(data) = &mut self.data {
            data.forget();
        }
    }

    /// Whether the share that follows was judged as it would have been after this, from the same standing on.
    pub(crate) fn leads_to(&self, share: &Self) -> bool {
        let asks_alike = match (&self.data, &share.data) {
            (Some(data), Some(share)) => data.leads_to(share),
            _ => true,
        };
        asks_alike
            && self.table.leads_to(&share.table)
            && self.credentials.has_room_for(&share.credentials)
    }

    /// Counts the lines and columns of what was found as they are.
    pub(crate) fn mend(&mut self, shift: &Shift) {
        self.frame.mend(shift);
        self.keys.mend(shift);
        self.credentials.mend(shift);
        if let Some(data) = &mut self.data {
            data.mend(shift);
        }
    }

    /// Takes over what was found in the share that follows, and goes on behind it.
    pub(crate) fn join(&mut self, share: Self, rules: &Rules) {
        (self.frame, self.held, self.judged) = (share.frame, share.held, share.judged);
        self.keys.join(share.keys, rules);
        self.credentials.join(share.credentials);
        self.table.join(share.table);
        if let (Some(data), Some(share)) = (&mut self.data, share.data) {
            data.join(share);
        }
    }
}
