//! Judges keys as their events come: what a state keeps of each key, what came since, and what it means.
//!
//! The state of a key is written when its lateness window has moved on, not with each event: what it has not
//! taken in lies in the history, which was written before. So a process that is killed at any point judges the
//! same events again and comes to the same alarms, which are kept by their names.

mod ahead;
mod anew;
mod batch;
mod change;
#[cfg(test)]
mod dial_law;
mod handed_on;
mod held;
mod known_leaks;
#[cfg(test)]
mod laws;
mod leaks;
mod lineage;
#[cfg(test)]
mod lineage_law;
mod lockstep;
#[cfg(test)]
mod lockstep_law;
mod past;
mod preview;
mod rejudge;
mod room;
mod watcher;
#[cfg(test)]
mod watcher_leaks;
mod window;

pub(crate) use ahead::rejudge_ahead;
pub(crate) use batch::{Batch, OneKey, Part, REJUDGE_AFTER};
pub(crate) use change::Change;
pub(crate) use leaks::Exposed;
pub(crate) use preview::{Beside, beside};
pub(crate) use rejudge::{RejudgeEnd, rejudge};
pub(crate) use room::Room;
pub(crate) use watcher::WatchNews;
