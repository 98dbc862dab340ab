//! How lines arrive: packed bodies, envelopes, Fluent forward, files.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod body;
mod envelope;
mod fluent;
mod folder;
