//! Laws of signing in, against a provider that forges whatever it is told to.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod forger;
mod laws;
