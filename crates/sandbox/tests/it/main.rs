//! Behaviour of the practice cloud, from the outside.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod access_log;
mod client;
mod judges;
mod permission;
mod state;
