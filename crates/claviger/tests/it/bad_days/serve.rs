//! `claviger serve` as a process of its own, which a test can kill and start again.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::client::{self, Client};

/// The admin's password in every test.
pub(crate) const PASSWORD: &str = "made-up password of a test";

/// The process, its folder and its address. Killed when dropped.
pub(crate) struct Serve {
    pub(crate) folder: PathBuf,
    url: String,
    listen: String,
    child: Option<Child>,
    /// Other settings, as environment variables.
    settings: Vec<(&'static str, String)>,
    /// A program that starts it, with its arguments.
    starter: Vec<String>,
}

/// How many ports this test process has taken.
static TAKEN: AtomicU32 = AtomicU32::new(0);

/// A port that is free now and that no other installation of this test process has. The installation takes it again
/// after each restart, so it is none of those that the system gives to outgoing connections (from 32768 on): whoever
/// asks a process that is down again and again is given that very port in the end, and holds it.
fn port() -> u16 {
    // Servers of others take 10,000 to 15,999, and the ports 10,000 above them.
    const FIRST: u16 = 26_000;
    const COUNT: u32 = 6_000;
    let begin = std::process::id().wrapping_mul(7919);
    loop {
        let step = TAKEN.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + (begin.wrapping_add(step) % COUNT) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Serve {
    /// An installation in a folder, not yet started.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        let listen = format!("127.0.0.1:{}", port());
        Self {
            folder: folder.to_owned(),
            url: format!("http://{listen}"),
            listen,
            child: None,
            settings: vec![
                ("CLAVIGER_LOG_POLL_MS", "100".to_owned()),
                ("CLAVIGER_KEY_CHECK_SECONDS", "1".to_owned()),
                ("CLAVIGER_RETRY_PAUSE_MAX_SECONDS", "1".to_owned()),
            ],
            starter: Vec::new(),
        }
    }

    /// The same, started by another program with these arguments before its own.
    pub(crate) fn started_by(mut self, starter: &[&str]) -> Self {
        self.starter = starter.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    /// The same with one more setting.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.settings.push((name, value.to_owned()));
        self
    }

    /// Starts the process and does not wait for it.
    pub(crate) fn start(&mut self) {
        let binary = env!("CARGO_BIN_EXE_claviger");
        let mut words = self.starter.clone();
        words.push(binary.to_owned());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(["serve", "--listen", &self.listen, "--data-dir"]);
        command.arg(self.folder.join("data")).args(["--allow-network", "127.0.0.0/8"]);
        command.env("CLAVIGER_TRUSTED_RECIPIENTS", "@example.com");
        command.env("CLAVIGER_ADMIN_PASSWORD", PASSWORD);
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        let said = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("serve.stderr"))
            .unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
        self.child = Some(command.spawn().unwrap());
    }

    /// Starts the process and signs in once it answers.
    pub(crate) async fn open(&mut self) -> Client {
        self.start();
        self.sign_in().await
    }

    /// Signs in once the process answers.
    pub(crate) async fn sign_in(&self) -> Client {
        Client::sign_in(&self.url, "admin", PASSWORD).await
    }

    /// SIGKILL: no destructor runs, nothing is flushed.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself, which a test sees by its answers.
            drop(child.kill());
            child.wait().unwrap();
        }
    }

    /// The process's number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Host and port.
    pub(crate) fn listen(&self) -> &str {
        &self.listen
    }

    /// What it said on standard error so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(self.folder.join("serve.stderr")).unwrap_or_default()
    }

    /// Waits for the process to end by itself; its exit code.
    pub(crate) async fn ended(&mut self) -> i32 {
        let started = Instant::now();
        let mut child = self.child.take().unwrap();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status.code().unwrap();
            }
            assert!(started.elapsed() < client::PATIENCE, "it does not end: {}", self.said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
