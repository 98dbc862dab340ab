//! `claviger connections`: cloud accounts and endpoints that Claviger may read.

use serde_json::{Value, json};

use super::{Answer, Service, asked, escaped, secret};
use crate::cli::Exit;
use crate::cli::exit::say;

/// Connect cloud accounts, see what their credentials may do, list their buckets anew
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger connections add practice --provider aliyun --region cn-hangzhou \\
    --access-key-id LTAI5tExampleExampleExam < secret.txt
  claviger connections add account --provider aws --region eu-west-1 --credentials role:scanner
  claviger connections add shop --provider aliyun --region cn-hangzhou \\
    --credentials file:/run/secrets/aliyun.ini#shop
  claviger connections credentials con_… \\
    --credentials env:ALIBABA_CLOUD_ACCESS_KEY_ID,ALIBABA_CLOUD_ACCESS_KEY_SECRET
  claviger connections policy aliyun disable restrict_network rotate
  claviger connections policy aws read_cloudtrail
  claviger connections policy aws read_bucket:acme-trail/AWSLogs/
  claviger connections capabilities con_…
  claviger connections synchronize con_…")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List connections with how they fare
    List,
    /// Connect an account; the secret comes from standard input or `CLAVIGER_ACCESS_KEY_SECRET`
    Add(Add),
    /// Show one connection
    Show { connection: String },
    /// Give it other credentials, which are tried first
    Credentials {
        connection: String,
        #[command(flatten)]
        key: Key,
    },
    /// Try each call that Claviger reads by; changes nothing, and ends with 1 where a right is missing
    Capabilities { connection: String },
    /// Print the smallest policy that lets Claviger read, carry out these actions and read these sources
    Policy {
        /// `aliyun`, `aws`, `s3` or `minio`
        provider: String,
        /// `disable`, `rotate`, … as `claviger plan draft` takes them; `read_sls` (or
        /// `read_sls:PROJECT/LOGSTORE`), `read_actiontrail`, `read_cloudtrail`, `read_bucket` (or
        /// `read_bucket:BUCKET/PREFIX`); none: reading alone
        actions: Vec<String>,
    },
    /// List its buckets and keys anew
    Synchronize { connection: String },
    /// Remove it with its buckets; risk events stay
    Remove { connection: String },
}

#[derive(Debug, clap::Args)]
struct Add {
    /// A name to know it by
    name: String,
    /// `aliyun`, `aws`, `s3`, `minio` or `folder`
    #[arg(long)]
    provider: String,
    /// Region, such as `cn-hangzhou`
    #[arg(long, default_value = "")]
    region: String,
    /// Endpoint of the store; the provider's own unless given. For a folder: its path
    #[arg(long)]
    endpoint: Option<String>,
    /// Endpoint of the accounts' API; the provider's own unless given, with MinIO that of the store
    #[arg(long)]
    accounts_endpoint: Option<String>,
    #[command(flatten)]
    key: Key,
}

#[derive(Debug, clap::Args)]
struct Key {
    /// The key to sign with
    #[arg(long, conflicts_with = "credentials")]
    access_key_id: Option<String>,
    /// Where the service finds the key instead: `env:ID_VARIABLE,SECRET_VARIABLE[,TOKEN_VARIABLE]`,
    /// `file:PATH[#PROFILE]` or `role[:NAME]` (the role of its machine)
    #[arg(long, value_name = "REFERENCE")]
    credentials: Option<String>,
}

const COLUMNS: &[(&str, &str)] = &[
    ("CONNECTION", "id"),
    ("NAME", "name"),
    ("PROVIDER", "provider"),
    ("REGION", "region"),
    ("HEALTH", "health/state"),
    ("WHY", "health/message"),
    ("SYNCHRONIZED", "synchronized_at"),
];

