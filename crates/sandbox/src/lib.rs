//! A practice cloud on loopback: Alibaba Cloud's OSS, RAM, IMS, STS, KMS, ActionTrail and Log Service, and the same
//! objects by S3, with MinIO's own API for users and access keys, the block of an AWS account, its Secrets Manager and
//! `CloudTrail` beside it: real protocols, real signatures, real policies and a real access log, so that official clients accept it.
//!
//! For demonstrations, tests and evaluation. It does not imitate durability, scale, billing or multipart
//! uploads.

mod access;
mod access_log;
mod actiontrail;
mod archive;
mod auth;
mod aws;
mod call;
mod content;
mod crc64;
mod error;
mod front;
mod gate;
mod holder;
mod ims;
mod kms;
mod listing;
pub mod mail;
mod minio;
mod network;
mod operation;
mod order;
mod oss;
mod ram;
mod range;
mod refusal;
mod reply;
mod rpc;
mod s3;
mod sls;
mod state;
mod store;
mod sts;
mod target;
mod version_listing;
mod versions;
mod world;
mod xml;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use claviger_model::{AccessKeyId, Secret};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub use error::SandboxError;

use crate::front::Dialect;
use crate::kms::Pace;
use crate::world::{RestorePace, SharedWorld, StorageClass, World};

/// The practice cloud's own switch: the address that a request is to be taken to come from. No real
/// cloud has such a header; it exists so that a demonstration on one machine can have an attacker far
/// away. It is no part of any signature.
pub const SOURCE_IP_HEADER: &str = "x-sandbox-source-ip";

/// How often it is asked whether a rotation is due.
const ROTATION_TICK: Duration = Duration::from_millis(50);

/// How the practice cloud is started.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address to listen on.
    pub listen: IpAddr,
    /// Port of OSS; 0 for any.
    pub oss_port: u16,
    /// Port of S3; 0 for any.
    pub s3_port: u16,
    /// Port of the accounts' API; 0 for any.
    pub ram_port: u16,
    /// Port of the Log Service; 0 for any.
    pub sls_port: u16,
    /// Port of what an AWS account has beside S3; 0 for any.
    pub aws_port: u16,
    /// Region, such as `cn-hangzhou`.
    pub region: String,
    /// Folder in which the world is kept over a restart; `None` forgets it.
    pub state: Option<PathBuf>,
    /// How often access logs are delivered.
    pub log_interval: Duration,
    /// How late an event can be looked up in `CloudTrail`; the real service takes minutes.
    pub trail_delay: Duration,
    /// How long KMS takes to make a new key pair after it was asked to rotate one.
    pub rotation_delay: Duration,
    /// How long a rotated key pair still works beside the new one.
    pub rotation_window: Duration,
    /// How long it takes to restore an archived object.
    pub restore_delay: Duration,
    /// How long a day is for which an object stays restored.
    pub restore_day: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
            oss_port: 0,
            s3_port: 0,
            ram_port: 0,
            sls_port: 0,
            aws_port: 0,
            region: "cn-hangzhou".to_owned(),
            state: None,
            log_interval: Duration::from_secs(1),
            trail_delay: Duration::ZERO,
            rotation_delay: Duration::from_secs(1),
            // The shortest that the real service offers.
            rotation_window: Duration::from_secs(600),
            restore_delay: Duration::from_secs(1),
            restore_day: Duration::from_hours(24),
        }
    }
}

/// Where the practice cloud listens, as `http://127.0.0.1:PORT`.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Endpoints {
    /// Object Storage Service.
    pub oss: String,
    /// The same objects by S3.
    pub s3: String,
    /// The accounts' services: RAM, IMS, STS, KMS and ActionTrail.
    pub ram: String,
    /// The Log Service.
    pub sls: String,
    /// What an AWS account has beside S3: S3 Control, Secrets Manager, STS and `CloudTrail`.
    pub aws: String,
}

/// A practice cloud at work; it ends when dropped.
#[derive(Debug)]
pub struct Sandbox {
    endpoints: Endpoints,
    region: String,
    world: Arc<SharedWorld>,
    state: Option<PathBuf>,
    tasks: JoinSet<()>,
}

