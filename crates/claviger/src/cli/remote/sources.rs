//! `claviger sources`: where log lines come from, and how every source fares.

use std::path::PathBuf;

use anyhow::bail;
use serde_json::{Value, json};

use super::{Answer, Service, escaped, secret};
use crate::cli::Exit;

/// Set up where log lines come from, and see how every source fares
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger sources list
  claviger sources add minio
  claviger sources add ceph --folder /var/log/ceph --log-format ceph
  claviger sources add seaweed --fluent 127.0.0.1:24224 --connection con_…
  claviger sources add queue --nats nats://127.0.0.1:4222 --stream LOGS --subject 'logs.>'
  claviger sources add live --sls oss-log-1234567890123456-cn-hangzhou/oss-log-store \\
    --connection con_…
  claviger sources add trail --actiontrail --connection con_…
  claviger sources add trail --cloudtrail --connection con_…
  claviger sources add trail --bucket s3://acme-trail/AWSLogs/ --connection con_…
  claviger sources rotate minio --grace-seconds 0")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List every source, log buckets of assets among them, with how far behind it is
    List,
    /// Set one up; unless something else is said, lines are sent to it with the token that is told
    Add(Box<Add>),
    /// Give it another token, told once; the one before is taken for a while yet
    Rotate {
        /// Name or id
        source: String,
        /// How long the former token is still taken; 0 for one that leaked
        #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
        grace_seconds: u32,
    },
    /// Remove it; its events stay in the history
    Remove {
        /// Name or id
        source: String,
    },
}

#[derive(Debug, clap::Args)]
struct Add {
    /// A name to know it by: letters, digits, `-`, `_`, `.`
    name: String,
    /// Read this file, or all files of this folder, on the machine of the service
    #[arg(long, value_name = "PATH", group = "feed")]
    folder: Option<PathBuf>,
    /// Listen on this address for the Fluent forward protocol; its shared key, if it has one, comes from
    /// `CLAVIGER_SOURCE_SECRET`
    #[arg(long, value_name = "ADDRESS", group = "feed")]
    fluent: Option<String>,
    /// Read from this NATS server; its password or token, if it has one, comes from
    /// `CLAVIGER_SOURCE_SECRET`
    #[arg(long, value_name = "URL", group = "feed", requires_all = ["stream", "subject"])]
    nats: Option<String>,
    /// The JetStream stream that keeps the messages
    #[arg(long, requires = "nats")]
    stream: Option<String>,
    /// The subjects that are read
    #[arg(long, requires = "nats")]
    subject: Option<String>,
    /// Read this logstore of Alibaba Cloud's Log Service, as `PROJECT/LOGSTORE`, with the credentials of
    /// `--connection`
    #[arg(long, value_name = "PLACE", group = "feed", requires = "connection")]
    sls: Option<String>,
    /// Look up the events of Alibaba Cloud's ActionTrail with the credentials of `--connection`
    #[arg(long, group = "feed", requires = "connection")]
    actiontrail: bool,
    /// Look up the events of AWS CloudTrail with the credentials of `--connection`, in its region and in that
    /// of services without one
    #[arg(long, group = "feed", requires = "connection")]
    cloudtrail: bool,
    /// Read the log files that others write into this bucket, as `s3://BUCKET/PREFIX` or `oss://BUCKET/PREFIX`, with the
    /// credentials of `--connection`
    #[arg(long, value_name = "PLACE", group = "feed", requires = "connection")]
    bucket: Option<String>,
    /// Endpoint of the Log Service, of ActionTrail or of CloudTrail; the provider's own unless given
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// The lines' format; recognised by itself unless given
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// The connection whose keys its requesters are
    #[arg(long, value_name = "CONNECTION")]
    connection: Option<String>,
}

const COLUMNS: &[(&str, &str)] = &[
    ("NAME", "name"),
    ("KIND", "kind"),
    ("STATE", "state"),
    ("EVENTS", "events"),
    ("REJECTED", "rejected"),
    ("LINES/S", "lines_per_second"),
    ("BEHIND MS", "behind_ms"),
    ("LAST LINE", "last_line_at"),
    ("WHY", "failure/message"),
];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let path = |name: &str, rest: &str| format!("/api/v1/sources/{}{rest}", escaped(name));
    super::run(&args.service, async |client| match &args.command {
        Command::List => Ok(Answer::table(client.get("/api/v1/sources").await?, COLUMNS)),
        Command::Add(add) => Ok(Answer::facts(client.post("/api/v1/sources", &body(add)?).await?)),
        Command::Rotate { source, grace_seconds } => {
            let body = json!({ "grace_seconds": grace_seconds });
            Ok(Answer::facts(client.post(&path(source, "/token"), &body).await?))
        }
        Command::Remove { source } => {
            client.delete(&path(source, "")).await?;
            Ok(Answer::done(Value::Null, "removed"))
        }
    })
}

fn body(add: &Add) -> anyhow::Result<Value> {
    let feed = if let Some(path) = &add.folder {
        json!({ "kind": "folder", "path": std::path::absolute(path)? })
    } else if let Some(listen) = &add.fluent {
        json!({ "kind": "fluent", "listen": listen })
    } else if let Some(url) = &add.nats {
        if url.contains('@') {
            bail!(
                "a password does not belong into an address\nhint: set `{}`",
                secret::SOURCE_SECRET
            );
        }
        json!({ "kind": "nats", "url": url, "stream": add.stream, "subject": add.subject })
    } else if let Some(place) = &add.sls {
        let Some((project, logstore)) = place.split_once('/') else {
            bail!("`{place}` names no logstore\nhint: write it as `PROJECT/LOGSTORE`");
        };
        json!({ "kind": "sls", "endpoint": add.endpoint, "project": project, "logstore": logstore })
    } else if add.actiontrail {
        json!({ "kind": "actiontrail", "endpoint": add.endpoint })
    } else if add.cloudtrail {
        json!({ "kind": "cloudtrail", "endpoint": add.endpoint })
    } else if let Some(place) = &add.bucket {
        let Some(path) = ["s3://", "oss://"].iter().find_map(|scheme| place.strip_prefix(scheme))
        else {
            bail!("`{place}` names no bucket\nhint: write it as `s3://BUCKET/PREFIX`");
        };
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        json!({ "kind": "bucket", "bucket": bucket, "prefix": prefix })
    } else {
        json!({ "kind": "push" })
    };
    Ok(json!({
        "name": add.name, "feed": feed, "log_format": add.log_format,
        "connection_id": add.connection, "secret": std::env::var(secret::SOURCE_SECRET).ok(),
    }))
}
