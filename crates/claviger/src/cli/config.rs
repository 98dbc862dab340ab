//! `claviger config check`: what an installation would be told, before it is started.

use std::path::PathBuf;

use serde_json::json;

use super::{Exit, exit, print};
use crate::config::{Config, Given};

/// Check a configuration before it is used
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Read file and environment as `claviger serve` would, and print each setting in force
    #[command(after_help = "Examples:
  claviger config check --config /etc/claviger.toml")]
    Check {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE", env = "CLAVIGER_CONFIG")]
        config: Option<PathBuf>,
    },
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Command::Check { config } = &args.command;
    let given = Given::load(config.as_deref())?;
    Config::of(&given)?;
    for (key, value, place) in given.in_force() {
        print(&json!({ "setting": key, "value": without_password(&value),
            "from": place.unwrap_or("default") }))?;
    }
    exit::say("the configuration holds");
    Ok(Exit::Clean)
}

/// A value without the password that a database's address may carry.
fn without_password(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let Some((login, place)) = rest.rsplit_once('@') else { return value.to_owned() };
    let user = login.split_once(':').map_or(login, |(user, _)| user);
    format!("{scheme}://{user}@{place}")
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_database_is_shown_without_its_password() {
        assert_eq!(without_password("postgres://me:s@cret@db/x"), "postgres://me@db/x");
        assert_eq!(without_password("sqlite"), "sqlite");
        assert_eq!(without_password("127.0.0.1:8520"), "127.0.0.1:8520");
    }
}
