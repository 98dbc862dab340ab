//! crates/history
