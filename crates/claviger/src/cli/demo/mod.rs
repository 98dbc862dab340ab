//! `claviger demo`: the whole story on a practice cloud, in one command. It uses the public API alone:
//! what it does, a person can do.

mod allowed;
mod asking;
mod handling;
mod scene;
mod stage;
mod story;
mod teller;

use anyhow::Context;

use super::Exit;
use teller::{Format, Teller};

/// Show the whole story on a practice cloud: a key leaks, is used, is seen, is stopped
///
/// Needs no network and no arguments. Everything runs on this machine and is gone afterwards.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger demo
  claviger demo --keep
  claviger demo --format jsonl")]
pub(crate) struct Args {
    /// Leave the service and the practice cloud running at the end, and print how to sign in
    #[arg(long)]
    keep: bool,
    /// Tell the story without pauses for reading
    #[arg(long)]
    no_pause: bool,
    /// How to tell it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(async {
        let mut teller = Teller::new(args.format, !args.no_pause);
        let stage = stage::Stage::set().await?;
        story::tell(&stage, &mut teller).await?;
        if args.keep {
            teller.say(&format!(
                "the console stays at {} (sign in as `admin` with the password {}); the practice \
                 cloud's OSS at {}, its RAM at {}; Ctrl-C ends all",
                stage.url(),
                stage.password(),
                stage.endpoints().oss,
                stage.endpoints().ram
            ));
            super::signalled().await;
        }
        stage.strike().await?;
        Ok(Exit::Clean)
    })
}
