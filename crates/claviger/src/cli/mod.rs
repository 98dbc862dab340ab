//! The command line: one file a command, registered here.

mod exit;
mod logs;
mod replay;
mod scan;

use clap::{Parser, Subcommand};

pub(crate) use exit::Exit;

/// Finds leaked access key pairs of cloud storage, watches what is done with them, and stops it.
#[derive(Debug, Parser)]
#[command(name = "claviger", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Scan(scan::Args),
    Logs(logs::Args),
    Replay(replay::Args),
}

/// Parses the arguments and runs the command.
pub(crate) fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::of_usage(&error),
    };
    let outcome = match cli.command {
        Command::Scan(args) => scan::run(&args),
        Command::Logs(args) => logs::run(&args),
        Command::Replay(args) => replay::run(&args),
    };
    outcome.unwrap_or_else(|error| exit::of_error(&error))
}
