//! crates/notify
