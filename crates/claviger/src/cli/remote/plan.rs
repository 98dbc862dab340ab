//! `claviger plan`: the exact calls of a handling, before it makes them and after.

mod dry_run;
mod judged;
mod printed;
mod told;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::super::client::Client;
use super::{Answer, Service, escaped, events};
use crate::cli::Exit;
use printed::As;

/// Longest wait for a plan to end; it goes on after that.
const PATIENCE: Duration = Duration::from_secs(120);

/// Draft the plan of a handling, confirm it, take it back
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger plan draft LTAI5tExampleExampleExam disable
  claviger plan draft LTAI5tExampleExampleExam restrict_network --address 203.0.113.0/24
  claviger plan draft LTAI5tExampleExampleExam deny_bucket --bucket b --prefix salaries/
  claviger plan what-if pln_…
  claviger plan what-if LTAI5tExampleExampleExam --policy deny.json
  claviger plan draft LTAI5tExampleExampleExam delete_file --bucket b --object a/test.txt
  claviger plan draft LTAI5tExampleExampleExam disable --as terraform
  claviger plan draft AKIAEXAMPLEEXAMPLE00 rotate_stored --secret-name app/s3
  claviger plan confirm pln_… --dry-run
  claviger plan confirm pln_…
  claviger plan take pln_… --output new-pair.json
  claviger plan undo pln_…")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Draft the plan of an action on an event; changes nothing
    Draft(Box<Draft>),
    /// Show a plan
    Show {
        plan: String,
        /// Print its calls for somebody with more rights, and nothing else
        #[arg(long = "as", value_enum)]
        printed: Option<As>,
    },
    /// Judge a policy on the recorded requests: which are stopped, and which good ones are lost
    WhatIf(WhatIf),
    /// Run a plan, and wait until it ended or waits for something
    Confirm {
        plan: String,
        /// The access key id, where something of the plan cannot be taken back
        #[arg(long)]
        key: Option<String>,
        /// Print the calls that it would make, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Take the new pair of a rotation over; it is told once
    Take {
        plan: String,
        /// Write it to a new file that only you can read, instead of the screen
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Take a plan back, and wait until that ended
    Undo {
        plan: String,
        /// Print what it would take back, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, clap::Args)]
struct WhatIf {
    /// Id of a plan; with `--policy` that of an event, or the access key id it is about
    of: String,
    /// Judge the policy of this file, as its provider takes it
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The bucket whose policy it would be; without it one of the key's user
    #[arg(long, requires = "policy")]
    bucket: Option<String>,
    /// Nothing else allows anything: what the policy does not allow is stopped
    #[arg(long, requires = "policy")]
    alone: bool,
}

#[derive(Debug, clap::Args)]
struct Draft {
    /// Id of the event, or the access key id it is about
    event: String,
    /// `disable`, `enable`, `delete`, `restrict_network`, `deny_policy`, `deny_bucket`, `revoke_sessions`,
    /// `rotate`, `rotate_stored`, `rotate_managed`, `host_managed`, `bucket_acl`, `block_public_access`,
    /// `block_account_public_access`, `object_acl`, `delete_file`
    action: String,
    /// The bucket that the action is about
    #[arg(long)]
    bucket: Option<String>,
    /// The object that the action is about
    #[arg(long)]
    object: Option<String>,
    /// The access control list to set [default: private]
    #[arg(long)]
    acl: Option<String>,
    /// An address or network that may go on; without any those of the key's good past
    #[arg(long = "address", value_name = "ADDRESS")]
    addresses: Vec<String>,
    /// What the user may not read: `bucket/prefix`; of `deny_bucket` without the bucket
    #[arg(long = "prefix", value_name = "PREFIX")]
    prefixes: Vec<String>,
    /// Of `rotate_stored`: the secret of Secrets Manager that gets the new pair
    #[arg(long, value_name = "NAME")]
    secret_name: Option<String>,
    /// Of `rotate`: disable the old key after so long without good use [default: a day]
    #[arg(long, value_name = "SECONDS")]
    quiet: Option<u32>,
    /// Of `rotate`: delete the old key after it was disabled for so long [default: a week]
    #[arg(long, value_name = "SECONDS")]
    keep: Option<u32>,
    /// Of `rotate_managed`: disable the old key at once [default: where a stranger uses it]
    #[arg(long, value_name = "BOOL")]
    disable_first: Option<bool>,
    /// Of `host_managed`: read the user's pairs from standard input, `ID SECRET` a line
    #[arg(long)]
    pairs: bool,
    /// The language of the plan: `en` or `zh-CN`
    #[arg(long)]
    language: Option<String>,
    /// Print the calls for somebody with more rights, and nothing else
    #[arg(long = "as", value_enum)]
    printed: Option<As>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| match &args.command {
        Command::Draft(draft) => {
            let path =
                format!("/api/v1/events/{}/plans", events::id_of(client, &draft.event).await?);
            shown(client.post(&path, &body(draft)?).await?, draft.printed)
        }
        Command::Show { plan, printed } => {
            let path = format!("/api/v1/plans/{}", escaped(plan));
            shown(client.get(&path).await?, *printed)
        }
        Command::WhatIf(asked) => what_if(client, asked).await,
        Command::Confirm { plan, dry_run: true, .. } => dry_run::confirm(client, plan).await,
        Command::Undo { plan, dry_run: true } => dry_run::undo(client, plan).await,
        Command::Confirm { plan, key, .. } => {
            turn(client, plan, "confirm", &json!({ "key": key })).await
        }
        Command::Take { plan, output } => take(client, plan, output.as_deref()).await,
        Command::Undo { plan, .. } => turn(client, plan, "undo", &json!({})).await,
    })
}

async fn what_if(client: &Client, asked: &WhatIf) -> anyhow::Result<Answer> {
    let answer = match &asked.policy {
        None => client.get(&format!("/api/v1/plans/{}/what-if", escaped(&asked.of))).await?,
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("cannot read the policy `{}`", file.display()))?;
            let policy: Value = serde_json::from_str(&text)
                .with_context(|| format!("`{}` is no JSON", file.display()))?;
            let path =
                format!("/api/v1/events/{}/what-if", events::id_of(client, &asked.of).await?);
            let body = json!({ "policy": policy, "bucket": asked.bucket, "alone": asked.alone });
            client.post(&path, &body).await?
        }
    };
    let text = judged::text(&answer);
    Ok(Answer::text(answer, text))
}

