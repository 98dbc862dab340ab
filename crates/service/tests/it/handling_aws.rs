//! The same plans on AWS, as far as moto knows it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_cloud::{BucketRef, Cloud, Credentials, Listed};
use claviger_dial::{Guard, GuardSettings, Network};
use claviger_model::{
    AccessKeyId, Acl, Ask, CloudKeyStatus, KeyStatus, Language, Plan, PlanState, Provider,
    PublicAccessBlock, RiskEvent, Secret, StepState,
};
use claviger_service::{Actor, NewConnection, Service};
use claviger_store::assets::AssetFilter;
use claviger_store::risk_events::RiskEventFilter;

use super::stage::{settings, until};

const USER: &str = "billing-export";
const BUCKET: &str = "claviger-bucket";
const LEAK: &str = "test.txt";
const ROOT: (&str, &str) = ("AKIAMADEUPOFTHETESTS", "madeUpSecretOfTheTestsMadeUpSecret000001");

/// It answers in 2 seconds on an idle machine.
const START_MAX: Duration = Duration::from_secs(60);

struct Moto {
    child: Child,
    endpoint: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
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

impl Moto {
    async fn start(program: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let moto = Self { child, endpoint: format!("http://127.0.0.1:{port}") };
        let started = Instant::now();
        while let Err(error) = moto.cloud().list_buckets().await {
            assert!(started.elapsed() < START_MAX, "no answer in time: {error:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        moto
    }

    fn cloud(&self) -> Arc<dyn Cloud> {
        let guard = Guard::new(GuardSettings {
            allowed_networks: vec![Network::parse("127.0.0.0/8").unwrap()],
            ..GuardSettings::default()
        });
        let settings = claviger_cloud::Settings {
            provider: Provider::Aws,
            region: "us-east-1".to_owned(),
            endpoint: Some(self.endpoint.clone()),
            accounts_endpoint: Some(self.endpoint.clone()),
            credentials: Some(Credentials {
                access_key_id: ROOT.0.to_owned(),
                secret: Secret::new(ROOT.1.to_owned()),
                security_token: None,
            }),
        };
        claviger_cloud::connect(settings, &guard.unwrap()).unwrap()
    }
}

fn place() -> BucketRef {
    BucketRef { name: BUCKET.to_owned(), region: "us-east-1".to_owned(), endpoint: None }
}

/// A key that leaked into a bucket of moto, and the service that has found it.
struct Leak {
    _folder: tempfile::TempDir,
    _stop: tokio::sync::watch::Sender<bool>,
    moto: Moto,
    service: Service,
    event: RiskEvent,
    key: AccessKeyId,
}

impl Leak {
    async fn found(program: &Path) -> Self {
        let moto = Moto::start(program).await;
        let cloud = moto.cloud();
        cloud.create_user(USER).await.unwrap();
        let (key, secret) = cloud.create_key(USER).await.unwrap();
        cloud.create_bucket(&place()).await.unwrap();
        let text = format!("aws_access_key_id={key}\naws_secret_access_key={}\n", secret.reveal());
        cloud.put_object(&place(), LEAK, text.into_bytes(), None).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let service = Service::open(settings(folder.path())).await.unwrap();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let own = service.clone();
        tokio::spawn(async move { own.work(stopped).await });
        let new = NewConnection {
            name: "practice".to_owned(),
            provider: Provider::Aws,
            region: "us-east-1".to_owned(),
            endpoint: Some(moto.endpoint.clone()),
            accounts_endpoint: Some(moto.endpoint.clone()),
            access_key_id: Some(ROOT.0.parse().unwrap()),
            secret: Some(Secret::new(ROOT.1.to_owned())),
            security_token: None,
            idempotency_key: None,
        };
        service.connect(&Actor::claviger(), new).await.unwrap();
        let asset = until("the bucket is listed", async || {
            let all = service.assets(&AssetFilter::default()).await.unwrap();
            all.into_iter().find(|asset| asset.bucket == BUCKET)
        })
        .await;
        service.authorize(&Actor::claviger(), &[asset.id]).await.unwrap();
        let event = until("the leak is found and its owner known", async || {
            let all = service.risk_events(&RiskEventFilter::default()).await.unwrap();
            all.into_iter().find(|event| event.account.is_some())
        })
        .await;
        Self { _folder: folder, _stop: stop, moto, service, event, key }
    }

    async fn draft(&self, ask: Ask) -> Result<Plan, claviger_service::ServiceError> {
        let (actor, id) = (Actor::claviger(), &self.event.id);
        self.service.draft_plan(&actor, id, &ask, Language::English).await
    }

    async fn ended(&self, plan: &Plan, wanted: PlanState) {
        until(&format!("the plan is {wanted:?}"), async || {
            let plan = self.service.plan(&plan.id).await.unwrap();
            assert_ne!(plan.state, PlanState::Failed, "{:#?}", plan.steps);
            (plan.state == wanted).then_some(())
        })
        .await;
    }

    async fn carry_out(&self, ask: Ask) -> Plan {
        let plan = self.draft(ask).await.unwrap();
        let typed = Some(self.key.as_str());
        self.service.confirm_plan(&Actor::claviger(), &plan.id, typed).await.unwrap();
        self.ended(&plan, PlanState::Done).await;
        plan
    }

    async fn take_back(&self, plan: &Plan) {
        self.service.undo_plan(&Actor::claviger(), &plan.id).await.unwrap();
        self.ended(plan, PlanState::Undone).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plans_are_carried_out_on_aws_and_taken_back() {
    let Some(program) = program() else { return };
    let leak = Leak::found(&program).await;
    let cloud = leak.moto.cloud();
    let status = async || cloud.key_status(USER, &leak.key).await.unwrap();
    let disabled = leak.carry_out(Ask::Disable).await;
    assert_eq!(status().await, Some(CloudKeyStatus::Inactive));
    leak.take_back(&disabled).await;
    assert_eq!(status().await, Some(CloudKeyStatus::Active));

    let addresses = vec!["203.0.113.7".to_owned()];
    let name = format!("claviger-restrict-{}", leak.key);
    let restricted = leak.carry_out(Ask::RestrictNetwork { addresses }).await;
    let policy = cloud.user_policy(USER, &name).await.unwrap().unwrap();
    assert!(policy.contains("203.0.113.7") && policy.contains("aws:SourceIp"), "{policy}");
    leak.take_back(&restricted).await;
    assert_eq!(cloud.user_policy(USER, &name).await.unwrap(), None);

    let revoked = leak.carry_out(Ask::RevokeSessions).await;
    let policy = cloud.user_policy(USER, "AWSRevokeOlderSessions").await.unwrap().unwrap();
    assert!(policy.contains("aws:TokenIssueTime") && !policy.contains("${"), "{policy}");
    leak.take_back(&revoked).await;

    denied_in_bucket(&leak).await;

    let half = PublicAccessBlock { block_public_policy: true, ..PublicAccessBlock::default() };
    cloud.set_public_access_block(Some(&place()), Some(half)).await.unwrap();
    let blocked = leak.carry_out(Ask::BlockPublicAccess { bucket: BUCKET.to_owned() }).await;
    let block = async || cloud.public_access_block(Some(&place())).await.unwrap();
    assert_eq!(block().await, Some(PublicAccessBlock::all(true)));
    leak.take_back(&blocked).await;
    assert_eq!(block().await, Some(half));

    let place = place();
    let of = Listed { bucket: &place, object: Some(LEAK) };
    cloud.set_acl(of, Acl::PublicRead).await.unwrap();
    let (bucket, object) = (|| BUCKET.to_owned(), || LEAK.to_owned());
    let listed =
        leak.carry_out(Ask::ObjectAcl { bucket: bucket(), object: object(), acl: Acl::Private });
    let listed = listed.await;
    assert_eq!(cloud.acl(of).await.unwrap(), Acl::Private);
    leak.take_back(&listed).await;
    assert_eq!(cloud.acl(of).await.unwrap(), Acl::PublicRead);

    leak.carry_out(Ask::DeleteFile { bucket: bucket(), object: object() }).await;
    assert_eq!(cloud.head_object(&place, LEAK).await.unwrap(), None);
    for ask in [
        Ask::RotateManaged { disable_first: None },
        Ask::HostManaged { pairs: Vec::new() },
        Ask::BlockAccountPublicAccess,
    ] {
        assert!(leak.draft(ask).await.is_err());
    }
}

/// The bucket's policy names the user and nobody else, and is what it was once taken back.
async fn denied_in_bucket(leak: &Leak) {
    let (cloud, place) = (leak.moto.cloud(), place());
    let theirs = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::claviger-bucket/open/*"}]}"#;
    let theirs = theirs.replace("claviger-bucket", BUCKET);
    cloud.set_bucket_policy(&place, Some(&theirs)).await.unwrap();
    let (bucket, addresses) = (BUCKET.to_owned(), vec!["203.0.113.7".to_owned()]);
    let prefixes = vec!["salaries/".to_owned()];
    let denied = leak.carry_out(Ask::DenyBucket { bucket, addresses, prefixes }).await;
    let policy = cloud.bucket_policy(&place).await.unwrap().unwrap();
    let read: serde_json::Value = serde_json::from_str(&policy).unwrap();
    let all = read["Statement"].as_array().unwrap();
    assert_eq!((all.len(), &all[0]["Sid"]), (3, &serde_json::json!("Theirs")), "{policy}");
    let user = format!("arn:aws:iam::123456789012:user/{USER}");
    assert!(all[1..].iter().all(|one| one["Principal"]["AWS"][0] == user.as_str()), "{policy}");
    assert!(denied.steps[0].command.contains("Theirs"), "{}", denied.steps[0].command);
    leak.take_back(&denied).await;
    let left = cloud.bucket_policy(&place).await.unwrap().unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&left).unwrap(),
        serde_json::from_str::<serde_json::Value>(&theirs).unwrap()
    );
    cloud.set_bucket_policy(&place, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_on_aws_cannot_be_taken_back_once_the_old_key_is_deleted() {
    let Some(program) = program() else { return };
    let leak = Leak::found(&program).await;
    let cloud = leak.moto.cloud();
    let actor = Actor::claviger();
    let plan = leak.draft(Ask::Rotate { quiet_seconds: 0, keep_seconds: 0 }).await.unwrap();
    let untyped = leak.service.confirm_plan(&actor, &plan.id, None).await;
    assert!(untyped.unwrap_err().hint().unwrap().contains(leak.key.as_str()));
    let typed = Some(leak.key.as_str());
    leak.service.confirm_plan(&actor, &plan.id, typed).await.unwrap();
    let (new, _) = until("the new pair can be taken", async || {
        let now = leak.service.plan(&plan.id).await.unwrap();
        let waits = matches!(now.steps[1].state, StepState::Held { .. });
        if waits { leak.service.take_new_pair(&actor, &plan.id).await.ok() } else { None }
    })
    .await;
    leak.ended(&plan, PlanState::Done).await;
    let left: Vec<AccessKeyId> =
        cloud.keys_of_user(USER).await.unwrap().into_iter().map(|key| key.access_key_id).collect();
    assert_eq!(left, [new]);
    let event = leak.service.risk_event(&leak.event.id).await.unwrap();
    assert_eq!(event.key_state.status, KeyStatus::Rotated);
    let refused = leak.service.undo_plan(&actor, &plan.id).await.unwrap_err();
    assert!(refused.to_string().contains("cannot be taken back"), "{refused}");
}
