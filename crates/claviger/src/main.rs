//! `claviger`: the keeper of the keys of cloud storage, as one binary.
//!
//! Floor 4: the command line (`cli`), the API (`api`) and the console (`console`). It knows every crate
//! below and is known by none.

mod api;
mod cli;
mod config;
mod console;
mod server;
mod telemetry;

use std::process::ExitCode;

/// Small pieces are made by one thread and dropped by another all the time; the C library's allocator keeps what was
/// freed so for itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main().into()
}
