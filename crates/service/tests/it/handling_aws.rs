//! The same plans on AWS, as far as moto knows it.

use claviger_cloud::{BucketRef, Listed};
use claviger_model::{
    AccessKeyId, Acl, Ask, CloudKeyStatus, KeyStatus, Language, Plan, PlanState, Provider,
    PublicAccessBlock, RiskEvent, Secret, StepState,
};
use claviger_service::{Actor, NewConnection, Service};
use claviger_store::assets::AssetFilter;
use claviger_store::risk_events::RiskEventFilter;

use super::moto_server::{Moto, ROOT};
use super::stage::{settings, until};

const USER: &str = "billing-export";
pub(crate) const BUCKET: &str = "claviger-bucket";
pub(crate) const LEAK: &str = "test.txt";

pub(crate) fn place() -> BucketRef {
    BucketRef { name: BUCKET.to_owned(), region: "us-east-1".to_owned(), endpoint: None }
}

/// A key that leaked into a bucket of moto, and the service that has found it.
pub(crate) struct Leak {
    _folder: tempfile::TempDir,
    _stop: tokio::sync::watch::Sender<bool>,
    pub(crate) moto: Moto,
    pub(crate) service: Service,
    pub(crate) event: RiskEvent,
    pub(crate) key: AccessKeyId,
}

impl Leak {
    /// `None` where moto is not installed.
    pub(crate) async fn found() -> Option<Self> {
        let moto = Moto::start().await?;
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
            credentials: Some(claviger_service::GivenCredentials::Key {
                access_key_id: ROOT.0.parse().unwrap(),
                secret: Secret::new(ROOT.1.to_owned()),
                security_token: None,
            }),
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
        Some(Self { _folder: folder, _stop: stop, moto, service, event, key })
    }

    pub(crate) async fn draft(&self, ask: Ask) -> Result<Plan, claviger_service::ServiceError> {
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

    pub(crate) async fn carry_out(&self, ask: Ask) -> Plan {
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
    let Some(leak) = Leak::found().await else { return };
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
    account_blocked(&leak).await;

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
    for ask in [Ask::RotateManaged { disable_first: None }, Ask::HostManaged { pairs: Vec::new() }]
    {
        assert!(leak.draft(ask).await.is_err());
    }
}

/// The block of the whole account is put back as it stood: there was none, or half of one. Who may read is
/// computed by it.
async fn account_blocked(leak: &Leak) {
    let (cloud, place) = (leak.moto.cloud(), place());
    let block = async || cloud.public_access_block(None).await.unwrap();
    let half = PublicAccessBlock { ignore_public_acls: true, ..PublicAccessBlock::default() };
    for stood in [None, Some(half)] {
        cloud.set_public_access_block(None, stood).await.unwrap();
        let blocked = leak.carry_out(Ask::BlockAccountPublicAccess).await;
        assert_eq!(block().await, Some(PublicAccessBlock::all(true)));
        let settings = cloud.public_settings(&place).await.unwrap();
        assert_eq!(settings.account_block, Some(PublicAccessBlock::all(true)));
        assert!(!settings.unread.iter().any(|what| what.contains("account")), "{settings:?}");
        let step = &blocked.steps[0];
        assert_eq!(step.call, "s3:PutAccountPublicAccessBlock");
        assert!(step.command.starts_with("aws s3control put-public-access-block"));
        leak.take_back(&blocked).await;
        assert_eq!(block().await, stood);
    }
    cloud.set_public_access_block(None, None).await.unwrap();
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
    let Some(leak) = Leak::found().await else { return };
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

/// What a secret of Secrets Manager hands out.
async fn handed_out(leak: &Leak, name: &str) -> Option<serde_json::Value> {
    let cloud = leak.moto.cloud();
    let version = cloud.stored_secret(name).await.unwrap()?.current.unwrap();
    let value = cloud.stored_value(name, &version).await.unwrap();
    Some(serde_json::from_str(value.reveal()).unwrap())
}

async fn store(leak: &Leak, name: &str, value: &serde_json::Value) {
    let (version, value) = ("made-up-version-of-the-tests-0001", Secret::new(value.to_string()));
    leak.moto.cloud().create_stored(name, version, &value).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_puts_the_new_pair_into_a_secret_and_hands_out_the_one_before_once_taken_back() {
    let Some(leak) = Leak::found().await else { return };
    let cloud = leak.moto.cloud();
    let before = serde_json::json!({ "region": "eu-west-1", "key_id": leak.key, "secret": "old" });
    store(&leak, "app/s3", &before).await;
    for (name, stood) in [("app/s3", Some(before)), ("app/new", None)] {
        let secret_name = name.to_owned();
        let ask = Ask::RotateStored { secret_name, quiet_seconds: 0, keep_seconds: 3600 };
        let plan = leak.draft(ask).await.unwrap();
        assert_eq!(plan.steps[1].call, "secretsmanager:PutSecretValue");
        let typed = Some(leak.key.as_str());
        leak.service.confirm_plan(&Actor::claviger(), &plan.id, typed).await.unwrap();
        let plan = until("the old key is disabled and kept", async || {
            let plan = leak.service.plan(&plan.id).await.unwrap();
            assert_ne!(plan.state, PlanState::Failed, "{:#?}", plan.steps);
            matches!(plan.steps[4].state, StepState::Held { .. }).then_some(plan)
        })
        .await;
        let handed = handed_out(&leak, name).await.unwrap();
        let (id, secret) = match &stood {
            Some(stood) => {
                assert_eq!(handed["region"], stood["region"], "other fields stay");
                (&handed["key_id"], &handed["secret"])
            }
            None => (&handed["AccessKeyId"], &handed["SecretAccessKey"]),
        };
        let new: AccessKeyId = id.as_str().unwrap().parse().unwrap();
        assert_ne!(new, leak.key);
        let keys = cloud.keys_of_user(USER).await.unwrap();
        assert!(keys.iter().any(|key| key.access_key_id == new), "{keys:?}");
        let kept = serde_json::to_string(&plan).unwrap();
        assert!(!kept.contains(secret.as_str().unwrap()), "the plan keeps no secret");
        let taken = leak.service.take_new_pair(&Actor::claviger(), &plan.id).await.unwrap_err();
        let words = taken.to_string();
        assert!(words.contains(new.as_str()) && words.contains(&format!("`{name}`")), "{words}");
        assert!(taken.hint().unwrap().contains("get-secret-value"), "{taken:?}");

        leak.take_back(&plan).await;
        assert_eq!(handed_out(&leak, name).await, stood);
        let keys = cloud.keys_of_user(USER).await.unwrap();
        assert_eq!((keys.len(), keys[0].status), (1, CloudKeyStatus::Active));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_of_another_key_is_not_overwritten() {
    let Some(leak) = Leak::found().await else { return };
    let other = serde_json::json!({ "key_id": "AKIAMADEUPOFSOMEBODY", "secret": "theirs" });
    store(&leak, "theirs", &other).await;
    let secret_name = "theirs".to_owned();
    let ask = Ask::RotateStored { secret_name, quiet_seconds: 0, keep_seconds: 0 };
    let refused = leak.draft(ask).await.unwrap_err();
    assert!(refused.to_string().contains("does not hold the key that is to go"), "{refused}");
    assert_eq!(handed_out(&leak, "theirs").await, Some(other));
    assert_eq!(leak.moto.cloud().keys_of_user(USER).await.unwrap().len(), 1);
}
