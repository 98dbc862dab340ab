//! `claviger users`: who may sign in, and as what.

use serde_json::{Value, json};

use super::super::client::Client;
use super::{Answer, Service, escaped, secret};
use crate::cli::Exit;

/// List the people that may sign in, add, change and remove one
///
/// A change of role, a new password, disabling and removing end that user's sessions and tokens.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger users list
  claviger users add mei --role responder < password.txt
  claviger users role mei admin
  claviger users password mei < password.txt
  claviger users disable mei
  printf 'OLD\\nNEW\\n' | claviger users password")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List them
    List,
    /// Add one; the password comes from standard input or `CLAVIGER_NEW_PASSWORD`
    Add {
        /// The name to sign in with
        name: String,
        /// `viewer`, `responder` or `admin`
        #[arg(long, default_value = "viewer")]
        role: String,
    },
    /// Give one another role
    Role {
        /// Name or id
        user: String,
        /// `viewer`, `responder` or `admin`
        role: String,
    },
    /// Give one another password, from standard input or `CLAVIGER_NEW_PASSWORD`
    ///
    /// Without a name it is your own: the old one comes first, from standard input or `CLAVIGER_PASSWORD`, and all
    /// that you are signed in by ends.
    Password {
        /// Name or id; yourself unless given
        user: Option<String>,
    },
    /// Keep one from signing in
    Disable {
        /// Name or id
        user: String,
    },
    /// Let one sign in again
    Enable {
        /// Name or id
        user: String,
    },
    /// Remove one; what they did stays under their name
    Remove {
        /// Name or id
        user: String,
    },
}

const COLUMNS: &[(&str, &str)] = &[
    ("USER", "id"),
    ("NAME", "name"),
    ("ROLE", "role"),
    ("DISABLED", "disabled"),
    ("CREATED", "created_at"),
];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| match &args.command {
        Command::List => Ok(Answer::table(client.get("/api/v1/users").await?, COLUMNS)),
        Command::Add { name, role } => {
            let password = secret::take("CLAVIGER_NEW_PASSWORD", "password")?;
            let body = json!({ "name": name, "role": role, "password": password });
            Ok(Answer::facts(client.post("/api/v1/users", &body).await?))
        }
        Command::Role { user, role } => {
            let body = json!({ "role": role });
            Ok(Answer::facts(client.put(&path(user, "/role"), &body).await?))
        }
        Command::Password { user: Some(user) } => {
            let body = json!({ "password": secret::take("CLAVIGER_NEW_PASSWORD", "password")? });
            Ok(Answer::facts(client.put(&path(user, "/password"), &body).await?))
        }
        Command::Password { user: None } => {
            let old = secret::take("CLAVIGER_PASSWORD", "old password")?;
            let new = secret::take("CLAVIGER_NEW_PASSWORD", "new password")?;
            let body = json!({ "old_password": old, "new_password": new });
            client.put("/api/v1/password", &body).await?;
            Ok(Answer::done(Value::Null, "changed; sign in again: `claviger sign-in NAME`"))
        }
        Command::Disable { user } => set_disabled(client, user, true).await,
        Command::Enable { user } => set_disabled(client, user, false).await,
        Command::Remove { user } => {
            client.delete(&path(user, "")).await?;
            Ok(Answer::done(Value::Null, "removed"))
        }
    })
}

async fn set_disabled(client: &Client, user: &str, disabled: bool) -> anyhow::Result<Answer> {
    let body = json!({ "disabled": disabled });
    Ok(Answer::facts(client.put(&path(user, "/disabled"), &body).await?))
}

fn path(user: &str, rest: &str) -> String {
    format!("/api/v1/users/{}{rest}", escaped(user))
}
