//! `claviger allowlist`: places whose evidence counts no more.

use serde_json::Value;

use super::{Answer, Service, escaped};
use crate::cli::Exit;

/// See what the allowlist hides, and take a place off it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger allowlist list
  claviger allowlist remove alw_…")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List its entries
    List,
    /// Take an entry off: its evidence counts again
    Remove { entry: String },
}

const COLUMNS: &[(&str, &str)] = &[
    ("ENTRY", "id"),
    ("KEY", "access_key_id"),
    ("PLACE", "uri"),
    ("REASON", "reason"),
    ("BY", "by"),
    ("AT", "at"),
];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| match &args.command {
        Command::List => Ok(Answer::table(client.get("/api/v1/allowlist").await?, COLUMNS)),
        Command::Remove { entry } => {
            client.delete(&format!("/api/v1/allowlist/{}", escaped(entry))).await?;
            Ok(Answer::done(Value::Null, "removed: its evidence counts again"))
        }
    })
}
