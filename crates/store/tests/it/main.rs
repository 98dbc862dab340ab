//! Behaviour of the store: the same laws on SQLite and on PostgreSQL, and what only one of them has.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod access;
mod alerts;
mod audit;
mod buckets;
mod dial;
mod evidence;
mod identities;
mod jobs;
mod laws;
mod logs;
mod names;
mod older;
mod postgres;
mod repositories;
mod risk_events;
mod sample;
mod sources;
mod sqlite;
mod transactions;

/// Tells a person something that a passing test would keep to itself: runners hide what is printed.
fn tell(words: &str) {
    use std::io::Write as _;
    std::io::stderr().write_all(format!("{words}\n").as_bytes()).unwrap();
}
