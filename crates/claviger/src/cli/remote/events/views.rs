//! `claviger events views`: filters of the list under a name.

use anyhow::bail;
use serde_json::{Map, Value, json};

use super::super::super::client::Client;
use super::super::{Answer, escaped};
use super::changes::where_of;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List your views and those shared with all
    List,
    /// Keep a filter under a name, in place of what you kept under it before
    Save {
        name: String,
        /// `risk_type`, `level`, `work_state`, `open`, `search`, `assigned_to`, `asset`, `since` (an instant, or
        /// a stretch up to now such as `7d`) or `until` with a value; several must all fit
        #[arg(long = "where", value_name = "FIELD=VALUE")]
        filter: Vec<String>,
        /// Everybody sees it
        #[arg(long)]
        shared: bool,
    },
    /// Remove one of yours by its name, or any by its id
    Remove { name: String },
}

const COLUMNS: &[(&str, &str)] = &[
    ("NAME", "name"),
    ("OWNER", "owner"),
    ("SHARED", "shared"),
    ("WHERE", "where"),
    ("VIEW", "id"),
];

/// Runs the command.
pub(super) async fn run(client: &Client, command: &Command) -> anyhow::Result<Answer> {
    let path = |name: &str| format!("/api/v1/events/views/{}", escaped(name));
    match command {
        Command::List => Ok(Answer::table(client.get("/api/v1/events/views").await?, COLUMNS)),
        Command::Save { name, filter, shared } => {
            let body = json!({ "where": where_of(filter)?, "shared": shared });
            let saved = client.put(&path(name), &body).await?;
            Ok(Answer::done(saved, format!("saved: `claviger events list --view '{name}'`")))
        }
        Command::Remove { name } => {
            client.delete(&path(name)).await?;
            Ok(Answer::done(Value::Null, "removed"))
        }
    }
}

/// The words of a view, by its name or id: of one's own first.
pub(super) async fn words_of(client: &Client, named: &str) -> anyhow::Result<Map<String, Value>> {
    let all = client.get("/api/v1/events/views").await?;
    let fits = |view: &&Value| view["name"] == named || view["id"] == named;
    let found: Vec<&Value> = all.as_array().into_iter().flatten().filter(fits).collect();
    let own = found.iter().find(|view| view["own"] == true);
    let Some(view) = own.or(found.first()) else {
        bail!("there is no view `{named}`\nhint: see `claviger events views list`")
    };
    if own.is_none() && found.len() > 1 {
        bail!("several people share a view `{named}`\nhint: name one by its id (`evv_…`)")
    }
    Ok(view["where"].as_object().cloned().unwrap_or_default())
}
