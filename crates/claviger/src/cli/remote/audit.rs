//! `claviger audit`: who did what, and the proof that nobody changed the log.

use super::{Answer, Service, asked};
use crate::cli::Exit;

/// See who did what, and prove that nobody changed the log of it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger audit list
  claviger audit verify")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List entries, newest first
    List {
        /// Only those before this number
        #[arg(long)]
        before: Option<i64>,
        /// At most so many
        #[arg(long)]
        limit: Option<u32>,
    },
    /// Recompute the chain; exit 1 where it is broken
    Verify,
    /// List log lines that could not be read, by reference
    Rejects,
}

const COLUMNS: &[(&str, &str)] = &[
    ("NUMBER", "sequence"),
    ("AT", "at"),
    ("WHO", "actor"),
    ("ACT", "act"),
    ("SUBJECT", "subject"),
    ("OUTCOME", "outcome"),
];

const REJECTS: &[(&str, &str)] =
    &[("SOURCE", "source"), ("FILE", "name"), ("LINE", "line"), ("WHY", "why")];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut broken = false;
    super::run(&args.service, async |client| match &args.command {
        Command::List { before, limit } => {
            let question = [
                ("before", before.map(|before| before.to_string())),
                ("limit", limit.map(|limit| limit.to_string())),
            ];
            Ok(Answer::table(client.get(&asked("/api/v1/audit", &question)).await?, COLUMNS))
        }
        Command::Verify => {
            let proof = client.get("/api/v1/audit/proof").await?;
            broken = !proof["broken_at"].is_null();
            let sentence = if broken {
                format!("the log was changed at entry {}", proof["broken_at"])
            } else {
                format!("{} entries, none changed", proof["entries"])
            };
            Ok(Answer::done(proof, sentence))
        }
        Command::Rejects => Ok(Answer::table(client.get("/api/v1/rejects").await?, REJECTS)),
    })?;
    Ok(if broken { Exit::Findings } else { Exit::Clean })
}
