//! A practice cloud on loopback: Alibaba Cloud's OSS and RAM, and the same objects by S3, with real
//! protocols, real signatures, real policies and a real access log, so that official clients accept it.
//!
//! For demonstrations, tests and evaluation. It does not imitate durability, scale, billing, versions
//! of objects or multipart uploads.

mod error;
mod world;

pub use error::SandboxError;
