//! `claviger intel canary`: keys that may do nothing, planted so that somebody uses them.

use serde_json::{Value, json};

use crate::cli::Exit;
use crate::cli::remote::{Answer, Service, escaped, run as ask, secret};

/// Make, plant and retire canary keys: any use of one is a certain alarm
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger intel canary add 'build server' --place 'wiki page of the build server' --key LTAI5t…
  claviger intel canary add 'backup' --place 's3://backups/old.env' --connection con_… --user backup-reader
  claviger intel canary confirm can_…
  claviger intel canary plant can_… --shape environment")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List canaries
    List,
    /// Watch a key that exists, or draft one for a new user of a connection
    Add(Add),
    /// Carry out what a draft names: a user without any right, and a key of it
    Confirm { canary: String },
    /// Print texts that hold the pair, ready to plant
    Plant {
        canary: String,
        /// `credentials_file`, `environment`, `json`, `properties` or `yaml`; all unless given
        #[arg(long)]
        shape: Option<String>,
    },
    /// Watch its use no longer; its key and user stay where they are
    Retire { canary: String },
}

#[derive(Debug, clap::Args)]
struct Add {
    /// A name to know it by
    name: String,
    /// Where it will be planted, in your words
    #[arg(long)]
    place: String,
    /// A key that you made; its secret is asked for with `--with-secret`
    #[arg(long, value_name = "ACCESS_KEY_ID", conflicts_with = "connection")]
    key: Option<String>,
    /// Give the secret, too (`CLAVIGER_ACCESS_KEY_SECRET`, or asked for), to have texts to plant
    #[arg(long, requires = "key")]
    with_secret: bool,
    /// The connection in whose account a user and a key are to be made
    #[arg(long, requires = "user")]
    connection: Option<String>,
    /// That user's name: one that a thief believes
    #[arg(long)]
    user: Option<String>,
}

const COLUMNS: &[(&str, &str)] = &[
    ("CANARY", "id"),
    ("NAME", "name"),
    ("KEY", "access_key_id"),
    ("PLACE", "place"),
    ("STATE", "state"),
    ("ARMED", "armed_at"),
];

const PLANTS: &[(&str, &str)] = &[("SHAPE", "shape"), ("FILE", "file"), ("TEXT", "text")];

/// Runs the command.
pub(super) fn run(service: &Service, args: &Args) -> anyhow::Result<Exit> {
    let path = |id: &str, rest: &str| format!("/api/v1/canaries/{}{rest}", escaped(id));
    ask(service, async |client| match &args.command {
        Command::List => Ok(Answer::table(client.get("/api/v1/canaries").await?, COLUMNS)),
        Command::Add(add) => Ok(Answer::facts(client.post("/api/v1/canaries", &body(add)?).await?)),
        Command::Confirm { canary } => {
            Ok(Answer::facts(client.post(&path(canary, "/confirm"), &json!({})).await?))
        }
        Command::Plant { canary, shape } => {
            let mut plants = client.get(&path(canary, "/plants")).await?;
            if let (Some(shape), Value::Array(all)) = (shape, &mut plants) {
                all.retain(|plant| plant["shape"] == *shape);
            }
            Ok(Answer::table(plants, PLANTS))
        }
        Command::Retire { canary } => {
            client.delete(&path(canary, "")).await?;
            Ok(Answer::done(Value::Null, "retired: its use is watched no longer"))
        }
    })
}

fn body(add: &Add) -> anyhow::Result<Value> {
    let mut body = json!({ "name": add.name, "place": add.place });
    if let Some(key) = &add.key {
        body["access_key_id"] = key.clone().into();
        if add.with_secret {
            body["access_key_secret"] =
                secret::take("CLAVIGER_ACCESS_KEY_SECRET", "access key secret")?.into();
        }
    }
    if let Some(connection) = &add.connection {
        body["connection_id"] = connection.clone().into();
        body["user_name"] = add.user.clone().into();
    }
    Ok(body)
}
