//! `claviger assets`: buckets, their authorization, and what was found in them.

use anyhow::bail;
use serde_json::{Value, json};

use super::super::client::Client;
use super::{Answer, Service, asked, escaped};
use crate::cli::Exit;

/// List buckets, authorize them, and see what was found in their objects
///
/// A bucket is named by its id or, where only one connection has it, by its name.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger assets list --authorization not_authorized
  claviger assets authorize examplebucket
  claviger assets objects examplebucket")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List buckets by name
    List {
        /// Only these: authorized, not_authorized, failed
        #[arg(long)]
        authorization: Option<String>,
        /// Part of a bucket's name
        #[arg(long)]
        search: Option<String>,
        /// At most so many
        #[arg(long)]
        limit: Option<u32>,
    },
    /// Show one bucket
    Show { bucket: String },
    /// Let Claviger look into buckets: identification begins at once
    Authorize {
        #[arg(required = true)]
        buckets: Vec<String>,
    },
    /// Stop looking into buckets; what was found stays
    Deauthorize {
        #[arg(required = true)]
        buckets: Vec<String>,
    },
    /// Scan every object of a bucket again
    Identify { bucket: String },
    /// List a bucket's objects with what was found in them
    Objects {
        bucket: String,
        /// The last name of the page before
        #[arg(long)]
        after: Option<String>,
        /// At most so many
        #[arg(long)]
        limit: Option<u32>,
    },
    /// List identification tasks, newest first
    Tasks,
}

const COLUMNS: &[(&str, &str)] = &[
    ("BUCKET", "bucket"),
    ("PROVIDER", "provider"),
    ("REGION", "region"),
    ("ACL", "acl"),
    ("AUTHORIZATION", "authorization"),
    ("SENSITIVITY", "sensitivity"),
    ("OBJECTS", "object_count"),
    ("BYTES", "bytes"),
    ("LOG", "log_target"),
    ("ASSET", "id"),
];

const OBJECTS: &[(&str, &str)] = &[
    ("OBJECT", "name"),
    ("SENSITIVITY", "sensitivity"),
    ("KEYS", "keys"),
    ("STATE", "state"),
    ("BYTES", "bytes"),
    ("CLASS", "storage_class"),
    ("SCANNED", "scanned_at"),
    ("WHY", "why"),
];

const TASKS: &[(&str, &str)] = &[
    ("TASK", "id"),
    ("STATE", "state"),
    ("DONE", "objects_done"),
    ("OF", "objects_total"),
    ("UNREADABLE", "unreadable"),
    ("STARTED", "started_at"),
    ("ASSET", "asset_id"),
];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| match &args.command {
        Command::List { authorization, search, limit } => {
            let question = [
                ("authorization", authorization.clone()),
                ("search", search.clone()),
                ("limit", limit.map(|limit| limit.to_string())),
            ];
            Ok(Answer::table(client.get(&asked("/api/v1/assets", &question)).await?, COLUMNS))
        }
        Command::Show { bucket } => {
            let id = escaped(&id_of(client, bucket).await?);
            Ok(Answer::facts(client.get(&format!("/api/v1/assets/{id}")).await?))
        }
        Command::Authorize { buckets } => turn(client, buckets, "authorize").await,
        Command::Deauthorize { buckets } => turn(client, buckets, "deauthorize").await,
        Command::Identify { bucket } => {
            let id = escaped(&id_of(client, bucket).await?);
            let answer = client.post(&format!("/api/v1/assets/{id}/identify"), &json!({})).await?;
            Ok(Answer::done(answer, "identification begins"))
        }
        Command::Objects { bucket, after, limit } => {
            let path = format!("/api/v1/assets/{}/objects", escaped(&id_of(client, bucket).await?));
            let limit = limit.map(|limit| limit.to_string());
            let rows =
                client.get(&asked(&path, &[("after", after.clone()), ("limit", limit)])).await?;
            Ok(Answer::table(rows, OBJECTS))
        }
        Command::Tasks => Ok(Answer::table(client.get("/api/v1/tasks").await?, TASKS)),
    })
}

async fn turn(client: &Client, buckets: &[String], act: &str) -> anyhow::Result<Answer> {
    let mut ids = Vec::new();
    for bucket in buckets {
        ids.push(id_of(client, bucket).await?);
    }
    client.post(&format!("/api/v1/assets/{act}"), &json!({ "ids": ids })).await?;
    Ok(Answer::done(Value::Null, format!("{act}d: {}", buckets.join(", "))))
}

/// The asset of an id or of a bucket's name.
async fn id_of(client: &Client, named: &str) -> anyhow::Result<String> {
    if named.starts_with("ast_") {
        return Ok(named.to_owned());
    }
    let question = [("search", Some(named.to_owned())), ("limit", Some("1000".to_owned()))];
    let found = client.get(&asked("/api/v1/assets", &question)).await?;
    let mut ids = found
        .as_array()
        .into_iter()
        .flatten()
        .filter(|asset| asset["bucket"] == named)
        .filter_map(|asset| asset["id"].as_str());
    match (ids.next(), ids.next()) {
        (Some(id), None) => Ok(id.to_owned()),
        (Some(_), Some(_)) => {
            bail!("several connections have a bucket `{named}`\nhint: name it by its id (`ast_…`)")
        }
        (None, _) => bail!("there is no bucket `{named}`\nhint: see `claviger assets list`"),
    }
}
