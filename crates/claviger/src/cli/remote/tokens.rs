//! `claviger tokens`: what programs show in the place of a person.

use anyhow::Context;
use serde_json::{Value, json};

use super::{Answer, Service, escaped};
use crate::cli::Exit;

/// Make tokens for programs, list and remove them
///
/// A program shows its token as `Authorization: Bearer TOKEN`, a command as `CLAVIGER_TOKEN`. A token never does
/// more than its owner may, and ends with them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger tokens add dashboard --scope read
  claviger tokens add shipper --scope ingest --expires 366d
  claviger tokens list
  claviger tokens remove dashboard")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List yours; as an admin, everybody's
    List,
    /// Make one; it is told this once
    Add {
        /// A name to know it by
        name: String,
        /// What it is for; may be given several times
        #[arg(long, value_name = "SCOPE", required = true, value_parser = ["read", "respond", "ingest", "admin"])]
        scope: Vec<String>,
        /// How long it lasts, such as `12h` or `90d`; at most `366d`
        #[arg(long, value_name = "TIME", default_value = "90d", value_parser = seconds_of)]
        expires: u32,
    },
    /// Remove one; it is worth nothing from then on
    Remove {
        /// Name or id of yours; as an admin, id of anybody's
        token: String,
    },
}

const COLUMNS: &[(&str, &str)] = &[
    ("NAME", "name"),
    ("OWNER", "owner"),
    ("SCOPES", "scopes"),
    ("CREATED", "created_at"),
    ("EXPIRES", "expires_at"),
    ("LAST USED", "last_used_at"),
    ("TOKEN", "id"),
];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    super::run(&args.service, async |client| match &args.command {
        Command::List => Ok(Answer::table(client.get("/api/v1/tokens").await?, COLUMNS)),
        Command::Add { name, scope, expires } => {
            let body = json!({ "name": name, "scopes": scope, "expires_in_seconds": expires });
            Ok(Answer::facts(client.post("/api/v1/tokens", &body).await?))
        }
        Command::Remove { token } => {
            client.delete(&format!("/api/v1/tokens/{}", escaped(token))).await?;
            Ok(Answer::done(Value::Null, "removed"))
        }
    })
}

/// Seconds of `12h` or `90d`.
fn seconds_of(text: &str) -> anyhow::Result<u32> {
    let unknown = || format!("`{text}` is no time\nhint: write it as `12h` or `90d`");
    let (number, each) = match (text.strip_suffix('d'), text.strip_suffix('h')) {
        (Some(days), _) => (days, 86_400),
        (_, Some(hours)) => (hours, 3_600),
        _ => ("", 0),
    };
    let number: u32 = number.parse().with_context(unknown)?;
    number.checked_mul(each).with_context(unknown)
}

#[cfg(test)]
mod tests {
    use super::seconds_of;

    #[test]
    fn a_time_is_days_or_hours() {
        assert_eq!(seconds_of("90d").unwrap(), 7_776_000);
        assert_eq!(seconds_of("12h").unwrap(), 43_200);
        for text in ["", "d", "90", "-1d", "4294967295d", "é", "1w"] {
            assert!(seconds_of(text).is_err(), "{text}");
        }
    }
}