const CAPABILITIES: &[(&str, &str)] = &[
    ("RIGHT", "right"),
    ("VERDICT", "verdict"),
    ("PURPOSE", "purpose"),
    ("TRIED ON", "on"),
    ("ANSWER", "answer"),
];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let path = |id: &str, rest: &str| format!("/api/v1/connections/{}{rest}", escaped(id));
    super::run(&args.service, async |client| match &args.command {
        Command::List => Ok(Answer::table(client.get("/api/v1/connections").await?, COLUMNS)),
        Command::Add(add) => {
            let connected = client.post("/api/v1/connections", &body(add)?).await?;
            say_warning(&connected);
            let id = connected["id"].as_str().unwrap_or_default();
            // It is connected, whatever the test of its rights may answer.
            if let Ok(trial) = client.get(&path(id, "/capabilities")).await {
                say_missing(id, &trial);
            }
            Ok(Answer::facts(connected))
        }
        Command::Show { connection } => Ok(Answer::facts(client.get(&path(connection, "")).await?)),
        Command::Credentials { connection, key } => {
            let changed = client.put(&path(connection, "/credentials"), &key.body()?).await?;
            say_warning(&changed);
            Ok(Answer::facts(changed))
        }
        Command::Capabilities { connection } => {
            let trial = client.get(&path(connection, "/capabilities")).await?;
            Ok(tried(trial))
        }
        Command::Policy { provider, actions } => {
            let question =
                [("provider", Some(provider.clone())), ("actions", Some(actions.join(",")))];
            let policy = client.get(&asked("/api/v1/rights", &question)).await?;
            let text = policy["policy"].as_str().unwrap_or_default().to_owned();
            Ok(Answer::done(policy, text))
        }
        Command::Synchronize { connection } => {
            client.post(&path(connection, "/synchronize"), &json!({})).await?;
            Ok(Answer::done(Value::Null, "synchronization begins"))
        }
        Command::Remove { connection } => {
            client.delete(&path(connection, "")).await?;
            Ok(Answer::done(Value::Null, "removed"))
        }
    })
}

/// The test of a connection: a row each right, and below them the policy that grants what is missing.
fn tried(trial: Value) -> Answer {
    let missing = &trial["missing"]["policy"];
    let mut rows = trial["capabilities"].as_array().into_iter().flatten();
    let (below, exit) = match missing.as_str() {
        Some(policy) => {
            (format!("\nThis policy grants what is missing:\n{policy}"), Exit::Findings)
        }
        None if rows.any(|row| row["verdict"] == "unanswered") => (String::new(), Exit::Incomplete),
        None => (String::new(), Exit::Clean),
    };
    Answer::table_of(trial, "capabilities", CAPABILITIES, below).ending(exit)
}

/// Says on standard error which rights a new connection lacks.
fn say_missing(id: &str, trial: &Value) {
    let Some(rights) = trial["missing"]["rights"].as_array() else { return };
    let all = trial["capabilities"].as_array().into_iter().flatten();
    let all = all.filter(|row| row["verdict"] != "not_tried").count();
    let names: Vec<&str> = rights.iter().filter_map(Value::as_str).collect();
    say(&format!("{} of {all} rights for reading are missing: {}", names.len(), names.join(", ")));
    say(&format!(
        "hint: `claviger connections capabilities {id}` prints a policy that grants them"
    ));
}

/// Says on standard error what is wrong with where credentials are.
fn say_warning(connection: &Value) {
    if let Some(warning) = connection["credentials_warning"].as_str() {
        say(&format!("warning: {warning}"));
    }
}

fn body(add: &Add) -> anyhow::Result<Value> {
    let mut body = add.key.body()?;
    body["name"] = json!(add.name);
    body["provider"] = json!(add.provider);
    body["region"] = json!(add.region);
    body["endpoint"] = json!(add.endpoint);
    body["accounts_endpoint"] = json!(add.accounts_endpoint);
    Ok(body)
}

impl Key {
    /// The credentials as the API takes them; the secret of a key is asked for.
    fn body(&self) -> anyhow::Result<Value> {
        let mut body =
            json!({ "access_key_id": self.access_key_id, "credentials": self.credentials });
        if self.access_key_id.is_some() {
            body["access_key_secret"] =
                secret::take("CLAVIGER_ACCESS_KEY_SECRET", "access key secret")?.into();
            if let Ok(token) = std::env::var("CLAVIGER_SECURITY_TOKEN") {
                body["security_token"] = token.into();
            }
        }
        Ok(body)
    }
}
