//! crates/stream
