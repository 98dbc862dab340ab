//! Wake-ups between the parts of Claviger.
//!
//! A wake-up says "look at the state again", never what the state is: the state and its jobs are rows
//! of the store, so nothing is lost when a wake-up is. What it does not do: carry data, keep anything,
//! or promise delivery. Whoever waits on it also looks by itself from time to time. There is no trait yet
//! because there is one implementation; it comes with the one for many machines.

mod live;

pub use live::{Live, Receiver};

/// What a wake-up is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// There is a job to take.
    Jobs,
    /// Something that a page shows has changed.
    Changes,
}

/// One wake-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Whom it concerns: a job's kind, a risk event's id. A hint only; acting without it is right too.
    pub subject: String,
}

/// What a receiver is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wake {
    /// One wake-up.
    Notice(Notice),
    /// Wake-ups were dropped because the receiver was slow: look at all of the state again.
    Lagged,
}
