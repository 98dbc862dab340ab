//! `claviger events change`: the same for many events, named one by one or by what fits them all.

use std::fmt::Write as _;

use anyhow::{Context, bail};
use serde_json::{Map, Value, json};

use super::super::super::client::Client;
use super::super::{Answer, asked};
use crate::cli::Exit;

/// Refusals that are named; `--json` has them all.
const NAMED_MAX: usize = 20;

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Action {
    /// "I have seen them"
    Acknowledge,
    /// "They need no work"; `--reason`, `--until`
    Ignore,
    /// "They need work again"
    Reopen,
    /// "This one works on them"; `--to`, nobody without
    Assign,
    /// Put the keys, or the places of what is no key, on the allowlist; `--reason`, `--also-public`
    Allow,
    /// Write `--text` on their timelines
    Note,
}

/// Which events, and what to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(value_enum)]
    action: Action,
    /// Ids of events; `-` reads them from standard input, one a line
    #[arg(conflicts_with_all = ["filter", "token"])]
    events: Vec<String>,
    /// All that fit: `risk_type`, `level`, `work_state`, `open`, `search`, `assigned_to`, `asset`, `since` or
    /// `until` with a value; several must all fit
    #[arg(long = "where", value_name = "FIELD=VALUE")]
    filter: Vec<String>,
    /// Change those that were counted: without it their number is told, and nothing changed
    #[arg(long, requires = "filter")]
    token: Option<String>,
    /// Why, for whoever asks later
    #[arg(long)]
    reason: Option<String>,
    /// Ignore them until this instant, as `2026-01-02T03:04:05Z`; for good unless given
    #[arg(long)]
    until: Option<String>,
    /// Who works on them
    #[arg(long, value_name = "USER")]
    to: Option<String>,
    /// Allow also what anybody may read
    #[arg(long)]
    also_public: bool,
    /// The words to write
    #[arg(long)]
    text: Option<String>,
}

/// Runs the command.
pub(super) async fn run(client: &Client, args: &Args) -> anyhow::Result<Answer> {
    let change = args.change();
    let body = match (&args.filter[..], &args.token) {
        ([], _) => json!({ "ids": ids(&args.events)?, "do": change }),
        (filter, None) => return counted(client, filter).await,
        (filter, Some(token)) => {
            json!({ "where": where_of(filter)?, "token": token, "do": change })
        }
    };
    told(client.post("/api/v1/events/change", &body).await?)
}

impl Args {
    fn change(&self) -> Value {
        match self.action {
            Action::Acknowledge => json!({ "change": "acknowledge" }),
            Action::Reopen => json!({ "change": "reopen" }),
            Action::Assign => json!({ "change": "assign", "to": self.to }),
            Action::Note => {
                json!({ "change": "note", "text": self.text.as_deref().unwrap_or_default() })
            }
            Action::Ignore => json!({ "change": "ignore", "until": self.until,
                "reason": self.reason.as_deref().unwrap_or_default() }),
            Action::Allow => json!({ "change": "allow", "also_public": self.also_public,
                "reason": self.reason.as_deref().unwrap_or_default() }),
        }
    }
}

/// The ids that are named, or come from standard input.
fn ids(named: &[String]) -> anyhow::Result<Vec<String>> {
    match named {
        [] => bail!(
            "no event is named\nhint: name ids (`evt_…`), `-` for standard input, or `--where FIELD=VALUE`"
        ),
        [dash] if dash == "-" => {
            let text = std::io::read_to_string(std::io::stdin());
            let text = text.context("cannot read standard input")?;
            Ok(text.lines().map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect())
        }
        named => Ok(named.to_vec()),
    }
}

fn fields_of(filter: &[String]) -> anyhow::Result<Vec<(&str, &str)>> {
    filter
        .iter()
        .map(|pair| {
            pair.split_once('=').with_context(|| {
                format!("`{pair}` names no field\nhint: write `--where level=high`")
            })
        })
        .collect()
}

/// The filter as the API takes it.
pub(super) fn where_of(filter: &[String]) -> anyhow::Result<Map<String, Value>> {
    let mut fields = Map::new();
    for (field, value) in fields_of(filter)? {
        let value = match (field, value) {
            ("open", value) => json!(value == "true"),
            (_, value) => json!(value),
        };
        fields.insert(field.to_owned(), value);
    }
    Ok(fields)
}

/// Tells how many fit, and how to go on.
async fn counted(client: &Client, filter: &[String]) -> anyhow::Result<Answer> {
    let fields = fields_of(filter)?;
    let question: Vec<(&str, Option<String>)> =
        fields.iter().map(|(field, value)| (*field, Some((*value).to_owned()))).collect();
    let counted = client.get(&asked("/api/v1/events/count", &question)).await?;
    let count = counted["count"].as_u64().unwrap_or_default();
    let sentence = match counted["token"].as_str() {
        Some(token) => format!(
            "{count} events fit, and none was changed\nhint: say the same once more with `--token {token}`"
        ),
        None => format!(
            "{count} events fit: more than one request changes\nhint: narrow what fits by another `--where`"
        ),
    };
    Ok(Answer::text(counted, sentence))
}

/// How many were changed, and which were not.
fn told(changed: Value) -> anyhow::Result<Answer> {
    let count = |name: &str| changed[name].as_u64().unwrap_or_default();
    let refused = count("refused");
    let mut text = format!("{} events changed", count("changed"));
    if refused > 0 {
        write!(text, ", {refused} not")?;
    }
    let word = |event: &Value, name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let events = changed["events"].as_array().into_iter().flatten();
    for event in events.filter(|event| event["done"] == false).take(NAMED_MAX) {
        write!(text, "\n{}: {}", word(event, "id"), word(event, "why"))?;
        if let Some(hint) = event["hint"].as_str() {
            write!(text, " (hint: {hint})")?;
        }
    }
    let exit = if refused > 0 { Exit::Error } else { Exit::Clean };
    Ok(Answer::text(changed, text).ending(exit))
}
