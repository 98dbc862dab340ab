//! `claviger history`: what of the history was damaged, and that somebody knows it.

use serde_json::Value;

use super::{Answer, Service};
use crate::cli::Exit;

/// Show what of the history was damaged, and say that you know it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger history damage
  claviger history forget-damage")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List files that were damaged or could not be read, and the days that may lack events
    Damage,
    /// Tell no more of them: they are known, or their logs were read again (admin)
    ///
    /// Answers are no longer partial for them. Files that were moved aside stay in
    /// `history/quarantine` of the data folder.
    ForgetDamage,
}

const COLUMNS: &[(&str, &str)] = &[
    ("FILE", "file"),
    ("FROM", "first_day"),
    ("TO", "last_day"),
    ("EVENTS LOST", "events"),
    ("BYTES", "bytes"),
    ("MOVED TO", "moved_to"),
    ("WHY", "why"),
];

const PATH: &str = "/api/v1/history/damage";

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| match &args.command {
        Command::Damage => Ok(Answer::table(client.get(PATH).await?, COLUMNS)),
        Command::ForgetDamage => {
            client.delete(PATH).await?;
            Ok(Answer::done(Value::Null, "forgotten; what was moved aside stays where it is"))
        }
    })
}
