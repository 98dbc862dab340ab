//! The service in this process, on a practice cloud: what its jobs make of good and bad answers.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod alerts;
mod allowlist;
mod archives;
mod attempt;
mod canaries;
mod capabilities;
mod database_accounts;
mod enforcing;
mod exposure_oss;
mod git_server;
mod handling;
mod handling_aws;
mod handling_minio;
mod health;
mod history;
mod left_behind;
mod life;
mod log_names;
#[path = "../../../cloud/tests/it/moto_server.rs"]
mod moto_server;
mod people;
mod reports;
mod repositories;
mod responses;
mod rights;
mod rights_aws;
mod rights_sources;
mod risk_types;
mod sources;
mod stage;
