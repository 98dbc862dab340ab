//! `claviger sessions`: who is signed in, and from where.

use anyhow::bail;
use serde_json::Value;

use super::{Answer, Service, escaped};
use crate::cli::Exit;

/// List who is signed in and from where, and end a session
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger sessions list
  claviger sessions end 4f1c2a9b7d3e8065
  claviger sessions end --others")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List yours; as an admin, everybody's
    List,
    /// End one, or all of yours but this one
    End {
        /// Its id
        session: Option<String>,
        /// All of yours but this one
        #[arg(long, conflicts_with = "session")]
        others: bool,
    },
}

const COLUMNS: &[(&str, &str)] = &[
    ("SESSION", "id"),
    ("USER", "user"),
    ("ADDRESS", "address"),
    ("CLIENT", "client"),
    ("SINCE", "created_at"),
    ("LAST USED", "last_used_at"),
    ("THIS", "this"),
];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| match &args.command {
        Command::List => Ok(Answer::table(client.get("/api/v1/sessions/open").await?, COLUMNS)),
        Command::End { others: true, .. } => {
            Ok(Answer::facts(client.delete("/api/v1/sessions/open").await?))
        }
        Command::End { session: Some(id), .. } => {
            client.delete(&format!("/api/v1/sessions/open/{}", escaped(id))).await?;
            Ok(Answer::done(Value::Null, "ended"))
        }
        Command::End { .. } => {
            bail!("no session was named\nhint: name one of `claviger sessions list`, or `--others`")
        }
    })
}
