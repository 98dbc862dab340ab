//! crates/cloud
