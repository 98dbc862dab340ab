//! `cargo xtask test`: everything that must hold before a change is taken.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail};

use crate::{parts, say};

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only what needs nothing installed: tests with real parts are skipped, and say so.
    #[arg(long)]
    core: bool,
}

/// Runs the checks in the order of what they cost, and stops at the first that fails.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let started = Instant::now();
    step("format check", cargo(&["fmt", "--all", "--check"]))?;
    let mut clippy = cargo(&["clippy", "--workspace", "--all-targets", "--locked"]);
    clippy.args(["--", "--deny", "warnings"]);
    step("clippy", clippy)?;
    let mut fuzz = cargo(&["clippy", "--manifest-path", "fuzz/Cargo.toml", "--locked"]);
    fuzz.args(["--target-dir", "target/fuzz-check", "--", "--deny", "warnings"]);
    step("clippy of the fuzz targets", fuzz)?;
    let parts = if args.core { parts::Parts::none() } else { parts::install()? };
    let mut build = cargo(&["test", "--workspace", "--no-run", "--locked", "--quiet"]);
    parts.describe_to(&mut build);
    step("build of the tests", build)?;
    let mut tests = if has_nextest() {
        let mut nextest = cargo(&["nextest", "run", "--workspace", "--locked"]);
        nextest.args(["--no-fail-fast", "--status-level", "slow", "--final-status-level", "fail"]);
        nextest
    } else {
        say("xtask: cargo-nextest is not installed; the slower `cargo test` runs instead");
        say("hint: `cargo install --locked cargo-nextest`");
        cargo(&["test", "--workspace", "--locked", "--quiet"])
    };
    parts.describe_to(&mut tests);
    step("tests", tests)?;
    match parts.browser_test() {
        Some(test) => step("browser test", test)?,
        None => say("xtask: browser test: skipped, as `--core` asks"),
    }
    say(&format!("xtask: all checks hold, {} s", started.elapsed().as_secs()));
    Ok(())
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

fn has_nextest() -> bool {
    cargo(&["nextest", "--version"]).output().is_ok_and(|output| output.status.success())
}

/// Runs one check and prints how long it took: build time is a feature.
fn step(name: &str, mut command: Command) -> anyhow::Result<()> {
    say(&format!("xtask: {name} …"));
    let started = Instant::now();
    let status = command.status().with_context(|| format!("cannot start the {name}"))?;
    say(&format!("xtask: {name}: {} s", started.elapsed().as_secs()));
    if !status.success() {
        bail!("the {name} failed");
    }
    Ok(())
}
