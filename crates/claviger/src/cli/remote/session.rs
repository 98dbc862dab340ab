//! `claviger sign-in` and `claviger sign-out`: who asks.

use anyhow::Context;
use serde_json::Value;

use super::super::client::Client;
use super::{Answer, Service, secret};
use crate::cli::Exit;

/// Sign in to a service and keep its token for later commands
///
/// The password is read from standard input, or from `CLAVIGER_PASSWORD`. `CLAVIGER_TOKEN`
/// takes the place of a kept token.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger sign-in admin
  claviger sign-in mei --server https://claviger.example.com < password.txt")]
pub(crate) struct SignIn {
    /// The name
    name: String,
    #[command(flatten)]
    service: Service,
}

/// Sign out: the kept token ends and is forgotten
#[derive(Debug, clap::Args)]
pub(crate) struct SignOut {
    #[command(flatten)]
    service: Service,
}

/// Runs the command.
pub(crate) fn sign_in(args: &SignIn) -> anyhow::Result<Exit> {
    let password = secret::take("CLAVIGER_PASSWORD", "password")?;
    let server = &args.service.server;
    let mut client = Client::new(server, None)?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    let mut answer = runtime.block_on(client.sign_in(&args.name, &password, "command line"))?;
    let kept = secret::keep_token(server, answer["token"].as_str().unwrap_or_default())?;
    let until = answer["expires_at"].as_str().unwrap_or_default().to_owned();
    let sentence = format!("signed in until {until}; the token is kept in {}", kept.display());
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("token");
    }
    super::show(&args.service, &Answer::done(answer, sentence))?;
    Ok(Exit::Clean)
}

/// Runs the command.
pub(crate) fn sign_out(args: &SignOut) -> anyhow::Result<Exit> {
    let outcome = super::run(&args.service, async |client| {
        client.delete("/api/v1/sessions").await?;
        Ok(Answer::done(Value::Null, "signed out"))
    });
    secret::forget_token(&args.service.server)?;
    outcome
}
