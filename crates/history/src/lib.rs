//! Every access event, for years, by key.
//!
//! Hides the disk. What is appended goes into a write-ahead log (many appenders, one sync), from there into
//! *segments* (a day's rows sorted by key and time), and once the day is over into Parquet, which any engine
//! reads as it lies: `FROM 'history/**/*.parquet'`. One manifest, replaced whole, tells what the
//! history consists of; a process killed at any point leaves either the old one or the new.
//!
//! An event is known by its key, its time and its id: appended twice it is read once, and the later form of
//! it stands. What it does not do: judge, or read a clock; time is an argument.
//!
//! One process writes. Any number of others may read meanwhile ([`History::open_to_read`]).

mod archive;
mod block;
mod bloom;
mod compact;
mod cope;
mod damage;
mod day;
mod derived;
mod disk;
mod error;
mod export;
mod files;
mod flush;
mod history;
mod journal;
mod manifest;
mod memtable;
mod merge;
mod moment;
mod of_key;
mod of_object;
mod opening;
mod past;
mod pile;
mod replay;
mod retain;
mod row;
mod run;
mod segment;
mod shelf;
mod spill;
mod state;
mod stream;
mod summary;
mod tally;
mod view;
mod wal;
mod wire;

pub use compact::Compaction;
pub use damage::Damage;
pub use day::DayHeld;
pub use error::HistoryError;
pub use export::write_parquet;
pub use history::History;
pub use past::Events;
pub use pile::{Pile, SortedPile};
pub use retain::{AtLimit, DroppedDays, Retained, Room};
pub use summary::{Distinct, Summary};
