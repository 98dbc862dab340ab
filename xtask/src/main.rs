//! Developers' tasks, in Rust so that they run wherever the product does: `cargo xtask help`.

mod bench;
mod fuzz;
mod parts;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Developers' tasks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Format check, clippy, all tests, and the tests with real parts, which it installs.
    Test(test::Args),
    /// What the release binary does with real inputs, each figure beside a peer or a limit.
    Bench(Box<bench::Args>),
    /// Every parser of outside bytes under a fuzzer, from the samples that the tests read.
    Fuzz(fuzz::Args),
    /// What a bench measures as a limit, in a process of its own.
    #[command(hide = true)]
    Limit(bench::limit::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Test(args) => test::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Limit(args) => bench::limit::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("xtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Writes one line for people.
fn say(line: &str) {
    use std::io::Write;
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_of_all_tasks_fit_together() {
        Cli::command().debug_assert();
    }
}
