//! `claviger intel`: keys known, or feared, to be leaked, repositories that are watched, and canary keys.

mod canary;
mod repository;

use std::io::Read;
use std::path::PathBuf;

use anyhow::Context;

use super::{Answer, Service};
use crate::cli::Exit;

/// Enter keys that are known, or feared, to be leaked; watch repositories of source code; plant canary keys
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger intel add keys.csv
  claviger intel repository add git+https://github.com/acme/shop.git --public
  echo '{\"access_key_id\":\"LTAI5tExampleExampleExam\"}' | claviger intel add -")]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Enter the keys of a file: CSV with a header where it ends with `.csv`, else JSON lines
    Add {
        /// The file; `-` for standard input
        file: PathBuf,
    },
    Repository(repository::Args),
    Canary(canary::Args),
}

/// Runs the command: exit 4 where lines were rejected and none kept.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let file = match &args.command {
        Command::Add { file } => file,
        Command::Repository(repository) => return repository::run(&args.service, repository),
        Command::Canary(canary) => return canary::run(&args.service, canary),
    };
    let mut text = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
    } else {
        text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read `{}`", file.display()))?;
    }
    let is_csv = file.extension().is_some_and(|extension| extension == "csv");
    let kind = if is_csv { "text/csv" } else { "application/x-ndjson" };
    let mut rejected = false;
    super::run(&args.service, async |client| {
        let added = client.post_text("/api/v1/intelligence", kind, text).await?;
        rejected =
            added["kept"] == 0 && added["rejected"].as_array().is_some_and(|r| !r.is_empty());
        Ok(Answer::facts(added))
    })?;
    Ok(if rejected { Exit::Incomplete } else { Exit::Clean })
}
