//! `claviger allowlist`: evidence that counts no more, and use that nobody is told of.

use serde_json::{Value, json};

use super::{Answer, Service, escaped};
use crate::cli::Exit;

/// See what the allowlist hides, allow something, and take an entry off it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger allowlist list
  claviger allowlist add network 203.0.113.0/24 --reason 'the office' --expires 2026-12-31T00:00:00Z
  claviger allowlist add file '*/fixtures/*' --reason 'made-up keys'
  claviger allowlist hidden alw_…
  claviger allowlist remove alw_…")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List its entries, each with how much it hides
    List,
    /// Allow something
    Add {
        /// place, file, repository, user, source, key, network or client
        scope: String,
        /// The place, name, network or client
        value: String,
        /// Why, for whoever asks later
        #[arg(long)]
        reason: String,
        /// Only of this key
        #[arg(long)]
        key: Option<String>,
        /// Who answers for it
        #[arg(long)]
        owner: Option<String>,
        /// Until when, as `2026-01-02T03:04:05Z`
        #[arg(long)]
        expires: Option<String>,
        /// Said twice: also what makes a key public, and use of such a key
        #[arg(long)]
        also_public: bool,
    },
    /// List the evidence that an entry hides
    Hidden { entry: String },
    /// Take an entry off: what it hid counts again
    Remove { entry: String },
}

const COLUMNS: &[(&str, &str)] = &[
    ("ENTRY", "id"),
    ("SCOPE", "scope"),
    ("VALUE", "value"),
    ("KEY", "access_key_id"),
    ("HIDES", "hidden"),
    ("SILENCED", "silenced"),
    ("REASON", "reason"),
    ("OWNER", "owner"),
    ("UNTIL", "expires_at"),
];

const HIDDEN: &[(&str, &str)] =
    &[("EVIDENCE", "id"), ("SOURCE", "source"), ("PLACE", "uri"), ("FOUND", "found_at")];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| match &args.command {
        Command::List => Ok(Answer::table(client.get("/api/v1/allowlist").await?, COLUMNS)),
        Command::Add { scope, value, reason, key, owner, expires, also_public } => {
            let body = json!({ "scope": scope, "value": value, "reason": reason,
                "access_key_id": key, "owner": owner, "expires_at": expires,
                "also_public": also_public });
            let added = client.post("/api/v1/allowlist", &body).await?;
            let sentence = format!("allowed; it hides {} pieces of evidence", added["hidden"]);
            Ok(Answer::done(added, sentence))
        }
        Command::Hidden { entry } => {
            let path = format!("/api/v1/allowlist/{}/hidden", escaped(entry));
            Ok(Answer::table(client.get(&path).await?, HIDDEN))
        }
        Command::Remove { entry } => {
            client.delete(&format!("/api/v1/allowlist/{}", escaped(entry))).await?;
            Ok(Answer::done(Value::Null, "removed: what it hid counts again"))
        }
    })
}
