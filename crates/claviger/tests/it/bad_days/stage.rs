//! The stage of one bad day: a practice cloud and a mail receiver in the test's process, the service in
//! a process of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use claviger_sandbox::mail::Mailbox;
use claviger_sandbox::{Sandbox, Settings};
use serde_json::Value;

use super::client::{Client, rows, text, until};
use super::owner::{BUCKET, Owner};
use super::serve::Serve;

/// How often the practice cloud delivers its logs: soon, so that tests need not wait.
const LOG_INTERVAL: Duration = Duration::from_millis(100);

/// Everything that plays.
pub(crate) struct Stage {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) sandbox: Sandbox,
    pub(crate) owner: Owner,
    pub(crate) mailbox: Mailbox,
    pub(crate) serve: Serve,
    pub(crate) client: Client,
}

impl Stage {
    /// Sets everything up; the service runs, and its admin is signed in.
    pub(crate) async fn set() -> Self {
        Self::set_with(|serve| serve).await
    }

    /// The same with other settings of the service.
    pub(crate) async fn set_with(change: impl FnOnce(Serve) -> Serve) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = cloud_in(&folder.path().join("cloud"), None).await;
        let owner = Owner::of(&sandbox);
        let mailbox = Mailbox::start(anywhere()).await.unwrap();
        let mut serve = change(Serve::in_folder(folder.path()));
        let client = serve.open().await;
        Self { folder, sandbox, owner, mailbox, serve, client }
    }

    /// How a connection fares.
    pub(crate) async fn health(&self, connection: &str) -> Value {
        self.client.get(&format!("/api/v1/connections/{connection}")).await["health"].clone()
    }

    /// Waits until a connection fails with a code. Returns how it fares.
    pub(crate) async fn fails(&self, connection: &str, code: &str) -> Value {
        until(&format!("the connection fails: {code}"), || async {
            let health = self.health(connection).await;
            (health["state"] == "failing" && health["code"] == code).then_some(health)
        })
        .await
    }

    /// Waits until a connection is healthy, and stays so for a while.
    pub(crate) async fn recovers(&self, connection: &str) {
        let mut well = 0;
        while well < 10 {
            until("the connection is healthy", || async {
                (self.health(connection).await["state"] == "healthy").then_some(())
            })
            .await;
            tokio::time::sleep(Duration::from_millis(30)).await;
            well = if self.health(connection).await["state"] == "healthy" { well + 1 } else { 0 };
        }
    }

    /// Waits until objects are scanned.
    pub(crate) async fn scanned(&self, asset: &str, names: &[&str]) {
        until(&format!("{names:?} are scanned"), || async {
            let all = self.client.get(&format!("/api/v1/assets/{asset}/objects?limit=1000")).await;
            let is_scanned = |name: &&str| {
                rows(&all).any(|object| object["name"] == **name && object["state"] == "scanned")
            };
            names.iter().all(is_scanned).then_some(())
        })
        .await;
    }

    /// The bucket's asset as the API shows it.
    pub(crate) async fn asset(&self) -> Value {
        let all = self.client.get("/api/v1/assets").await;
        rows(&all).find(|asset| asset["bucket"] == BUCKET).unwrap().clone()
    }

    /// Connects with a key; the answer must be good. Returns the connection's id.
    pub(crate) async fn connect_with(&self, body: &Value) -> String {
        text(&self.client.post("/api/v1/connections", body).await, "id")
    }
}

/// Any free port of loopback.
pub(crate) fn anywhere() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// A practice cloud kept in a folder; at the ports of one that ended, or at any.
pub(crate) async fn cloud_in(state: &Path, at: Option<&Owner>) -> Sandbox {
    let port = |url: &str| url.rsplit(':').next().unwrap().parse().unwrap();
    let settings = Settings {
        log_interval: LOG_INTERVAL,
        state: Some(state.to_owned()),
        oss_port: at.map_or(0, |owner| port(&owner.oss)),
        ram_port: at.map_or(0, |owner| port(&owner.ram)),
        ..Settings::default()
    };
    Sandbox::start(settings).await.unwrap()
}
