//! `claviger rules`: what Claviger may do by itself, because a person wrote it down.

use serde_json::{Value, json};

use super::hours::Hours;
use super::{Answer, Service, escaped, events};
use crate::cli::Exit;

/// Let a reversible plan run without confirmation after a grace period; off unless a rule is made
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger rules set public-leaks --name 'public leaks' --source public_plaintext_storage --grace 900 --enable
  claviger rules set used --name 'used leaks' --action restrict_network --only-used --grace 60 --enable
  claviger rules set nights --name 'at night' --hours 20:00-08:00 --zone Asia/Shanghai --grace 300 --enable
  claviger rules list
  claviger rules of LTAI5tExampleExampleExam
  claviger rules veto rsp_…")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the rules
    List,
    /// Make a rule, or change the one of this id
    Set(Box<Set>),
    /// Remove a rule
    Remove { rule: String },
    /// List what rules did, or are about to do, about an event
    Of { event: String },
    /// Stop what a rule is about to do
    Veto { response: String },
}

#[derive(Debug, clap::Args)]
struct Set {
    /// Its id, chosen by you
    rule: String,
    /// What it is called
    #[arg(long)]
    name: String,
    /// Put it in force
    #[arg(long)]
    enable: bool,
    /// What to do: `disable`, `restrict_network`, `deny_policy`, `deny_bucket`, `block_public_access` or
    /// `object_acl`
    #[arg(long, default_value = "disable")]
    action: String,
    /// Only of this type; may be given more than once
    #[arg(long)]
    risk_type: Vec<String>,
    /// Least level: high, medium or low
    #[arg(long, default_value = "high")]
    level: String,
    /// Only with evidence from this source; may be given more than once
    #[arg(long)]
    source: Vec<String>,
    /// Only with evidence in this bucket, by its id; may be given more than once
    #[arg(long)]
    asset: Vec<String>,
    /// Only where the key was used since the leak
    #[arg(long)]
    only_used: bool,
    #[command(flatten)]
    hours: Hours,
    /// How many seconds people have to veto
    #[arg(long, value_name = "SECONDS")]
    grace: u32,
}

const RULES: &[(&str, &str)] = &[
    ("RULE", "id"),
    ("NAME", "name"),
    ("ON", "enabled"),
    ("ACTION", "action"),
    ("TYPES", "risk_types"),
    ("LEVEL", "level_min"),
    ("SOURCES", "sources"),
    ("FROM", "hours/from"),
    ("UNTIL", "hours/until"),
    ("DAYS", "hours/days"),
    ("ZONE", "hours/zone"),
    ("GRACE", "grace_seconds"),
    ("BY", "made_by"),
];

const RESPONSES: &[(&str, &str)] = &[
    ("RESPONSE", "id"),
    ("RULE", "rule_id"),
    ("STATE", "state"),
    ("RUNS", "runs_at"),
    ("PLAN", "plan_id"),
    ("NOTE", "note"),
];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| match &args.command {
        Command::List => Ok(Answer::table(client.get("/api/v1/response-rules").await?, RULES)),
        Command::Set(set) => {
            let path = format!("/api/v1/response-rules/{}", escaped(&set.rule));
            let kept = client.put(&path, &body(set)?).await?;
            let sentence = if set.enable { "the rule is in force" } else { "kept; it is off" };
            Ok(Answer::done(kept, sentence))
        }
        Command::Remove { rule } => {
            client.delete(&format!("/api/v1/response-rules/{}", escaped(rule))).await?;
            Ok(Answer::done(Value::Null, "removed"))
        }
        Command::Of { event } => {
            let id = events::id_of(client, event).await?;
            let all = client.get(&format!("/api/v1/events/{id}/responses")).await?;
            Ok(Answer::table(all, RESPONSES))
        }
        Command::Veto { response } => {
            let path = format!("/api/v1/responses/{}/veto", escaped(response));
            Ok(Answer::done(client.post(&path, &json!({})).await?, "vetoed: it is not run"))
        }
    })
}

/// The rule as the API takes it.
fn body(set: &Set) -> anyhow::Result<Value> {
    Ok(json!({ "name": set.name, "enabled": set.enable, "action": set.action,
        "risk_types": set.risk_type, "level_min": set.level, "sources": set.source,
        "assets": set.asset, "only_used": set.only_used, "hours": set.hours.body()?,
        "grace_seconds": set.grace }))
}
