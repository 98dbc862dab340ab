//! `claviger plan`: the exact calls of a handling, before it makes them and after.

use std::time::{Duration, Instant};

use anyhow::bail;
use serde_json::{Value, json};

use super::super::client::Client;
use super::{Answer, Service, escaped, events};
use crate::cli::Exit;

/// Longest wait for a plan to end; it goes on after that.
const PATIENCE: Duration = Duration::from_secs(120);

/// Draft the plan of a handling, confirm it, take it back
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger plan draft LTAI5tExampleExampleExam disable
  claviger plan confirm pln_…
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
    Draft {
        /// Id of the event, or the access key id it is about
        event: String,
        /// `disable`
        action: String,
    },
    /// Show a plan
    Show { plan: String },
    /// Run a plan, and wait until it ended
    Confirm { plan: String },
    /// Take a plan back, and wait until that ended
    Undo { plan: String },
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| match &args.command {
        Command::Draft { event, action } => {
            let path = format!("/api/v1/events/{}/plans", events::id_of(client, event).await?);
            Ok(Answer::facts(client.post(&path, &json!({ "action": action })).await?))
        }
        Command::Show { plan } => {
            Ok(Answer::facts(client.get(&format!("/api/v1/plans/{}", escaped(plan))).await?))
        }
        Command::Confirm { plan } => turn(client, plan, "confirm").await,
        Command::Undo { plan } => turn(client, plan, "undo").await,
    })
}

async fn turn(client: &Client, plan: &str, act: &str) -> anyhow::Result<Answer> {
    let path = format!("/api/v1/plans/{}", escaped(plan));
    client.post(&format!("{path}/{act}"), &json!({})).await?;
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let plan = client.get(&path).await?;
        match plan["state"].as_str() {
            Some("confirmed" | "undoing") => tokio::time::sleep(Duration::from_millis(200)).await,
            Some("failed") => bail!("the plan failed: {}", why(&plan)),
            _ => return Ok(Answer::facts(plan)),
        }
    }
    bail!(
        "the plan has not ended after {} s; it goes on\nhint: `claviger plan show {}`",
        PATIENCE.as_secs(),
        plan
    )
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
