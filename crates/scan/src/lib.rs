//! Bytes in, findings out: access key ids with the secrets that belong to them, and personal data.
//!
//! Floor 2, an engine: no input or output, no clock, no network, no panic on any bytes. Whoever holds
//! the bytes (an object read by ranges, a file, standard input) pushes them in blocks of any size
//! into a [`Scan`] and takes a [`Report`] at the end; the report does not depend on the cut. Memory is
//! bounded by [`Limits`], and whatever a limit or damage kept from being read is in the report. Shares of a
//! large text can be judged by several threads ([`Share`]), which are the caller's.
//!
//! The way of a byte: `content` recognises what a stream is (a container or text, and in which
//! encoding), `container` unpacks, `engine` makes one pass over text, `rule` checks what looks like an
//! access key id, `pair` finds the secret that belongs to it, `veiled` reads what is written in base64 and the like,
//! `credential` finds what else opens a door,
//! `data_type` counts personal data, and
//! `neighbour` pairs over the files of a folder,
//! `walk` keeps path, budget and report. `template` says how sensitive the outcome is.

mod baseline;
mod codec;
mod container;
mod content;
mod credential;
mod data_type;
mod decode;
mod encoding;
mod engine;
mod limits;
mod neighbour;
mod pair;
mod report;
mod rule;
mod scanner;
mod share;
mod template;
mod veiled;
mod walk;

pub use baseline::{Baseline, BaselineError};
pub use container::apply_git_delta;
pub use limits::Limits;
pub use neighbour::{Lone, pair_neighbours, wants_neighbours};
pub use report::{Report, Suppressed};
pub use rule::RuleError;
pub use scanner::{Scan, Scanner};
pub use share::{JudgedShare, Share};
pub use template::{Graded, Template, data_type_titles, template, templates};
