//! `claviger capacity`: what is used, when it will be full, and what happens then.

use super::{Answer, Service};
use crate::cli::Exit;

/// Show what is used of each capacity, its limit and forecast
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger capacity
  claviger capacity --json")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
}

const COLUMNS: &[(&str, &str)] = &[
    ("CAPACITY", "title"),
    ("USED", "used"),
    ("LIMIT", "limit"),
    ("A DAY", "per_day"),
    ("FULL", "full_at"),
    ("AT THE LIMIT", "at_limit"),
];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| {
        Ok(Answer::table(client.get("/api/v1/capacity").await?, COLUMNS))
    })
}
