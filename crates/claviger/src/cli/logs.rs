//! `claviger logs`

use super::Exit;

/// logs
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Runs the command.
pub(crate) fn run(_args: &Args) -> anyhow::Result<Exit> {
    Ok(Exit::Clean)
}
