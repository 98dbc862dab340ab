//! How lines arrive: packed bodies, envelopes.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod body;
mod envelope;
