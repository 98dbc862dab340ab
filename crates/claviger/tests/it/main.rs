//! The binary as a user meets it: its arguments, its output, its exit codes.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bad_days;
mod connection_rights;
mod console_assets;
mod console_events;
mod console_settings;
mod credential_references;
mod demo;
mod dial;
mod event_changes;
#[path = "../../../service/tests/it/git_server.rs"]
mod git_server;
mod help;
mod house;
mod hunt;
mod logs;
mod notified;
mod people;
mod practice;
mod remote;
mod replay;
mod repositories;
mod repository_hosts;
mod saved_views;
mod scan;
mod scan_bucket;
mod scan_git;
mod scan_large;
mod scan_output;
mod scan_state;
mod served;
mod single_sign_on;
mod sources;
mod sources_live;
mod traces;

use std::io::Write;
use std::process::{Command, Stdio};

/// How a run of the binary ended.
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs the binary with nothing on standard input.
fn claviger(args: &[&str]) -> Ran {
    claviger_with(args, b"")
}

/// Runs the binary with bytes on standard input.
fn claviger_with(args: &[&str], input: &[u8]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
    // Terminals differ in width; help is wrapped for one of 100 columns.
    command.args(args).env("COLUMNS", "100");
    ran(command, input)
}

/// Runs a command with bytes on standard input.
fn ran(mut command: Command, input: &[u8]) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A command that reads no input closes the pipe: that is no failure of the test.
    let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
