//! What sources make of what they read.

mod self_managed;
