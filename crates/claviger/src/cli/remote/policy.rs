//! `claviger policy`: what counts as a risk, and how bad.

use anyhow::Context;
use serde_json::{Value, json};

use super::{Answer, Service, dial, escaped};
use crate::cli::Exit;

/// See and change the level and status of each risk type, and how many alarms a day
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger policy list
  claviger policy set access_key_pair_leak --level high --enabled true
  claviger policy set public_storage_of_sensitive_information --condition sensitivity_min=S3
  claviger policy dial
  claviger policy dial 20 --preview --days 30
  claviger policy dial 20")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the policies of all risk types
    List,
    /// Change one; a new level changes all existing events of the type
    Set {
        /// Such as `access_key_pair_leak`
        risk_type: String,
        /// high, medium or low
        #[arg(long)]
        level: Option<String>,
        /// Disabling stops new alerts; existing events are not affected
        #[arg(long)]
        enabled: Option<bool>,
        /// A condition for new events, as `sensitivity_min=S3`; may be given more than once
        #[arg(long = "condition", value_name = "NAME=VALUE")]
        conditions: Vec<String>,
    },
    /// See and turn the alarm dial: about how many alarms a day; or preview a value over the history
    Dial(dial::Args),
}

const COLUMNS: &[(&str, &str)] = &[
    ("RISK TYPE", "risk_type"),
    ("LEVEL", "level"),
    ("ENABLED", "enabled"),
    ("CONDITIONS", "conditions"),
];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| match &args.command {
        Command::Dial(args) => dial::run(client, args).await,
        Command::List => Ok(Answer::table(client.get("/api/v1/policies").await?, COLUMNS)),
        Command::Set { risk_type, level, enabled, conditions } => {
            let path = format!("/api/v1/policies/{}", escaped(risk_type));
            let mut body = json!({});
            if let Some(level) = level {
                body["level"] = Value::from(level.as_str());
            }
            if let Some(enabled) = enabled {
                body["enabled"] = Value::from(*enabled);
            }
            for condition in conditions {
                let (name, value) = condition.split_once('=').with_context(|| {
                    format!("`{condition}` is no condition\nhint: write it as `holders_min=3`")
                })?;
                let number = value.parse::<u64>().ok();
                body["conditions"][name] = number.map_or(Value::from(value), Value::from);
            }
            let changed = client.put(&path, &body).await?;
            let sentence =
                format!("saved; the level of {} events changed", changed["events_changed"]);
            Ok(Answer::done(changed, sentence))
        }
    })
}
