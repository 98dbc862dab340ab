//! The names by which S3 and its likes leave log files: one log for several buckets, and folders of days.

use std::sync::Arc;

use claviger_cloud::{Cloud, Credentials, LogTarget, connect};
use claviger_dial::{Guard, GuardSettings, Network};
use claviger_model::{Asset, Provider};
use claviger_sandbox::Sandbox;
use claviger_service::{Actor, NewConnection, Service};
use claviger_store::assets::AssetFilter;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::stage::{bucket, settings, until};

const LOG_BUCKET: &str = "log-files";
const BUCKETS: [&str; 2] = ["orders", "invoices"];

struct Stage {
    _folder: tempfile::TempDir,
    _stop: watch::Sender<bool>,
    _sandbox: Sandbox,
    service: Service,
    owner: Arc<dyn Cloud>,
    /// The two buckets, the first of them the one with which shared files are read.
    assets: Vec<Asset>,
}

impl Stage {
    /// Two buckets whose log goes to the same place, connected to as an S3 store, both authorized.
    async fn set(prefix: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::start(claviger_sandbox::Settings {
            log_interval: std::time::Duration::from_millis(100),
            ..claviger_sandbox::Settings::default()
        });
        let sandbox = sandbox.await.unwrap();
        let (id, secret) = sandbox.root_key().unwrap();
        let endpoint = Some(sandbox.endpoints().s3.clone());
        let guard = Guard::new(GuardSettings {
            allowed_networks: vec![Network::parse("127.0.0.0/8").unwrap()],
            ..GuardSettings::default()
        });
        let credentials = Credentials {
            access_key_id: id.clone().into(),
            secret: secret.clone(),
            security_token: None,
        };
        let owner = claviger_cloud::Settings {
            provider: Provider::S3,
            region: bucket("").region,
            endpoint: endpoint.clone(),
            accounts_endpoint: None,
            credentials: Some(credentials),
        };
        let owner = connect(owner, &guard.unwrap()).unwrap();
        owner.create_bucket(&bucket(LOG_BUCKET)).await.unwrap();
        for name in BUCKETS {
            owner.create_bucket(&bucket(name)).await.unwrap();
            let target = LogTarget { bucket: LOG_BUCKET.to_owned(), prefix: prefix.to_owned() };
            owner.set_bucket_logging(&bucket(name), Some(&target)).await.unwrap();
        }
        let service = Service::open(settings(folder.path())).await.unwrap();
        let (stop, stopped) = watch::channel(false);
        let own = service.clone();
        tokio::spawn(async move { own.work(stopped).await });
        let new = NewConnection {
            name: "an S3 store".to_owned(),
            provider: Provider::S3,
            region: bucket("").region,
            endpoint,
            accounts_endpoint: None,
            credentials: Some(claviger_service::GivenCredentials::Key {
                access_key_id: id,
                secret,
                security_token: None,
            }),
            idempotency_key: None,
        };
        service.connect(&Actor::claviger(), new).await.unwrap();
        let mut assets = until("both buckets are listed with their log", async || {
            let mut all = service.assets(&AssetFilter::default()).await.unwrap();
            all.retain(|asset| asset.log_target.is_some());
            (all.len() == BUCKETS.len()).then_some(all)
        })
        .await;
        assets.sort_by(|a, b| a.id.cmp(&b.id));
        let ids: Vec<_> = assets.iter().map(|asset| asset.id.clone()).collect();
        service.authorize(&Actor::claviger(), &ids).await.unwrap();
        Self { _folder: folder, _stop: stop, _sandbox: sandbox, service, owner, assets }
    }

    async fn put_log(&self, name: &str, content: String) {
        let place = bucket(LOG_BUCKET);
        self.owner.put_object(&place, name, content.into_bytes(), None).await.unwrap();
    }
}

/// A line of the server access log; made up.
fn line(bucket: &str, request: &str) -> String {
    format!(
        "79a59df900b949e5 {bucket} [06/Feb/2026:00:00:38 +0000] 192.0.2.3 arn:aws:iam::111122223333:user/x \
         {request} REST.GET.OBJECT a \"GET /{bucket}/a HTTP/1.1\" 200 - 2662992 3462992 70 10 \"-\" \
         \"made up\" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= \
         SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader {bucket}.example.com TLSv1.2 - -\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_tell_of_several_buckets_are_read_once() {
    let stage = Stage::set("s3/").await;
    for name in BUCKETS {
        stage.owner.put_object(&bucket(name), "a", b"x".to_vec(), None).await.unwrap();
    }
    until("both buckets are watched", async || {
        let unwatched = stage.service.overview().await.unwrap().unwatched;
        unwatched.is_empty().then_some(())
    })
    .await;
    let [first, second] = [0, 1].map(|place: usize| stage.assets[place].id.clone());
    assert!(stage.service.log_totals(&first).await.unwrap().files > 0);
    assert_eq!(stage.service.log_totals(&second).await.unwrap().files, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_of_days_are_read_and_compared() {
    let stage = Stage::set("dated/").await;
    let asset = &stage.assets[1];
    let now = Timestamp::now();
    let name = |bucket: &str, hours: i64, end: &str| {
        let time = now - SignedDuration::from_hours(hours);
        let time = time.strftime("%Y/%m/%d/%Y-%m-%d-00-00-00");
        format!("dated/111122223333/eu-west-1/{bucket}/{time}-{end}")
    };
    stage.put_log(&name("other", 2, "E568"), line("other", "3E57427F3EFA4E00")).await;
    stage.put_log(&name(&asset.bucket, 2, "E568"), line(&asset.bucket, "3E57427F3EFA4E01")).await;
    let view = async || {
        let all = stage.service.sources().await.unwrap();
        all.into_iter().find(|view| view.id == asset.id.as_str()).unwrap()
    };
    let first = until("the log is read and compared", async || {
        let view = view().await;
        let read = view.progress.as_ref().is_some_and(|progress| progress.lines > 0);
        view.audit.clone().filter(|audit| read && audit.listed == 1)
    })
    .await;
    assert_eq!(first.missed, 0);
    // Of the same day, and five days late: the one sorts before what was read, the other before any listing begins.
    stage.put_log(&name(&asset.bucket, 2, "A000"), line(&asset.bucket, "3E57427F3EFA4E02")).await;
    stage.put_log(&name(&asset.bucket, 120, "F000"), line(&asset.bucket, "3E57427F3EFA4E03")).await;
    until("the audit comes again", async || {
        let totals = stage.service.log_totals(&asset.id).await.unwrap();
        (totals.files == 3 && totals.events == 3).then_some(())
    })
    .await;
    let audit =
        until("all is compared", async || view().await.audit.filter(|audit| audit.listed == 3))
            .await;
    assert!(audit.missed <= 1, "of the running day nothing has to be found late: {audit:?}");
}
