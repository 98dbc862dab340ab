//! Behaviour of the clouds, from the outside.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod aliyun;
mod bad_answers;
mod folder;
mod minio;
mod moto;
mod moto_server;
mod s3;
mod script;
mod weed;
