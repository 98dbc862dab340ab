//! Behaviour of the practice cloud, from the outside.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod access_log;
mod aws;
mod client;
mod ims;
mod judge;
mod kms;
mod logs;
mod mail;
mod minio;
mod permission;
mod ram;
mod state;
mod storage;
mod sts;
