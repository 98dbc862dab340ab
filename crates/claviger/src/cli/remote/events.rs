//! `claviger events`: what a person handles.

mod changes;
mod views;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
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
  claviger events report LTAI5tExampleExampleExam --form pdf --output report.pdf
  claviger events export --form csv --open > events.csv
  claviger events views save 'High, nobody works on it' --where level=high --where open=true --shared
  claviger events list --view 'High, nobody works on it'
  claviger events ignore evt_… --reason 'a test key' --until 2027-01-01T00:00:00Z
  claviger events change acknowledge --where risk_type=shared_account --where open=true
  claviger events change assign --to mei --where level=high --token 120-3f…
  claviger events list --open --json | jq -r .id | claviger events change assign --to mei -")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List events, latest first
    List(Which),
    /// Keep filters of the list under a name
    #[command(subcommand)]
    Views(views::Command),
    /// Show everything about one event
    Show { event: String },
    /// List every change of its states, oldest first
    History { event: String },
    /// Write the report of one event
    Report {
        event: String,
        /// markdown, html, pdf or ocsf
        #[arg(long, default_value = "markdown")]
        form: String,
        /// The file; standard output where none is named
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
    /// Write all events that are meant, latest first
    Export {
        /// csv or json_lines
        #[arg(long, default_value = "csv")]
        form: String,
        /// Only of this type, such as `access_key_pair_leak`
        #[arg(long)]
        risk_type: Option<String>,
        /// Only those that nobody closed
        #[arg(long)]
        open: bool,
        /// The file; standard output where none is named
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
    /// "I have seen it"
    Acknowledge { event: String },
    /// "It needs no work"
    Ignore {
        event: String,
        /// Why, for whoever asks later
        #[arg(long)]
        reason: String,
        /// Until this instant, as `2026-01-02T03:04:05Z`; for good unless given
        #[arg(long)]
        until: Option<String>,
    },
    /// "It needs work again"
    Reopen { event: String },
    /// "This one works on it"; nobody where no user is named
    Assign { event: String, user: Option<String> },
    /// Do the same with many events, up to 10,000 at once
    Change(changes::Args),
    /// Write words on its timeline
    Comment { event: String, text: String },
}

/// Which events of the list.
#[derive(Debug, clap::Args)]
struct Which {
    /// As this saved view shows them, by its name or id; what else is said goes before it
    #[arg(long)]
    view: Option<String>,
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
    /// Only those that this user works on
    #[arg(long)]
    assigned_to: Option<String>,
    /// Only with evidence in this asset, by its id
    #[arg(long)]
    asset: Option<String>,
    /// Only those seen since this instant, as `2026-01-02T03:04:05Z`, or a stretch up to now, as `7d`
    #[arg(long)]
    since: Option<String>,
    /// Only those seen last before this instant
    #[arg(long)]
    until: Option<String>,
    /// At most so many
    #[arg(long)]
    limit: Option<u32>,
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
    ("ASSIGNED TO", "assigned_to"),
    ("LATEST", "latest_detected_at"),
];

const CHANGES: &[(&str, &str)] =
    &[("AT", "at"), ("WHAT", "kind"), ("CHANGE", "text"), ("BY", "actor")];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| match &args.command {
        Command::List(which) => which.list(client).await,
        Command::Views(command) => views::run(client, command).await,
        Command::Show { event } => {
            let id = id_of(client, event).await?;
            Ok(Answer::facts(client.get(&format!("/api/v1/events/{id}")).await?))
        }
        Command::History { event } => {
            let id = id_of(client, event).await?;
            let lines = client.get(&format!("/api/v1/events/{id}/history")).await?;
            Ok(Answer::table(lines, CHANGES))
        }
        Command::Report { event, form, output } => {
            let path = format!("/api/v1/events/{}/report", id_of(client, event).await?);
            let path = asked(&path, &[("form", Some(form.clone()))]);
            written(&client.get_file(&path).await?, output.as_deref())
        }
        Command::Export { form, risk_type, open, output } => {
            let question = [
                ("form", Some(form.clone())),
                ("risk_type", risk_type.clone()),
                ("open", open.then(|| "true".to_owned())),
            ];
            let file = client.get_file(&asked("/api/v1/exports/events", &question)).await?;
            written(&file, output.as_deref())
        }
        Command::Acknowledge { event } => {
            change(client, event, json!({ "change": "acknowledge" })).await
        }
        Command::Ignore { event, reason, until } => {
            let body = json!({ "change": "ignore", "reason": reason, "until": until });
            change(client, event, body).await
        }
        Command::Assign { event, user } => {
            change(client, event, json!({ "change": "assign", "to": user })).await
        }
        Command::Change(args) => changes::run(client, args).await,
        Command::Reopen { event } => change(client, event, json!({ "change": "reopen" })).await,
        Command::Comment { event, text } => {
            let path = format!("/api/v1/events/{}/comments", id_of(client, event).await?);
            Ok(Answer::done(client.post(&path, &json!({ "text": text })).await?, "written"))
        }
    })
}

impl Which {
    /// The rows; what a saved view says is overruled by what is said here.
    async fn list(&self, client: &Client) -> anyhow::Result<Answer> {
        let mut question = vec![
            ("risk_type", self.risk_type.clone()),
            ("level", self.level.clone()),
            ("work_state", self.state.clone()),
            ("open", self.open.then(|| "true".to_owned())),
            ("search", self.search.clone()),
            ("assigned_to", self.assigned_to.clone()),
            ("asset", self.asset.clone()),
            ("since", self.since.clone()),
            ("until", self.until.clone()),
            ("limit", self.limit.map(|limit| limit.to_string())),
        ];
        if let Some(view) = &self.view {
            let words = views::words_of(client, view).await?;
            for (word, value) in &mut question {
                let kept = words.get(*word).and_then(serde_json::Value::as_str);
                *value = value.take().or(kept.map(str::to_owned));
            }
        }
        let rows = client.get(&asked("/api/v1/events", &question)).await?;
        Ok(Answer::table(rows, COLUMNS))
    }
}

/// Writes a file, or standard output where none is named.
fn written(bytes: &[u8], output: Option<&Path>) -> anyhow::Result<Answer> {
    let Some(path) = output else {
        let mut out = std::io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()?;
        return Ok(Answer::silent());
    };
    std::fs::write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
    let sentence = format!("written to {}", path.display());
    Ok(Answer::done(serde_json::Value::Null, sentence))
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
