//! `claviger alerts`: who is told of what, and how each message fared.

use serde_json::{Value, json};

use super::{Answer, Service, asked, escaped, secret};
use crate::cli::Exit;

/// Set who is told of what, test it, and see how each message fared
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger alerts add 'on call' --host smtp.example.com --from claviger@example.com \\
    --to oncall@example.com --username claviger < password.txt
  claviger alerts test alc_…
  claviger alerts deliveries")]
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
    /// Send a test message the way real ones go
    Test { alert: String },
    /// Remove a configuration
    Remove { alert: String },
    /// The delivery log, newest first
    Deliveries {
        /// Only of this event (`evt_…`)
        #[arg(long)]
        event: Option<String>,
    },
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
    ("TO", "email/to"),
    ("FROM LEVEL", "level_min"),
    ("RISK TYPES", "risk_types"),
];

const DELIVERIES: &[(&str, &str)] = &[
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
        Command::Deliveries { event } => {
            let path = asked("/api/v1/deliveries", &[("event_id", event.clone())]);
            Ok(Answer::table(client.get(&path).await?, DELIVERIES))
        }
    })
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
