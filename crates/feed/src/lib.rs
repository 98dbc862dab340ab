//! Log lines that are brought to Claviger, or lie on its machine: how they arrive, not what they say.
//!
//! One file a way: a pushed [`body`], the [`envelope`]s that clouds put around log lines, files in a
//! [`folder`], [`fluent`] forward, and
//! [`nats`]. Whoever
//! calls gets bytes of lines with where they stood, and says when they are safe; only then is the
//! sender told, or a position moved on.
//!
//! Absent on purpose: any knowledge of a log's format, of a database or of a page. Everything that comes
//! in is bounded before it is kept: sizes, counts, depths, time.

pub mod body;
pub mod envelope;
mod error;
pub mod fluent;
pub mod folder;
pub mod nats;

pub use error::FeedError;
