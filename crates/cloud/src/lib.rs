//! The clouds: one trait, one folder a provider, and the signatures that their requests carry.
//!
//! No vendor client is used: requests are built, signed and parsed here.

pub mod sign;
