//! `claviger scan`

use super::Exit;

/// scan
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Runs the command.
pub(crate) fn run(_args: &Args) -> anyhow::Result<Exit> {
    Ok(Exit::Clean)
}
