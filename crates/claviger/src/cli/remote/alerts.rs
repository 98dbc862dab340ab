//! `claviger alerts`: who is told of what, and how each message fared.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};

use super::{Answer, Service, asked, escaped, secret};
use crate::cli::Exit;

/// Set who is told of what, test it, and see how each message fared
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger alerts add 'on call' --host smtp.example.com --from claviger@example.com \\
    --to oncall@example.com --username claviger < password.txt
  claviger alerts verify oncall@example.com 123456
  claviger alerts add-file slack.json          # any method and rule: docs/alerts.md
  claviger alerts test alc_…
  claviger alerts deliveries --state dead
  claviger alerts send-again dlv_…")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List alert configurations
    List,
    /// Tell somebody by e-mail
    Add(Box<Add>),
    /// Show a configuration whole
    Show { alert: String },
    /// Make a configuration of any method and rule from a JSON file (`-` for standard input)
    AddFile {
        /// As `POST /api/v1/alerts` takes it; `secret` and `url` may come from the environment instead:
        /// `CLAVIGER_ALERT_SECRET`, `CLAVIGER_ALERT_URL`
        file: PathBuf,
    },
    /// Change a configuration to what a JSON file says (`-` for standard input)
    ChangeFile {
        alert: String,
        /// As `add-file`; a secret that is not given stays
        file: PathBuf,
    },
    /// Send a test message the way real ones go
    Test { alert: String },
    /// Remove a configuration
    Remove { alert: String },
    /// The delivery log, newest first
    Deliveries {
        /// Only of this event (`evt_…`)
        #[arg(long)]
        event: Option<String>,
        /// `waiting`, `delivered`, `retrying`, `collected`, `summarized` or `dead`
        #[arg(long)]
        state: Option<String>,
    },
    /// Send a message again that was given up
    SendAgain { delivery: String },
    /// List addresses, and whether their code was entered
    Recipients,
    /// Send a code to an address
    SendCode {
        address: String,
        /// The configuration that carries it (`alc_…`)
        #[arg(long)]
        through: String,
    },
    /// Enter the code that was sent to an address: from then on alerts are
    Verify { address: String, code: String },
    /// Forget an address
    RemoveRecipient { address: String },
    /// List groups of recipients
    Groups,
    /// Make a group of recipients
    AddGroup {
        name: String,
        /// Mail address or telephone number (repeatable)
        #[arg(long, required = true)]
        member: Vec<String>,
    },
    /// Remove a group that no configuration names
    RemoveGroup { group: String },
}

#[derive(Debug, clap::Args)]
struct Add {
    /// A name to know it by
    name: String,
    /// Mail server
    #[arg(long)]
    host: String,
    /// Its port
    #[arg(long, default_value_t = 587)]
    port: u16,
    /// `starttls`, `tls` or `none`
    #[arg(long, default_value = "starttls")]
    security: String,
    /// User name at the server; the password comes from standard input or `CLAVIGER_SMTP_PASSWORD`
    #[arg(long)]
    username: Option<String>,
    /// Sender
    #[arg(long)]
    from: String,
    /// Recipient (repeatable)
    #[arg(long, required = true)]
    to: Vec<String>,
    /// Only of this risk type (repeatable); all unless given
    #[arg(long)]
    risk_type: Vec<String>,
    /// From which level up
    #[arg(long, default_value = "low")]
    level_min: String,
    /// `en` or `zh-CN`
    #[arg(long, default_value = "en")]
    language: String,
}

const COLUMNS: &[(&str, &str)] = &[
    ("ALERT", "id"),
    ("NAME", "name"),
    ("ENABLED", "enabled"),
    ("METHOD", "method/method"),
    ("TO", "method/to"),
    ("FROM LEVEL", "level_min"),
    ("RISK TYPES", "risk_types"),
];

const RECIPIENTS: &[(&str, &str)] = &[
    ("ADDRESS", "address"),
    ("VERIFIED", "verified_at"),
    ("TRUSTED", "trusted"),
    ("CODE SENT", "code_sent_at"),
];

const GROUPS: &[(&str, &str)] = &[("GROUP", "id"), ("NAME", "name"), ("MEMBERS", "members")];

