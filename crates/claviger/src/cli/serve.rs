//! `claviger serve`: the whole product in one process.

use std::path::PathBuf;

use anyhow::Context;
use claviger_model::Secret;
use claviger_service::{Service, Settings};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{Exit, exit};
use crate::config::{self, Given};
use crate::server::{self, patience::Patient, peer::PeerAddress};
use crate::telemetry::Telemetry;

/// The environment variable that gives the first admin's password; otherwise one is made and told.
const ADMIN_PASSWORD: &str = "CLAVIGER_ADMIN_PASSWORD";

/// Run the service: jobs, API and console
///
/// On first start an admin is made, and its password is told on standard error, once; set
/// `CLAVIGER_ADMIN_PASSWORD` to choose it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger serve
  claviger serve --listen 0.0.0.0:8520 --data-dir /var/lib/claviger
  claviger serve --allow-network 10.0.0.0/8 --public-url https://claviger.example.com")]
pub(crate) struct Args {
    /// Configuration file (TOML); environment and flags win over it
    #[arg(long, value_name = "FILE", env = "CLAVIGER_CONFIG")]
    config: Option<PathBuf>,
    /// Address of the API and the console [default: 127.0.0.1:8520]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Folder of this installation [default: ./claviger-data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
    /// `sqlite`, or `postgres://…` [default: sqlite]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// The console's address as people reach it, for links in messages
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Private network that stores and mail servers may live in, such as 10.0.0.0/8 (repeatable)
    #[arg(long, value_name = "CIDR")]
    allow_network: Vec<String>,
    /// Folder with tables of networks and countries; `claviger places` explains it
    #[arg(long, value_name = "DIR")]
    places: Option<String>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let given = Given::load(args.config.as_deref())?
        .over("listen", args.listen.clone())
        .over("data_dir", args.data_dir.clone())
        .over("database", args.database.clone())
        .over("public_url", args.public_url.clone())
        .over("places", args.places.clone())
        .over(
            "allow_networks",
            (!args.allow_network.is_empty()).then(|| args.allow_network.join(",")),
        );
    let config = config::Config::of(&given)?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(serve(config))
}

async fn serve(config: config::Config) -> anyhow::Result<Exit> {
    let listener = TcpListener::bind(&config.listen)
        .await
        .with_context(|| format!("cannot listen on `{}`", config.listen))?;
    let address = listener.local_addr()?;
    let mut settings = config.settings;
    let telemetry = Telemetry::begin(config.traces.as_ref(), &settings.guard()?)?;
    settings.public_url.get_or_insert_with(|| format!("http://{address}"));
    let (stop, stopped) = watch::channel(false);
    if settings.places.is_none() {
        exit::say("networks and countries of addresses are not shown: `claviger places` says how");
    }
    let running = start(settings, listener, stopped).await?;
    if let Some(password) = &running.first_password {
        exit::say(&format!(
            "first start: sign in as `admin` with the password {}",
            password.reveal()
        ));
    }
    exit::say(&format!("claviger serves http://{address}"));
    super::signalled().await;
    exit::say("stopping: the jobs under way end first");
    stop.send(true).ok();
    running.work.await.context("the jobs ended badly")?;
    telemetry.end().await;
    Ok(Exit::Clean)
}

/// A service at work.
pub(crate) struct Running {
    /// The password of the admin that was just made, if one was.
    pub(crate) first_password: Option<Secret>,
    /// Ends when the jobs under way have ended.
    pub(crate) work: tokio::task::JoinHandle<()>,
}

/// Opens the installation and starts its jobs, API and console.
pub(crate) async fn start(
    settings: Settings,
    listener: TcpListener,
    stopped: watch::Receiver<bool>,
) -> anyhow::Result<Running> {
    let service = Service::open(settings).await?;
    let chosen = std::env::var(ADMIN_PASSWORD).ok().map(Secret::new);
    let told = chosen.is_none();
    let first_password = service.first_admin(chosen).await?.filter(|_| told);
    let router = server::router(&service);
    let mut stop = stopped.clone();
    tokio::spawn(async move {
        let router = router.into_make_service_with_connect_info::<PeerAddress>();
        let answers = axum::serve(Patient::new(listener), router);
        tokio::select! {
            ended = answers => {
                if let Err(error) = ended {
                    tracing::error!(%error, "the server ended");
                }
            }
            _ = stop.changed() => {}
        }
    });
    let work = tokio::spawn(async move { service.work(stopped).await });
    Ok(Running { first_password, work })
}
