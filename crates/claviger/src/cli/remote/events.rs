//! `claviger events`: what a person handles.

use anyhow::bail;
use serde_json::json;

use super::super::client::Client;
use super::{Answer, Service, asked, escaped};
use crate::cli::Exit;

/// Look at risk events and move the work on them
///
/// An event is named by its id or by the access key id it is about.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger events list --open
  claviger events show LTAI5tExampleExampleExam
  claviger events ignore evt_… --reason 'a test key'")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List events, latest first
    List {
        /// Only of this type, such as `access_key_pair_leak`
        #[arg(long)]
        risk_type: Option<String>,
        /// Only of this level: high, medium, low
        #[arg(long)]
        level: Option<String>,
        /// Only in this state, such as `pending`
        #[arg(long)]
        state: Option<String>,
        /// Only those that nobody closed
        #[arg(long)]
        open: bool,
        /// Part of a key, an account or an id
        #[arg(long)]
        search: Option<String>,
        /// Only those seen since this instant, as `2026-01-02T03:04:05Z`
        #[arg(long)]
        since: Option<String>,
        /// At most so many
        #[arg(long)]
        limit: Option<u32>,
    },
    /// Show everything about one event
    Show { event: String },
    /// List every change of its states, oldest first
    History { event: String },
    /// "I have seen it"
    Acknowledge { event: String },
    /// "It needs no work"
    Ignore {
        event: String,
        /// Why, for whoever asks later
        #[arg(long)]
        reason: String,
    },
    /// "It needs work again"
    Reopen { event: String },
    /// Write words on its timeline
    Comment { event: String, text: String },
}

const COLUMNS: &[(&str, &str)] = &[
    ("EVENT", "id"),
    ("LEVEL", "level"),
    ("TYPE", "risk_type"),
    ("KEY OR SUBJECT", "subject"),
    ("ACCOUNT", "account"),
    ("KEY STATUS", "key_status"),
    ("USES", "uses"),
    ("STATE", "work_state"),
    ("LATEST", "latest_detected_at"),
];

const CHANGES: &[(&str, &str)] =
    &[("AT", "at"), ("WHAT", "kind"), ("CHANGE", "text"), ("BY", "actor")];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| match &args.command {
        Command::List { risk_type, level, state, open, search, since, limit } => {
            let question = [
                ("risk_type", risk_type.clone()),
                ("level", level.clone()),
                ("work_state", state.clone()),
                ("open", open.then(|| "true".to_owned())),
                ("search", search.clone()),
                ("since", since.clone()),
                ("limit", limit.map(|limit| limit.to_string())),
            ];
            let rows = client.get(&asked("/api/v1/events", &question)).await?;
            Ok(Answer::table(rows, COLUMNS))
        }
        Command::Show { event } => {
            let id = id_of(client, event).await?;
            Ok(Answer::facts(client.get(&format!("/api/v1/events/{id}")).await?))
        }
        Command::History { event } => {
            let id = id_of(client, event).await?;
            let lines = client.get(&format!("/api/v1/events/{id}/history")).await?;
            Ok(Answer::table(lines, CHANGES))
        }
        Command::Acknowledge { event } => {
            change(client, event, json!({ "change": "acknowledge" })).await
        }
        Command::Ignore { event, reason } => {
            change(client, event, json!({ "change": "ignore", "reason": reason })).await
        }
        Command::Reopen { event } => change(client, event, json!({ "change": "reopen" })).await,
        Command::Comment { event, text } => {
            let path = format!("/api/v1/events/{}/comments", id_of(client, event).await?);
            Ok(Answer::done(client.post(&path, &json!({ "text": text })).await?, "written"))
        }
    })
}

async fn change(client: &Client, event: &str, body: serde_json::Value) -> anyhow::Result<Answer> {
    let path = format!("/api/v1/events/{}/change", id_of(client, event).await?);
    let changed = client.post(&path, &body).await?;
    let sentence = format!("the work is {}", changed["work_state"].as_str().unwrap_or_default());
    Ok(Answer::done(changed, sentence))
}

/// The event of an id, or of what it is about.
pub(super) async fn id_of(client: &Client, named: &str) -> anyhow::Result<String> {
    if named.starts_with("evt_") {
        return Ok(escaped(named));
    }
    let question = [("search", Some(named.to_owned()))];
    let found = client.get(&asked("/api/v1/events", &question)).await?;
    let mut ids = found
        .as_array()
        .into_iter()
        .flatten()
        .filter(|event| event["subject"] == named)
        .filter_map(|event| event["id"].as_str());
    match (ids.next(), ids.next()) {
        (Some(id), None) => Ok(id.to_owned()),
        (Some(_), Some(_)) => {
            bail!("several events are about `{named}`\nhint: name one by its id (`evt_…`)")
        }
        (None, _) => bail!("no event is about `{named}`\nhint: see `claviger events list`"),
    }
}
