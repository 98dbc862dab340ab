//! The channels, one file each.

pub mod smtp;
