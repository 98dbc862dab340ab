//! `claviger overview`: are we clean?

use super::{Answer, Service};
use crate::cli::Exit;

/// Show what needs somebody now: open events, leaks by source, what is not watched
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger overview
  claviger overview --json")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
}

/// Runs the command: exit 1 where an event is open.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut open = false;
    super::run(&args.service, async |client| {
        let overview = client.get("/api/v1/overview").await?;
        open = overview["open"].as_array().is_some_and(|events| !events.is_empty());
        Ok(Answer::facts(overview))
    })?;
    Ok(if open { Exit::Findings } else { Exit::Clean })
}