const DELIVERIES: &[(&str, &str)] = &[
    ("DELIVERY", "id"),
    ("CREATED", "created_at"),
    ("STATE", "state"),
    ("KIND", "kind"),
    ("TRIES", "attempts"),
    ("SUBJECT", "subject"),
    ("LAST ERROR", "last_error"),
];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| match &args.command {
        Command::List => Ok(Answer::table(client.get("/api/v1/alerts").await?, COLUMNS)),
        Command::Add(add) => Ok(Answer::facts(client.post("/api/v1/alerts", &body(add)?).await?)),
        Command::Test { alert } => {
            let path = format!("/api/v1/alerts/{}/test", escaped(alert));
            let sent = client.post(&path, &json!({})).await?;
            Ok(Answer::done(sent, "on its way: `claviger alerts deliveries` tells how it fares"))
        }
        Command::Remove { alert } => {
            client.delete(&format!("/api/v1/alerts/{}", escaped(alert))).await?;
            Ok(Answer::done(Value::Null, "removed"))
        }
        Command::Show { alert } => {
            Ok(Answer::facts(client.get(&format!("/api/v1/alerts/{}", escaped(alert))).await?))
        }
        Command::AddFile { file } => {
            Ok(Answer::facts(client.post("/api/v1/alerts", &read(file)?).await?))
        }
        Command::ChangeFile { alert, file } => {
            let path = format!("/api/v1/alerts/{}", escaped(alert));
            Ok(Answer::facts(client.put(&path, &read(file)?).await?))
        }
        Command::Deliveries { event, state } => {
            let asked_for = [("event_id", event.clone()), ("state", state.clone())];
            let path = asked("/api/v1/deliveries", &asked_for);
            Ok(Answer::table(client.get(&path).await?, DELIVERIES))
        }
        Command::SendAgain { delivery } => {
            let path = format!("/api/v1/deliveries/{}/again", escaped(delivery));
            let sent = client.post(&path, &json!({})).await?;
            Ok(Answer::done(sent, "on its way again"))
        }
        Command::Recipients => {
            Ok(Answer::table(client.get("/api/v1/recipients").await?, RECIPIENTS))
        }
        Command::SendCode { address, through } => {
            let body = json!({ "address": address, "alert_id": through });
            let sent = client.post("/api/v1/recipients", &body).await?;
            Ok(Answer::done(sent, "a code is on its way: `claviger alerts verify ADDRESS CODE`"))
        }
        Command::Verify { address, code } => {
            let body = json!({ "address": address, "code": code });
            let verified = client.post("/api/v1/recipients/verify", &body).await?;
            Ok(Answer::done(verified, "verified: alerts are sent there from now on"))
        }
        Command::RemoveRecipient { address } => {
            client.delete(&format!("/api/v1/recipients/{}", escaped(address))).await?;
            Ok(Answer::done(Value::Null, "removed"))
        }
        Command::Groups => Ok(Answer::table(client.get("/api/v1/recipient-groups").await?, GROUPS)),
        Command::AddGroup { name, member } => {
            let body = json!({ "name": name, "members": member });
            Ok(Answer::facts(client.post("/api/v1/recipient-groups", &body).await?))
        }
        Command::RemoveGroup { group } => {
            client.delete(&format!("/api/v1/recipient-groups/{}", escaped(group))).await?;
            Ok(Answer::done(Value::Null, "removed"))
        }
    })
}

/// The file, with what the environment adds so that no secret need stand in it.
fn read(file: &Path) -> anyhow::Result<Value> {
    let text = if file == Path::new("-") {
        std::io::read_to_string(std::io::stdin())?
    } else {
        let place = file.display();
        std::fs::read_to_string(file).with_context(|| format!("cannot read `{place}`"))?
    };
    let mut body: Value =
        serde_json::from_str(&text).with_context(|| format!("`{}` is no JSON", file.display()))?;
    for (field, variable) in [("secret", "CLAVIGER_ALERT_SECRET"), ("url", "CLAVIGER_ALERT_URL")] {
        if let (Ok(value), Some(object)) = (std::env::var(variable), body.as_object_mut()) {
            object.insert(field.to_owned(), Value::String(value));
        }
    }
    Ok(body)
}

fn body(add: &Add) -> anyhow::Result<Value> {
    let password = match add.username {
        Some(_) => Some(secret::take("CLAVIGER_SMTP_PASSWORD", "mail server's password")?),
        None => None,
    };
    Ok(json!({
        "name": add.name, "password": password, "risk_types": add.risk_type,
        "level_min": add.level_min, "language": add.language,
        "email": {
            "host": add.host, "port": add.port, "security": add.security,
            "username": add.username, "from": add.from, "to": add.to,
        },
    }))
}
