//! Sources with the real thing on the other side: a `SeaweedFS` gateway, a Ceph RGW, a
//! NATS server.
//!
//! The programs are looked for as `$CLAVIGER_TEST_WEED` and `$CLAVIGER_TEST_NATS`, else in
//! `target/parts/venv/bin`. Where one is missing the test says so and passes, unless
//! `CLAVIGER_TEST_REQUIRE_PARTS=1`.

mod aliyun;
mod bucket;
mod ceph;
mod ceph_deny;
mod ceph_exposure;
mod cloudtrail;
pub(crate) mod moto;
mod nats;
mod policies;
pub(crate) mod seaweedfs;

use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_cloud::{Cloud, Credentials, Settings};
use claviger_model::{Provider, Secret};
use claviger_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::bad_days::client::{Client, guard, rows};

/// A Ceph cluster answers in 15 seconds on an idle machine, `SeaweedFS` in 4, moto in 2.
const START_MAX: Duration = Duration::from_secs(120);

/// A process of a test; it ends with it.
pub(crate) struct Ended(Child);

impl Ended {
    /// A process that was started.
    pub(crate) fn when_dropped(child: Child) -> Self {
        Self(child)
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        self.0.wait().unwrap();
    }
}

/// A program of the parts, if it is there.
pub(crate) fn part(variable: &str, name: &str, package: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let usual =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/parts/venv/bin").join(name);
    let program = named.unwrap_or(usual);
    if program.exists() {
        return Some(program);
    }
    let required = std::env::var_os("CLAVIGER_TEST_REQUIRE_PARTS").is_some_and(|word| word == "1");
    assert!(!required, "`{}` is missing: install `{package}`", program.display());
    #[expect(clippy::print_stderr, reason = "a skipped test must be heard")]
    {
        eprintln!("SKIPPED: `{}` is missing: install `{package}`", program.display());
    }
    None
}

/// A port that nobody listens on, nor on that 10,000 above it, which `SeaweedFS` takes as well. Both lie below those that
/// the system gives to connections going out, one of which might have it before the server does.
pub(crate) fn free_port() -> u16 {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    loop {
        // Up to where the installations of tests take theirs.
        let drawn = RandomState::new().hash_one(()) % 6_000;
        let port = 10_000 + u16::try_from(drawn).unwrap();
        if is_free(port) && is_free(port + 10_000) {
            return port;
        }
    }
}

/// A cloud as a key sees it.
fn cloud(settings: Settings, id: &str, secret: &Secret) -> Arc<dyn Cloud> {
    let credentials =
        Credentials { access_key_id: id.to_owned(), secret: secret.clone(), security_token: None };
    let settings = Settings { credentials: Some(credentials), ..settings };
    claviger_cloud::connect(settings, &guard()).unwrap()
}

/// The Alibaba half of a practice cloud.
fn practice(sandbox: &Sandbox) -> Settings {
    Settings {
        provider: Provider::Aliyun,
        region: sandbox.region().to_owned(),
        endpoint: Some(sandbox.endpoints().oss.clone()),
        accounts_endpoint: Some(sandbox.endpoints().ram.clone()),
        credentials: None,
    }
}

/// Waits until a store that was started answers its owner.
pub(crate) async fn until_it_answers(owner: &dyn Cloud) {
    let started = Instant::now();
    while let Err(error) = owner.list_buckets().await {
        assert!(started.elapsed() < START_MAX, "no answer in time: {error:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// How a source fares.
async fn source(client: &Client, name: &str) -> Value {
    let all = client.get("/api/v1/sources").await;
    rows(&all).find(|source| source["name"] == name).unwrap().clone()
}

/// The uses of a key, as its risk event counts them.
async fn uses(client: &Client, key: &str) -> u64 {
    let events = client.get("/api/v1/events").await;
    let event = rows(&events).find(|event| event["access_key_id"] == key);
    event.and_then(|event| event["uses"].as_u64()).unwrap_or_default()
}

/// Enters a key as leaked.
async fn leak(client: &Client, key: &str) {
    client.leak(&json!({ "access_key_id": key, "seen_at": "2026-01-01T00:00:00Z" })).await;
}
