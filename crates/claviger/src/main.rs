//! `claviger`: the keeper of the keys of cloud storage, as one binary.
//!
//! Floor 4: the command line (`cli`), the API (`api`) and the console (`console`). It knows every crate
//! below and is known by none.

mod api;
mod cli;
mod config;
mod console;
mod server;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main().into()
}
