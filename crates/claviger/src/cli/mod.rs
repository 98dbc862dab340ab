//! The command line: one file a command, registered here.

mod client;
mod config;
mod demo;
mod event_json;
mod exit;
mod fetch;
mod hunt;
mod logs;
mod places;
mod remote;
mod replay;
mod sandbox;
mod scan;
mod serve;
mod templates;

use std::io::Write;

use clap::{CommandFactory, Parser, Subcommand};

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
    Demo(demo::Args),
    Scan(Box<scan::Args>),
    Logs(logs::Args),
    Replay(replay::Args),
    Hunt(hunt::Args),
    Places(places::Args),
    Ingest(remote::ingest::Args),
    Serve(serve::Args),
    Sandbox(sandbox::Args),
    Config(config::Args),
    Fetch(fetch::Args),
    Templates(templates::Args),
    SignIn(remote::session::SignIn),
    SignOut(remote::session::SignOut),
    Overview(remote::overview::Args),
    Capacity(remote::capacity::Args),
    History(remote::history::Args),
    Connections(remote::connections::Args),
    Assets(remote::assets::Args),
    Events(remote::events::Args),
    Evidence(remote::evidence::Args),
    Plan(remote::plan::Args),
    Rules(remote::rules::Args),
    Policy(remote::policy::Args),
    Alerts(remote::alerts::Args),
    Intel(remote::intel::Args),
    Sources(remote::sources::Args),
    Allowlist(remote::allowlist::Args),
    Users(remote::users::Args),
    Tokens(remote::tokens::Args),
    Sessions(remote::sessions::Args),
    Audit(remote::audit::Args),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Parses the arguments and runs the command.
pub(crate) fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::of_usage(&error),
    };
    let outcome = match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Scan(args) => scan::run(&args),
        Command::Logs(args) => logs::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Hunt(args) => hunt::run(&args),
        Command::Places(args) => places::run(&args),
        Command::Ingest(args) => remote::ingest::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Sandbox(args) => sandbox::run(&args),
        Command::Config(args) => config::run(&args),
        Command::Fetch(args) => fetch::run(&args),
        Command::Templates(args) => templates::run(&args),
        Command::SignIn(args) => remote::session::sign_in(&args),
        Command::SignOut(args) => remote::session::sign_out(&args),
        Command::Overview(args) => remote::overview::run(&args),
        Command::Capacity(args) => remote::capacity::run(&args),
        Command::History(args) => remote::history::run(&args),
        Command::Connections(args) => remote::connections::run(&args),
        Command::Assets(args) => remote::assets::run(&args),
        Command::Events(args) => remote::events::run(&args),
        Command::Evidence(args) => remote::evidence::run(&args),
        Command::Plan(args) => remote::plan::run(&args),
        Command::Rules(args) => remote::rules::run(&args),
        Command::Policy(args) => remote::policy::run(&args),
        Command::Alerts(args) => remote::alerts::run(&args),
        Command::Intel(args) => remote::intel::run(&args),
        Command::Sources(args) => remote::sources::run(&args),
        Command::Allowlist(args) => remote::allowlist::run(&args),
        Command::Users(args) => remote::users::run(&args),
        Command::Tokens(args) => remote::tokens::run(&args),
        Command::Sessions(args) => remote::sessions::run(&args),
        Command::Audit(args) => remote::audit::run(&args),
        Command::Completions { shell } => {
            let mut command = Cli::command();
            clap_complete::generate(shell, &mut command, "claviger", &mut std::io::stdout());
            Ok(Exit::Clean)
        }
        Command::Man => clap_mangen::Man::new(Cli::command())
            .render(&mut std::io::stdout())
            .map(|()| Exit::Clean)
            .map_err(anyhow::Error::from),
    };
    outcome.unwrap_or_else(|error| exit::of_error(&error))
}

/// Writes one JSON line of data on standard output.
fn print(value: &serde_json::Value) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")?;
    out.flush()
}

/// Waits until a person or the system asks the process to end.
async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        tokio::signal::ctrl_c().await.ok();
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
