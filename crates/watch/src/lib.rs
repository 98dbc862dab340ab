//! crates/watch
