//! Behaviour of the signatures, from the outside.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod sealed;
mod sign;
