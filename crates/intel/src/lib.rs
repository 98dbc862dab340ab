//! crates/intel
