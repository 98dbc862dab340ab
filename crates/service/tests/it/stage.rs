//! A practice cloud and a service at work on it.

use std::time::{Duration, Instant};

use claviger_cloud::{BucketRef, Cloud, Credentials, LogTarget, PolicyOwner};
use claviger_dial::{Guard, GuardSettings, Network};
use claviger_intel::{Claim, Entry};
use claviger_model::{AccessKeyId, Asset, Connection, Provider, RiskEvent, RiskEventId, Secret};
use claviger_sandbox::Sandbox;
use claviger_service::{Actor, NewConnection, Service, Settings};
use claviger_store::assets::AssetFilter;
use claviger_store::risk_events::RiskEventFilter;
use tokio::sync::watch;

pub(crate) const BUCKET: &str = "examplebucket";
pub(crate) const USER: &str = "billing-export";
pub(crate) const KEEPER: &str = "keeper";
pub(crate) const LOG_BUCKET: &str = "examplebucket-logs";
const REGION: &str = "cn-hangzhou";

/// Longest wait: a loaded machine is slow, a broken promise is never kept.
const PATIENCE: Duration = Duration::from_secs(30);

/// Everything that plays. The service stops when it is dropped.
pub(crate) struct Stage {
    _folder: tempfile::TempDir,
    pub(crate) sandbox: Sandbox,
    pub(crate) service: Service,
    pub(crate) actor: Actor,
    _stop: watch::Sender<bool>,
}

impl Stage {
    /// Sets everything up: a bucket with a log, and a user whose key stands in it.
    pub(crate) async fn set() -> Self {
        Self::set_on(claviger_sandbox::Settings::default()).await
    }

    /// The same on a practice cloud that is set otherwise.
    pub(crate) async fn set_on(cloud: claviger_sandbox::Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::start(claviger_sandbox::Settings {
            log_interval: Duration::from_millis(100),
            rotation_delay: Duration::from_millis(200),
            rotation_window: Duration::from_secs(2),
            ..cloud
        })
        .await
        .unwrap();
        let service = Service::open(settings(folder.path())).await.unwrap();
        let (stop, stopped) = watch::channel(false);
        let own = service.clone();
        tokio::spawn(async move { own.work(stopped).await });
        let stage =
            Self { _folder: folder, sandbox, service, actor: Actor::claviger(), _stop: stop };
        stage.furnish().await;
        stage
    }

    async fn furnish(&self) {
        let cloud = self.owner();
        for name in [BUCKET, LOG_BUCKET] {
            cloud.create_bucket(&bucket(name)).await.unwrap();
        }
        let target = LogTarget { bucket: LOG_BUCKET.to_owned(), prefix: "oss-log/".to_owned() };
        cloud.set_bucket_logging(&bucket(BUCKET), Some(&target)).await.unwrap();
        cloud.create_user(USER).await.unwrap();
        let (id, secret) = cloud.create_key(USER).await.unwrap();
        let leak = format!("AccessKeyId: {id}\nAccessKeySecret: {}\n", secret.reveal());
        cloud.put_object(&bucket(BUCKET), "test.txt", leak.into_bytes(), None).await.unwrap();
    }

    /// The cloud as its account sees it.
    pub(crate) fn owner(&self) -> std::sync::Arc<dyn Cloud> {
        let (id, secret) = self.sandbox.root_key().unwrap();
        let guard = Guard::new(GuardSettings {
            allowed_networks: vec![Network::parse("127.0.0.0/8").unwrap()],
            ..GuardSettings::default()
        });
        let settings = claviger_cloud::Settings {
            provider: Provider::Aliyun,
            region: REGION.to_owned(),
            endpoint: Some(self.sandbox.endpoints().oss.clone()),
            accounts_endpoint: Some(self.sandbox.endpoints().ram.clone()),
            credentials: Some(Credentials {
                access_key_id: id.into(),
                secret,
                security_token: None,
            }),
        };
        claviger_cloud::connect(settings, &guard.unwrap()).unwrap()
    }

    /// Makes the user that Claviger connects as, with these policies.
    pub(crate) async fn keeper(&self, policies: &[&str]) -> (AccessKeyId, Secret) {
        let cloud = self.owner();
        cloud.create_user(KEEPER).await.unwrap();
        for policy in policies {
            cloud.attach_policy(KEEPER, PolicyOwner::Provider, policy).await.unwrap();
        }
        cloud.create_key(KEEPER).await.unwrap()
    }

    /// Connects with a key.
    pub(crate) async fn connect(&self, (id, secret): (AccessKeyId, Secret)) -> Connection {
        let new = NewConnection {
            name: "practice".to_owned(),
            provider: Provider::Aliyun,
            region: REGION.to_owned(),
            endpoint: Some(self.sandbox.endpoints().oss.clone()),
            accounts_endpoint: Some(self.sandbox.endpoints().ram.clone()),
            credentials: Some(claviger_service::GivenCredentials::Key {
                access_key_id: id,
                secret,
                security_token: None,
            }),
            idempotency_key: None,
        };
        self.service.connect(&self.actor, new).await.unwrap()
    }

    /// Waits for the bucket with its log, and authorizes it.
    pub(crate) async fn authorize(&self) -> Asset {
        let asset = until("the bucket is listed", async || {
            let all = self.service.assets(&AssetFilter::default()).await.unwrap();
            all.into_iter().find(|asset| asset.bucket == BUCKET && asset.log_target.is_some())
        })
        .await;
        self.service.authorize(&self.actor, std::slice::from_ref(&asset.id)).await.unwrap();
        asset
    }

    /// Sets who may see an object of the bucket.
    pub(crate) async fn set_acl(&self, object: &str, acl: claviger_model::Acl) {
        let bucket = bucket(BUCKET);
        let of = claviger_cloud::Listed { bucket: &bucket, object: Some(object) };
        self.owner().set_acl(of, acl).await.unwrap();
    }

    /// Somebody tells that a key leaked.
    pub(crate) async fn hear_of(&self, key: &AccessKeyId) {
        let entry = Entry {
            claim: Claim::Leaked,
            access_key_id: key.clone(),
            link: None,
            user: None,
            note: None,
            seen_at: None,
        };
        self.service.add_intelligence(&self.actor, &[entry]).await.unwrap();
    }

    /// Waits for the one risk event.
    pub(crate) async fn event(&self) -> RiskEvent {
        until("the leak is found", async || {
            let filter = RiskEventFilter::default();
            self.service.risk_events(&filter).await.unwrap().into_iter().next()
        })
        .await
    }

    /// The event as it is now.
    pub(crate) async fn event_now(&self, id: &RiskEventId) -> RiskEvent {
        self.service.risk_event(id).await.unwrap()
    }
}

/// Settings of a test: everything soon.
pub(crate) fn settings(folder: &std::path::Path) -> Settings {
    Settings {
        allow_networks: vec!["127.0.0.0/8".to_owned()],
        log_poll: Duration::from_millis(50),
        log_audit: Duration::from_millis(500),
        key_check: Duration::from_millis(300),
        retry_pause_max: Duration::from_millis(300),
        ..Settings::in_folder(folder.join("data"))
    }
}

/// A bucket of the practice cloud.
pub(crate) fn bucket(name: &str) -> BucketRef {
    BucketRef { name: name.to_owned(), region: REGION.to_owned(), endpoint: None }
}

/// Asks again until there is something.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
