//! `claviger evidence`: the places where a key was seen.

use serde_json::json;

use super::{Answer, Service, escaped, events};
use crate::cli::Exit;

/// Look at the places where a key was seen, and allow one
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger evidence list LTAI5tExampleExampleExam
  claviger evidence allow evd_… --reason 'a sample file'")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the evidence of an event, named by its id or its access key id
    List { event: String },
    /// Put a place on the allowlist; the same key elsewhere still counts
    Allow {
        evidence: String,
        /// Why, for whoever asks later
        #[arg(long, default_value = "")]
        reason: String,
        /// Said twice: also where anybody may read the secret
        #[arg(long)]
        also_public: bool,
    },
}

const COLUMNS: &[(&str, &str)] = &[
    ("EVIDENCE", "id"),
    ("STATE", "state"),
    ("SOURCE", "source"),
    ("PLACE", "uri"),
    ("LINE", "line"),
    ("SECRET", "masked"),
    ("FOUND", "found_at"),
];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| match &args.command {
        Command::List { event } => {
            let id = events::id_of(client, event).await?;
            let mut details = client.get(&format!("/api/v1/events/{id}")).await?;
            Ok(Answer::table(details["evidence"].take(), COLUMNS))
        }
        Command::Allow { evidence, reason, also_public } => {
            let path = format!("/api/v1/evidence/{}/allowlist", escaped(evidence));
            let body = json!({ "reason": reason, "also_public": also_public });
            let allowed = client.post(&path, &body).await?;
            Ok(Answer::done(allowed, "the place is on the allowlist"))
        }
    })
}