fn shown(plan: Value, printed: Option<As>) -> anyhow::Result<Answer> {
    Ok(match printed {
        Some(tool) => {
            let text = tool.of(&plan)?;
            Answer::text(plan, text)
        }
        None => told(plan),
    })
}

/// The plan as lines for a person.
fn told(plan: Value) -> Answer {
    let text = told::text(&plan);
    Answer::text(plan, text)
}

fn body(draft: &Draft) -> anyhow::Result<Value> {
    let mut body = json!({ "action": draft.action, "addresses": draft.addresses,
        "prefixes": draft.prefixes });
    for (name, value) in [
        ("bucket", draft.bucket.clone().map(Value::from)),
        ("object", draft.object.clone().map(Value::from)),
        ("acl", draft.acl.clone().map(Value::from)),
        ("secret_name", draft.secret_name.clone().map(Value::from)),
        ("quiet_seconds", draft.quiet.map(Value::from)),
        ("keep_seconds", draft.keep.map(Value::from)),
        ("disable_first", draft.disable_first.map(Value::from)),
        ("language", draft.language.clone().map(Value::from)),
    ] {
        if let Some(value) = value {
            body[name] = value;
        }
    }
    if draft.pairs {
        let text =
            std::io::read_to_string(std::io::stdin()).context("cannot read standard input")?;
        let pairs: Option<Vec<Value>> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| {
                let (id, secret) = line.trim().split_once(char::is_whitespace)?;
                Some(json!({ "access_key_id": id, "access_key_secret": secret.trim() }))
            })
            .collect();
        body["pairs"] = pairs.context("a line is no pair\nhint: write `ID SECRET` a line")?.into();
    }
    Ok(body)
}

/// Takes the new pair: to a file that only its owner can read, or to the screen.
async fn take(client: &Client, plan: &str, output: Option<&Path>) -> anyhow::Result<Answer> {
    // The file is made first: a pair that has no place to go must not be taken.
    let file = output.map(private_file).transpose()?;
    let pair = client.post(&format!("/api/v1/plans/{}/take", escaped(plan)), &json!({})).await?;
    let (Some(mut file), Some(path)) = (file, output) else { return Ok(Answer::facts(pair)) };
    let written = writeln!(file, "{pair}").and_then(|()| file.sync_all());
    if let Err(error) = written {
        // It is told this once: better on the screen than nowhere.
        told_at_least(&pair)?;
        return Err(error).with_context(|| format!("cannot write `{}`", path.display()));
    }
    let id = pair["access_key_id"].clone();
    let sentence = format!("the new pair stands in `{}`", path.display());
    Ok(Answer::done(json!({ "access_key_id": id, "file": path }), sentence))
}

fn told_at_least(pair: &Value) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{pair}").context("cannot write the pair anywhere")
}

fn private_file(path: &Path) -> anyhow::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).with_context(|| format!("cannot make the file `{}`", path.display()))
}

async fn turn(client: &Client, plan: &str, act: &str, body: &Value) -> anyhow::Result<Answer> {
    let path = format!("/api/v1/plans/{}", escaped(plan));
    client.post(&format!("{path}/{act}"), body).await?;
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let plan = client.get(&path).await?;
        match plan["state"].as_str() {
            Some("confirmed") if is_held(&plan) => return Ok(told(plan)),
            Some("confirmed" | "undoing") => tokio::time::sleep(Duration::from_millis(200)).await,
            Some("failed") => bail!("the plan failed: {}", why(&plan)),
            _ => return Ok(told(plan)),
        }
    }
    bail!(
        "the plan has not ended after {} s; it goes on\nhint: `claviger plan show {}`",
        PATIENCE.as_secs(),
        plan
    )
}

/// Whether a step waits for something that takes its time.
fn is_held(plan: &Value) -> bool {
    plan["steps"].as_array().into_iter().flatten().any(|step| step["state"] == "held")
}

/// What the step that failed met, with the way out.
fn why(plan: &Value) -> String {
    let steps = plan["steps"].as_array().into_iter().flatten();
    let failed = steps.filter(|step| step["state"] == "failed");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let words =
        failed.map(|step| format!("{}\nhint: {}", text(&step["message"]), text(&step["hint"])));
    words.collect::<Vec<_>>().join("; ")
}
