//! Sets the stage: practice cloud, mail receiver and service on this machine, in a folder that is gone
//! afterwards.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use claviger_dial::{Guard, GuardSettings, Network};
use claviger_sandbox::mail::Mailbox;
use claviger_sandbox::{Endpoints, Sandbox};
use claviger_service::Settings;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::super::client::Client;
use super::super::serve::{self, Running};

/// How often the practice cloud delivers its logs: as often as the real one's fastest way.
const LOG_INTERVAL: Duration = Duration::from_secs(1);

/// How often the service looks for logs.
const LOG_POLL: Duration = Duration::from_millis(250);

/// Everything that plays.
pub(super) struct Stage {
    pub(super) sandbox: Sandbox,
    pub(super) mailbox: Mailbox,
    pub(super) guard: Guard,
    running: Running,
    stop: watch::Sender<bool>,
    folder: PathBuf,
    url: String,
    password: String,
}

impl Stage {
    /// Starts everything.
    pub(super) async fn set() -> anyhow::Result<Self> {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let sandbox = Sandbox::start(claviger_sandbox::Settings {
            log_interval: LOG_INTERVAL,
            ..claviger_sandbox::Settings::default()
        })
        .await
        .context("the practice cloud did not start")?;
        let mailbox = Mailbox::start(anywhere).await.context("the mail receiver did not start")?;
        let folder = std::env::temp_dir().join(format!("claviger-demo-{}", std::process::id()));
        let listener = TcpListener::bind(anywhere).await.context("no port is free")?;
        let url = format!("http://{}", listener.local_addr()?);
        let loopback = "127.0.0.0/8";
        let settings = Settings {
            public_url: Some(url.clone()),
            allow_networks: vec![loopback.to_owned()],
            // The mailbox is the demonstration's own.
            trusted_recipients: vec!["oncall@example.com".to_owned()],
            log_poll: LOG_POLL,
            ..Settings::in_folder(folder.clone())
        };
        let (stop, stopped) = watch::channel(false);
        let running =
            serve::start(settings, listener, stopped).await.context("the service did not start")?;
        let password = running
            .first_password
            .as_ref()
            .map(|password| password.reveal().to_owned())
            .or_else(|| std::env::var("CLAVIGER_ADMIN_PASSWORD").ok())
            .context("the admin's password is not known")?;
        let guard = Guard::new(GuardSettings {
            allowed_networks: vec![Network::parse(loopback)?],
            ..GuardSettings::default()
        })?;
        Ok(Self { sandbox, mailbox, guard, running, stop, folder, url, password })
    }

    /// The service's address.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The admin's password, of this demonstration alone.
    pub(super) fn password(&self) -> &str {
        &self.password
    }

    /// Where the practice cloud listens.
    pub(super) fn endpoints(&self) -> &Endpoints {
        self.sandbox.endpoints()
    }

    /// Signs in to the service.
    pub(super) async fn client(&self) -> anyhow::Result<Client> {
        let mut client = Client::new(&self.url, None)?;
        client.sign_in("admin", &self.password, "demo").await?;
        Ok(client)
    }

    /// Ends everything and removes the folder.
    pub(super) async fn strike(self) -> anyhow::Result<()> {
        self.stop.send(true).ok();
        self.running.work.await.context("the jobs ended badly")?;
        self.sandbox.stop().await?;
        std::fs::remove_dir_all(&self.folder)
            .with_context(|| format!("cannot remove `{}`", self.folder.display()))
    }
}