impl Sandbox {
    /// Opens the listeners and starts to answer.
    ///
    /// # Errors
    /// A port is taken, or the kept state cannot be read.
    pub async fn start(settings: Settings) -> Result<Self, SandboxError> {
        let mut world = match settings.state.as_deref().map(state::load).transpose()?.flatten() {
            Some(world) => world,
            None => World::new(&settings.region, Timestamp::now())?,
        };
        world.restore_pace =
            RestorePace { delay: settings.restore_delay, day: settings.restore_day };
        world.aws_events.late_by =
            SignedDuration::try_from(settings.trail_delay).unwrap_or_default();
        let region = world.region.clone();
        let world = Arc::new(SharedWorld::new(world));
        let mut tasks = JoinSet::new();
        let storage = |dialect| front::router(world.clone(), dialect);
        let oss =
            listen(&mut tasks, (settings.listen, settings.oss_port), storage(Dialect::Oss)).await?;
        let s3 =
            listen(&mut tasks, (settings.listen, settings.s3_port), storage(Dialect::S3)).await?;
        let pace = Pace { delay: settings.rotation_delay, window: settings.rotation_window };
        let accounts = rpc::router(world.clone(), pace);
        let ram = listen(&mut tasks, (settings.listen, settings.ram_port), accounts).await?;
        let logs = sls::router(world.clone());
        let sls = listen(&mut tasks, (settings.listen, settings.sls_port), logs).await?;
        let services = aws::router(world.clone());
        let aws = listen(&mut tasks, (settings.listen, settings.aws_port), services).await?;
        tasks.spawn(deliver(world.clone(), settings.log_interval));
        tasks.spawn(rotate(world.clone(), pace));
        if let Some(folder) = settings.state.clone() {
            state::save(&world, &folder)?;
            tasks.spawn(state::keep(world.clone(), folder));
        }
        let endpoints = Endpoints { oss, s3, ram, sls, aws };
        Ok(Self { endpoints, region, world, state: settings.state, tasks })
    }

    /// Where it listens.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Its region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The key of the account itself, which may do everything; `None` once it was deleted.
    #[must_use]
    pub fn root_key(&self) -> Option<(AccessKeyId, Secret)> {
        let world = self.world.read();
        world.root_key().map(|key| (key.access_key_id.clone(), key.secret.clone()))
    }

    /// Says that the provider itself has seen a key in public: from now on the key may call neither
    /// RAM nor IMS, until it is deleted. Nothing takes this back, as with the real provider. `false`
    /// when there is no such key.
    pub fn restrict_leaked_key(&self, access_key_id: &AccessKeyId) -> bool {
        let mut world = self.world.write();
        let key = world.keys.get_mut(access_key_id.as_str());
        key.map(|key| key.is_leak_suspected = true).is_some()
    }

    /// Moves an object into the archive, as a lifecycle rule of its bucket does. `false` when there is no such object.
    pub fn archive(&self, bucket: &str, name: &str) -> bool {
        let mut world = self.world.write();
        let bucket = world.buckets.get_mut(bucket);
        let object = bucket.and_then(|bucket| bucket.objects.get_mut(name));
        object.map(|object| object.storage_class = StorageClass::Archive).is_some()
    }

    /// A temporary key as STS gives it to one who took on a role: id, secret and token. A role of this
    /// name is made with these policies if there is none. The key ends after `lifetime`, which may be
    /// negative for one that is over.
    ///
    /// # Errors
    /// The machine gives no random bytes.
    pub fn temporary_key(
        &self,
        role: &str,
        policies: &[&str],
        lifetime: SignedDuration,
    ) -> Result<(AccessKeyId, Secret, Secret), SandboxError> {
        let now = Timestamp::now();
        let mut world = self.world.write();
        if !world.roles.contains_key(role) {
            world.mint_role(role, policies, now)?;
        }
        let ends = now.checked_add(lifetime).unwrap_or(Timestamp::MAX);
        let (id, session) = world.mint_session(role, "temporary", None, ends)?;
        let id = AccessKeyId::parse(&id).map_err(|_| SandboxError::Entropy)?;
        Ok((id, session.secret, session.security_token))
    }

    /// Delivers the log lines that wait, keeps the world and stops.
    ///
    /// # Errors
    /// The state cannot be written.
    pub async fn stop(mut self) -> Result<(), SandboxError> {
        self.tasks.shutdown().await;
        access_log::deliver(&mut self.world.write(), Timestamp::now());
        match &self.state {
            Some(folder) => state::save(&self.world, folder),
            None => Ok(()),
        }
    }
}

async fn listen(
    tasks: &mut JoinSet<()>,
    address: (IpAddr, u16),
    router: Router,
) -> Result<String, SandboxError> {
    let address = SocketAddr::from(address);
    let failed = |source| SandboxError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    tasks.spawn(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        if let Err(error) = axum::serve(listener, service).await {
            tracing::error!(%error, "a listener of the practice cloud ended");
        }
    });
    Ok(format!("http://{bound}"))
}

/// Delivers access logs for as long as the practice cloud lives.
async fn deliver(world: Arc<SharedWorld>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let waits = !world.read().access_log.is_empty();
        if waits {
            access_log::deliver(&mut world.write(), Timestamp::now());
        }
    }
}

/// Takes the steps of key rotations when they are due, for as long as the practice cloud lives.
async fn rotate(world: Arc<SharedWorld>, pace: Pace) {
    loop {
        tokio::time::sleep(ROTATION_TICK).await;
        let now = Timestamp::now();
        let due = kms::is_due(&world.read(), now);
        if due && let Err(error) = kms::advance(&mut world.write(), now, pace) {
            tracing::error!(%error, "a key pair is not rotated");
        }
    }
}

/// The address that a request comes from: the peer's, unless the practice cloud's own header says
/// otherwise.
fn source_ip(headers: &HeaderMap, peer: SocketAddr) -> IpAddr {
    headers
        .get(SOURCE_IP_HEADER)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or_else(|| peer.ip())
}
