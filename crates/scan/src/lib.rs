//! crates/scan
