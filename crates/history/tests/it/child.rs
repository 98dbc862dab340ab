//! This test program once more, as a process of its own: to be killed, or to live on a small disk.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where a child works; a test that is only ever a child does nothing without it.
const FOLDER: &str = "CLAVIGER_TEST_CHILD_FOLDER";

/// Runs one ignored test of this program by `starter`, in a folder.
pub(crate) fn command<S: AsRef<OsStr>>(starter: &[S], test: &str, folder: &Path) -> Command {
    let own = std::env::current_exe().unwrap();
    let mut command = match starter.split_first() {
        Some((program, arguments)) => {
            let mut command = Command::new(program);
            command.args(arguments).arg(own);
            command
        }
        None => Command::new(own),
    };
    command.args(["--exact", test, "--ignored", "--nocapture"]).env(FOLDER, folder);
    command
}

/// The folder of this process, if it is a child.
pub(crate) fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}
