//! A real mail server, `aiosmtpd`, for one test.
//!
//! The interpreter is `$CLAVIGER_TEST_PYTHON`, else `target/parts/venv/bin/python`. Where it or the
//! package is missing the test says so and passes, unless `CLAVIGER_TEST_REQUIRE_PARTS=1`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde_json::Value;

/// A mail as the server's own library reads it.
#[derive(Debug, Deserialize)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) parts: Vec<String>,
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) line_max: usize,
    pub(crate) tls: bool,
    pub(crate) user: Option<String>,
}

#[derive(Deserialize)]
struct Listening {
    port: u16,
}

/// The server; it ends with this value.
pub(crate) struct Receiver {
    child: Child,
    output: BufReader<ChildStdout>,
    pub(crate) port: u16,
}

impl Receiver {
    /// Starts a server with its orders; `None` where there is nothing to start.
    pub(crate) fn start(orders: &Value) -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/smtp/receiver.py");
        let mut child = Command::new(python()?)
            .arg(script)
            .arg(orders.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let Listening { port } = serde_json::from_str(&line).unwrap();
        Some(Self { child, output, port })
    }

    /// The next mail that the server accepted.
    pub(crate) fn mail(&mut self) -> Mail {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("CLAVIGER_TEST_PYTHON").map(PathBuf::from);
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/parts/venv/bin/python");
    let python = named.unwrap_or(usual);
    let knows = Command::new(&python)
        .args(["-c", "import aiosmtpd"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if knows {
        return Some(python);
    }
    let required = std::env::var_os("CLAVIGER_TEST_REQUIRE_PARTS").is_some_and(|word| word == "1");
    assert!(!required, "`{}` has no `aiosmtpd`: install it", python.display());
    eprintln!("SKIPPED: `{}` has no `aiosmtpd`: install it", python.display());
    None
}
