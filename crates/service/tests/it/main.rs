//! The service in this process, on a practice cloud: what its jobs make of good and bad answers.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod alerts;
mod handling;
mod health;
mod history;
mod risk_types;
mod sources;
mod stage;
