//! moto in a process of its own, for the tests here and, by path, for those of the service.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_cloud::{Cloud, Credentials, Settings};
use claviger_dial::{Guard, GuardSettings, Network};
use claviger_model::{Provider, Secret};

/// The account itself; made up.
pub(crate) const ROOT: (&str, &str) =
    ("AKIAMADEUPOFTHETESTS", "madeUpSecretOfTheTestsMadeUpSecret000001");

/// It answers in 2 seconds on an idle machine.
const START_MAX: Duration = Duration::from_secs(60);

/// The process; it ends with this value.
pub(crate) struct Moto {
    child: Child,
    pub(crate) endpoint: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Moto {
    /// Starts it; `None` where it is not installed, which is told, or fails where it must be.
    pub(crate) async fn start() -> Option<Self> {
        let program = program()?;
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            // Nothing is enforced before a test says so.
            .env("INITIAL_NO_AUTH_ACTION_COUNT", "1000000000")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let moto = Self { child, endpoint: format!("http://127.0.0.1:{port}") };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < START_MAX, "moto does not listen in time");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Some(moto)
    }

    /// Sends what Claviger itself never asks for, with a signature that moto does not verify.
    pub(crate) fn send(&self, request: &str, headers: &str, body: &str) {
        let host = self.endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        write!(
            stream,
            "{request} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\
             Authorization: AWS4-HMAC-SHA256 Credential={}/20260101/us-east-1/s3/aws4_request, \
             SignedHeaders=host, Signature=0\r\nContent-Length: {}\r\n\r\n{body}",
            ROOT.0,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    }

    /// Has a bucket keep versions.
    pub(crate) fn keep_versions(&self, bucket: &str) {
        let body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        self.send(&format!("PUT /{bucket}?versioning"), "", body);
    }

    /// The account as the account itself sees it.
    pub(crate) fn cloud(&self) -> Arc<dyn Cloud> {
        self.cloud_as(ROOT.0, Secret::new(ROOT.1.to_owned()))
    }

    /// The account as the holder of a key sees it.
    pub(crate) fn cloud_as(&self, access_key_id: &str, secret: Secret) -> Arc<dyn Cloud> {
        let guard = Guard::new(GuardSettings {
            allowed_networks: vec![Network::parse("127.0.0.0/8").unwrap()],
            ..GuardSettings::default()
        });
        let settings = Settings {
            provider: Provider::Aws,
            region: "us-east-1".to_owned(),
            endpoint: Some(self.endpoint.clone()),
            accounts_endpoint: Some(self.endpoint.clone()),
            credentials: Some(Credentials {
                access_key_id: access_key_id.to_owned(),
                secret,
                security_token: None,
            }),
        };
        claviger_cloud::connect(settings, &guard.unwrap()).unwrap()
    }
}

fn program() -> Option<PathBuf> {
    let named = std::env::var_os("CLAVIGER_TEST_MOTO").map(PathBuf::from);
    let usual =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/parts/venv/bin/moto_server");
    let program = named.unwrap_or(usual);
    if program.exists() {
        return Some(program);
    }
    let required = std::env::var_os("CLAVIGER_TEST_REQUIRE_PARTS").is_some_and(|word| word == "1");
    assert!(!required, "`{}` is missing: install `moto[server]`", program.display());
    #[expect(clippy::print_stderr, reason = "a skipped test must be heard")]
    {
        eprintln!("SKIPPED: `{}` is missing: install `moto[server]`", program.display());
    }
    None
}
