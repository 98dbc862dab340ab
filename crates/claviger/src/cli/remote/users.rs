//! `claviger users`: who may sign in, and as what.

use serde_json::json;

use super::{Answer, Service, secret};
use crate::cli::Exit;

/// List the people and machines that may sign in, and add one
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger users list
  claviger users add mei --role responder < password.txt")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List them
    List,
    /// Add one; the password comes from standard input or `CLAVIGER_NEW_PASSWORD`
    Add {
        /// The name to sign in with
        name: String,
        /// `viewer`, `responder` or `admin`
        #[arg(long, default_value = "viewer")]
        role: String,
    },
}

const COLUMNS: &[(&str, &str)] = &[
    ("USER", "id"),
    ("NAME", "name"),
    ("ROLE", "role"),
    ("DISABLED", "disabled"),
    ("CREATED", "created_at"),
];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| match &args.command {
        Command::List => Ok(Answer::table(client.get("/api/v1/users").await?, COLUMNS)),
        Command::Add { name, role } => {
            let password = secret::take("CLAVIGER_NEW_PASSWORD", "password")?;
            let body = json!({ "name": name, "role": role, "password": password });
            Ok(Answer::facts(client.post("/api/v1/users", &body).await?))
        }
    })
}
