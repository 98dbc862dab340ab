//! crates/respond
