//! crates/dial
