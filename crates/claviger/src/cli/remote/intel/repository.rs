//! `claviger intel repository`: repositories of source code that the service watches.

use serde_json::{Value, json};

use crate::cli::Exit;
use crate::cli::remote::{Answer, Service, escaped, run as ask, secret};

/// Watch repositories of source code: a key or a database password in one raises a risk event
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger intel repository add git+https://github.com/acme/shop.git --public
  claviger intel repository add git+https://code.acme.cn/acme/shop.git --with-token --interval 600
  claviger intel repository add git+file:///srv/git/shop.git --name shop
  claviger intel repository list
  claviger intel repository scan shop")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the repositories, and how the reading of each stands
    List,
    /// Watch one: all of its history is read, then what is new
    Add(Add),
    /// Look at one at once
    Scan {
        /// Name or id
        repository: String,
        /// Read all of it anew
        #[arg(long)]
        again: bool,
    },
    /// Watch it no more; its risk events and evidence stay
    Remove {
        /// Name or id
        repository: String,
    },
}

#[derive(Debug, clap::Args)]
struct Add {
    /// `git+https://HOST/PATH`, `git+ssh://git@HOST/PATH`, or `git+file:///PATH` on the machine of the service
    address: String,
    /// A name to know it by; the last part of the address unless given
    #[arg(long)]
    name: Option<String>,
    /// Anybody may read it
    #[arg(long)]
    public: bool,
    /// Give a token that may read it (`CLAVIGER_REPOSITORY_TOKEN`, or asked for)
    #[arg(long)]
    with_token: bool,
    /// The name that the token is given with, where the host wants a certain one
    #[arg(long, requires = "with_token", value_name = "USER")]
    login: Option<String>,
    /// How often it is looked at; every hour unless given
    #[arg(long, value_name = "SECONDS")]
    interval: Option<u64>,
}

const COLUMNS: &[(&str, &str)] = &[
    ("NAME", "name"),
    ("STATE", "state"),
    ("PUBLIC", "public"),
    ("COMMITS", "commits"),
    ("FILES", "blobs"),
    ("UNREAD", "unread"),
    ("LAST READ", "scanned_at"),
    ("ADDRESS", "address"),
    ("WHY", "failure"),
];

/// Runs the command.
pub(super) fn run(service: &Service, args: &Args) -> anyhow::Result<Exit> {
    let path = |name: &str, rest: &str| format!("/api/v1/repositories/{}{rest}", escaped(name));
    ask(service, async |client| match &args.command {
        Command::List => Ok(Answer::table(client.get("/api/v1/repositories").await?, COLUMNS)),
        Command::Add(add) => {
            Ok(Answer::facts(client.post("/api/v1/repositories", &body(add)?).await?))
        }
        Command::Scan { repository, again } => {
            client.post(&path(repository, "/scan"), &json!({ "again": again })).await?;
            Ok(Answer::done(Value::Null, "it is being read"))
        }
        Command::Remove { repository } => {
            client.delete(&path(repository, "")).await?;
            Ok(Answer::done(Value::Null, "removed: it is watched no more"))
        }
    })
}

fn body(add: &Add) -> anyhow::Result<Value> {
    let mut body = json!({ "address": add.address, "name": add.name, "public": add.public,
        "login": add.login, "interval_seconds": add.interval });
    if add.with_token {
        body["token"] = secret::take(secret::REPOSITORY_TOKEN, "token of the repository")?.into();
    }
    Ok(body)
}
