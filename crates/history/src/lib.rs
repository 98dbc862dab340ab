//! Every access event, for years, by key.
//!
//! Hides the disk. Events are appended to one file a day and shard (`YYYY-MM-DD/<2 hex digits>.log`,
//! the shard being the first byte of SHA-256 over the access key id), so that the past of one key is
//! read without touching the others. What it does not do: judge, count or forget. Closed days stay
//! in this form until they are turned into columns; the layout by day is made for that.
//!
//! Any number of processes may read while one writes; several writers take turns by a file lock.

mod error;
mod frame;
mod history;
mod shard;

pub use error::HistoryError;
pub use history::History;
