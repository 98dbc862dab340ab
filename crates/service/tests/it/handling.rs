//! What a plan does to a real cloud, what it leaves alone, and what taking it back restores.

use std::sync::Arc;

use claviger_cloud::{Cloud, Credentials, Listed, PolicyOwner};
use claviger_dial::{Guard, GuardSettings, Network};
use claviger_model::{
    AccessKeyId, Acl, Ask, CloudKeyStatus, EvidenceState, GivenPair, KeyStatus, Language, Plan,
    PlanId, PlanState, Provider, PublicAccessBlock, RiskEvent, Secret, StepState, WorkState,
};

use super::rights::grant;
use super::stage::{BUCKET, Stage, USER, bucket, until};

const LEAK: &str = "test.txt";
const SIBLING: &str = "somebody-else";

/// A leak that was found, and both halves of the key.
pub(crate) struct Leak {
    pub(crate) stage: Stage,
    pub(crate) event: RiskEvent,
    pub(crate) pair: (AccessKeyId, Secret),
}

impl Leak {
    async fn found() -> Self {
        let stage = Stage::set().await;
        let root = stage.sandbox.root_key().unwrap();
        Self::found_with(stage, root).await
    }

    /// The same by a user of Claviger's own, who has these rights.
    pub(crate) async fn found_by_keeper(rights: &[&str]) -> Self {
        let stage = Stage::set().await;
        let keeper = stage.keeper(&[]).await;
        grant(&stage, rights).await;
        Self::found_with(stage, keeper).await
    }

    async fn found_with(stage: Stage, connected: (AccessKeyId, Secret)) -> Self {
        let owner = stage.owner();
        let read = "AliyunOSSReadOnlyAccess";
        owner.attach_policy(USER, PolicyOwner::Provider, read).await.unwrap();
        let pair = leaked(owner.as_ref()).await;
        stage.connect(connected).await;
        stage.authorize().await;
        stage.event().await;
        let event = until("the key's owner is known", async || {
            Some(stage.event().await).filter(|event| event.account.is_some())
        })
        .await;
        Self { stage, event, pair }
    }

    async fn draft(&self, ask: Ask) -> Plan {
        let Self { stage, event, .. } = self;
        let drafted = stage.service.draft_plan(&stage.actor, &event.id, &ask, Language::English);
        drafted.await.unwrap()
    }

    async fn confirm(&self, plan: &Plan) {
        let Self { stage, event, .. } = self;
        let typed = Some(event.subject.as_str());
        stage.service.confirm_plan(&stage.actor, &plan.id, typed).await.unwrap();
    }

    async fn in_state(&self, id: &PlanId, state: PlanState) -> Plan {
        until(&format!("the plan is {state:?}"), async || {
            let plan = self.stage.service.plan(id).await.unwrap();
            let unwanted = plan.state == PlanState::Failed && state != PlanState::Failed;
            assert!(!unwanted, "{:#?}", plan.steps);
            Some(plan).filter(|plan| plan.state == state)
        })
        .await
    }

    /// Drafts, confirms, and waits until it is done.
    async fn carry_out(&self, ask: Ask) -> Plan {
        let plan = self.draft(ask).await;
        self.confirm(&plan).await;
        self.in_state(&plan.id, PlanState::Done).await
    }

    async fn take_back(&self, plan: &Plan) {
        self.stage.service.undo_plan(&self.stage.actor, &plan.id).await.unwrap();
        self.in_state(&plan.id, PlanState::Undone).await;
    }

    async fn status(&self) -> Option<CloudKeyStatus> {
        self.stage.owner().key_status(USER, &self.pair.0).await.unwrap()
    }

    /// Whether the leaked pair can read.
    async fn opens(&self) -> bool {
        opens(&self.stage, &self.pair).await
    }
}

async fn leaked(owner: &dyn Cloud) -> (AccessKeyId, Secret) {
    let text = owner.read_object(&bucket(BUCKET), LEAK, 0..1000).await.unwrap();
    let text = String::from_utf8(text).unwrap();
    let mut words = text.lines().map(|line| line.split_once(": ").unwrap().1.to_owned());
    (words.next().unwrap().parse().unwrap(), Secret::new(words.next().unwrap()))
}

fn cloud_of(stage: &Stage, pair: &(AccessKeyId, Secret)) -> Arc<dyn Cloud> {
    let guard = Guard::new(GuardSettings {
        allowed_networks: vec![Network::parse("127.0.0.0/8").unwrap()],
        ..GuardSettings::default()
    });
    let settings = claviger_cloud::Settings {
        provider: Provider::Aliyun,
        region: "cn-hangzhou".to_owned(),
        endpoint: Some(stage.sandbox.endpoints().oss.clone()),
        accounts_endpoint: Some(stage.sandbox.endpoints().ram.clone()),
        credentials: Some(Credentials {
            access_key_id: pair.0.as_str().to_owned(),
            secret: pair.1.clone(),
            security_token: None,
        }),
    };
    claviger_cloud::connect(settings, &guard.unwrap()).unwrap()
}

async fn opens(stage: &Stage, pair: &(AccessKeyId, Secret)) -> bool {
    cloud_of(stage, pair).read_object(&bucket(BUCKET), "open.txt", 0..10).await.is_ok()
}

/// Something to read that is no evidence.
async fn with_a_file(leak: &Leak) {
    let (owner, place) = (leak.stage.owner(), bucket(BUCKET));
    owner.put_object(&place, "open.txt", b"hello".to_vec(), None).await.unwrap();
    assert!(leak.opens().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_key_opens_nothing_and_opens_again_once_taken_back() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    // A first use that is told of after the key was disabled opens the event again.
    let used = async || (leak.stage.event_now(&leak.event.id).await.uses > 0).then_some(());
    until("the use is on record", used).await;
    let plan = leak.carry_out(Ask::Disable).await;
    assert!(!leak.opens().await);
    assert_eq!(leak.stage.event_now(&leak.event.id).await.work_state, WorkState::Disposed);
    leak.take_back(&plan).await;
    assert!(leak.opens().await);
    let event = leak.stage.event_now(&leak.event.id).await;
    assert_eq!(event.work_state, WorkState::Acknowledged);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enabled_key_opens_again_and_is_what_it_was_once_taken_back() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    leak.carry_out(Ask::Disable).await;
    let plan = leak.carry_out(Ask::Enable).await;
    assert!(leak.opens().await);
    leak.take_back(&plan).await;
    assert_eq!(leak.status().await, Some(CloudKeyStatus::Inactive));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_key_is_restored_from_the_recycle_bin_with_the_status_it_had() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let plan = leak.carry_out(Ask::Delete).await;
    assert_eq!(leak.status().await, None);
    let event = leak.stage.event_now(&leak.event.id).await;
    assert_eq!(event.key_state.status, KeyStatus::Deleted);
    leak.take_back(&plan).await;
    assert_eq!(leak.status().await, Some(CloudKeyStatus::Active));
    assert!(leak.opens().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restricted_key_works_from_its_addresses_alone_and_its_sibling_from_everywhere() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let owner = leak.stage.owner();
    let sibling = owner.create_key(USER).await.unwrap();
    // What stood before is put back, not merely lifted.
    let before = r#"{"Version":1,"Status":"Active","Statements":[{"Type":"ClassicWhiteList","IPList":["127.0.0.0/8"]}]}"#;
    owner.set_key_restriction(USER, &leak.pair.0, Some(before)).await.unwrap();
    let addresses = vec!["203.0.113.7".to_owned()];
    let plan = leak.carry_out(Ask::RestrictNetwork { addresses }).await;
    assert!(!leak.opens().await);
    assert!(opens(&leak.stage, &sibling).await);
    leak.take_back(&plan).await;
    assert!(leak.opens().await);
    let restored = owner.key_restriction(USER, &leak.pair.0).await.unwrap();
    assert_eq!(restored.as_deref(), Some(before));
}

#[tokio::test(flavor = "multi_thread")]
async fn use_from_an_address_that_a_restriction_lets_pass_does_not_open_the_event_again() {
    let leak = Leak::found().await;
    let addresses = vec!["127.0.0.0/8".to_owned()];
    leak.carry_out(Ask::RestrictNetwork { addresses }).await;
    with_a_file(&leak).await;
    let event = until("the use is seen", async || {
        let event = leak.stage.event_now(&leak.event.id).await;
        (event.uses > 0).then_some(event)
    })
    .await;
    assert_eq!(event.work_state, WorkState::Disposed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_prefix_is_refused_and_everything_else_goes_on() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let prefixes = vec![format!("{BUCKET}/secret/")];
    let owner = leak.stage.owner();
    owner.put_object(&bucket(BUCKET), "secret/a", b"x".to_vec(), None).await.unwrap();
    let thief = cloud_of(&leak.stage, &leak.pair);
    let reads = async || thief.read_object(&bucket(BUCKET), "secret/a", 0..1).await.is_ok();
    assert!(reads().await);
    let plan = leak.carry_out(Ask::DenyPolicy { addresses: Vec::new(), prefixes }).await;
    assert!(!reads().await);
    assert!(leak.opens().await);
    leak.take_back(&plan).await;
    assert!(reads().await);
}

/// A policy of somebody else's, which Claviger keeps.
const THEIRS: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Principal":["*"],"Action":["oss:GetObject"],"Resource":["acs:oss:*:*:examplebucket/open/*"]}]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_of_a_bucket_denies_one_user_and_keeps_what_stood_there() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let (owner, place) = (leak.stage.owner(), bucket(BUCKET));
    let theirs = THEIRS.replace("examplebucket", BUCKET);
    let ask = |addresses: &[&str], prefixes: &[&str]| Ask::DenyBucket {
        bucket: BUCKET.to_owned(),
        addresses: addresses.iter().map(|one| (*one).to_owned()).collect(),
        prefixes: prefixes.iter().map(|one| (*one).to_owned()).collect(),
    };
    for stood in [None, Some(theirs.as_str())] {
        owner.set_bucket_policy(&place, stood).await.unwrap();
        for (ask, opens) in [
            (ask(&["203.0.113.7"], &[]), false),
            (ask(&["127.0.0.0/8"], &[]), true),
            (ask(&[], &["secret/"]), true),
            (ask(&[], &["open"]), false),
        ] {
            let plan = leak.carry_out(ask).await;
            assert_eq!(leak.opens().await, opens, "{plan:#?}");
            assert!(owner.read_object(&place, "open.txt", 0..10).await.is_ok());
            leak.take_back(&plan).await;
            assert!(leak.opens().await);
            let now = owner.bucket_policy(&place).await.unwrap();
            let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(now.as_deref().map(read), stood.map(read));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_write_into_a_buckets_policy_meanwhile_stays() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let (owner, place) = (leak.stage.owner(), bucket(BUCKET));
    let (bucket, addresses) = (BUCKET.to_owned(), vec!["203.0.113.7".to_owned()]);
    let plan = leak.carry_out(Ask::DenyBucket { bucket, addresses, prefixes: Vec::new() }).await;
    let now = owner.bucket_policy(&place).await.unwrap().unwrap();
    let theirs = THEIRS.replace("examplebucket", BUCKET);
    let (_, theirs_alone) = theirs.split_once('[').unwrap();
    let one = theirs_alone.strip_suffix("]}").unwrap();
    let both = now.replacen("\"Statement\":[", &format!("\"Statement\":[{one},"), 1);
    owner.set_bucket_policy(&place, Some(&both)).await.unwrap();
    leak.take_back(&plan).await;
    let left = owner.bucket_policy(&place).await.unwrap().unwrap();
    assert!(left.contains("Allow") && !left.contains("Deny"), "{left}");
    assert!(leak.opens().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_versions_of_a_file_that_hold_the_key_are_deleted_and_the_event_is_disposed() {
    let leak = Leak::found().await;
    let plan = leak.draft(Ask::DeleteFile { bucket: BUCKET.to_owned(), object: LEAK.to_owned() });
    let plan = plan.await;
    let untyped = leak.stage.service.confirm_plan(&leak.stage.actor, &plan.id, None).await;
    assert!(untyped.unwrap_err().hint().unwrap().contains(leak.pair.0.as_str()));
    leak.confirm(&plan).await;
    leak.in_state(&plan.id, PlanState::Done).await;
    let owner = leak.stage.owner();
    assert_eq!(owner.head_object(&bucket(BUCKET), LEAK).await.unwrap(), None);
    until("the evidence is disposed of", async || {
        let details = leak.stage.service.event_details(&leak.event.id).await.unwrap();
        let gone = details.evidence.iter().all(|one| one.state == EvidenceState::Disposed);
        (gone && details.event.work_state == WorkState::Disposed).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_blocks_are_put_back_as_they_were() {
    let leak = Leak::found().await;
    let owner = leak.stage.owner();
    let place = bucket(BUCKET);
    let of_bucket = Listed { bucket: &place, object: None };
    let of_object = Listed { bucket: &place, object: Some(LEAK) };
    owner.set_acl(of_bucket, Acl::PublicRead).await.unwrap();
    let ask = Ask::BucketAcl { bucket: BUCKET.to_owned(), acl: Acl::Private };
    let list = leak.carry_out(ask).await;
    assert_eq!(owner.acl(of_bucket).await.unwrap(), Acl::Private);
    let (bucket, object) = (BUCKET.to_owned(), LEAK.to_owned());
    let file = leak.carry_out(Ask::ObjectAcl { bucket, object, acl: Acl::Private }).await;
    assert_eq!(owner.acl(of_object).await.unwrap(), Acl::Private);
    let block = leak.carry_out(Ask::BlockPublicAccess { bucket: BUCKET.to_owned() }).await;
    let account = leak.carry_out(Ask::BlockAccountPublicAccess).await;
    let closed = Some(PublicAccessBlock::all(true));
    assert_eq!(owner.public_access_block(Some(&place)).await.unwrap(), closed);
    assert_eq!(owner.public_access_block(None).await.unwrap(), closed);
    for plan in [account, block, file, list] {
        leak.take_back(&plan).await;
    }
    assert_eq!(owner.acl(of_bucket).await.unwrap(), Acl::PublicRead);
    assert_eq!(owner.acl(of_object).await.unwrap(), Acl::Default);
    let open = Some(PublicAccessBlock::all(false));
    assert_eq!(owner.public_access_block(Some(&place)).await.unwrap(), open);
    assert_eq!(owner.public_access_block(None).await.unwrap(), open);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_hands_the_new_pair_over_once_and_then_lets_the_old_one_go() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let plan = leak.draft(Ask::Rotate { quiet_seconds: 1, keep_seconds: 1 }).await;
    leak.confirm(&plan).await;
    let Leak { stage, .. } = &leak;
    until("the new pair waits to be taken", async || {
        let plan = stage.service.plan(&plan.id).await.unwrap();
        matches!(plan.steps[1].state, StepState::Held { .. }).then_some(())
    })
    .await;
    // Nothing goes on before somebody has it.
    assert!(leak.opens().await);
    let new = stage.service.take_new_pair(&stage.actor, &plan.id).await.unwrap();
    assert!(opens(stage, &new).await);
    let again = stage.service.take_new_pair(&stage.actor, &plan.id).await.unwrap_err();
    assert!(again.to_string().contains("taken already"), "{again}");
    leak.in_state(&plan.id, PlanState::Done).await;
    assert_eq!(leak.status().await, None);
    assert!(opens(stage, &new).await);
    let event = stage.event_now(&leak.event.id).await;
    assert_eq!(event.key_state.status, KeyStatus::Rotated);
    assert_eq!(event.work_state, WorkState::Disposed);
    let kept = serde_json::to_string(&stage.service.plan(&plan.id).await.unwrap()).unwrap();
    assert!(!kept.contains(new.1.reveal()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_waits_can_be_taken_back_whole() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let plan = leak.draft(Ask::Rotate { quiet_seconds: 0, keep_seconds: 3600 }).await;
    leak.confirm(&plan).await;
    let Leak { stage, .. } = &leak;
    let new = until("the new pair can be taken", async || {
        stage.service.take_new_pair(&stage.actor, &plan.id).await.ok()
    })
    .await;
    until("the old key is disabled and kept", async || {
        let plan = stage.service.plan(&plan.id).await.unwrap();
        matches!(plan.steps[4].state, StepState::Held { .. }).then_some(())
    })
    .await;
    assert!(!leak.opens().await);
    leak.take_back(&plan).await;
    assert!(leak.opens().await);
    assert!(!opens(stage, &new).await);
    assert_eq!(stage.owner().keys_of_user(USER).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_action_on_a_key_touches_a_sibling_or_another_user() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let owner = leak.stage.owner();
    let sibling = owner.create_key(USER).await.unwrap();
    owner.create_user(SIBLING).await.unwrap();
    let stranger = owner.create_key(SIBLING).await.unwrap();
    let addresses = || vec!["203.0.113.7".to_owned()];
    for ask in
        [Ask::RestrictNetwork { addresses: addresses() }, Ask::Disable, Ask::Enable, Ask::Delete]
    {
        leak.carry_out(ask).await;
        for (user, key) in [(USER, &sibling.0), (SIBLING, &stranger.0)] {
            let status = owner.key_status(user, key).await.unwrap();
            assert_eq!(status, Some(CloudKeyStatus::Active));
            assert_eq!(owner.key_restriction(user, key).await.unwrap(), None);
        }
        assert!(opens(&leak.stage, &sibling).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_binds_the_siblings_too_says_whom() {
    let leak = Leak::found().await;
    let sibling = leak.stage.owner().create_key(USER).await.unwrap();
    let addresses = vec!["203.0.113.7".to_owned()];
    let plan = leak.draft(Ask::DenyPolicy { addresses, prefixes: Vec::new() }).await;
    assert!(plan.breaks.iter().any(|line| line.contains(sibling.0.as_str())), "{:?}", plan.breaks);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_people_at_once_one_wins_and_the_other_is_told_who() {
    let leak = Leak::found().await;
    let (one, other) = (leak.draft(Ask::Disable).await, leak.draft(Ask::Disable).await);
    let Leak { stage, .. } = &leak;
    let (service, actor) = (&stage.service, &stage.actor);
    let first = service.confirm_plan(actor, &one.id, None);
    let same = service.confirm_plan(actor, &one.id, None);
    let (first, same) = tokio::join!(first, same);
    assert_eq!(first.is_ok() as u8 + same.is_ok() as u8, 1);
    let told = first.and(same).unwrap_err().to_string();
    assert!(told.contains("confirmed by claviger"), "{told}");
    leak.in_state(&one.id, PlanState::Done).await;
    // The other plan is stale by now, and harmless: it finds done what it would do.
    leak.confirm(&other).await;
    leak.in_state(&other.id, PlanState::Done).await;
    assert_eq!(leak.status().await, Some(CloudKeyStatus::Inactive));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hosted_key_is_rotated_by_kms_and_a_thief_is_stopped_first() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let wrong = Ask::HostManaged { pairs: Vec::new() };
    let drafted =
        leak.stage.service.draft_plan(&leak.stage.actor, &leak.event.id, &wrong, Language::English);
    assert!(drafted.await.unwrap_err().to_string().contains("every pair"));
    let (access_key_id, secret) = leak.pair.clone();
    let pairs = vec![GivenPair { access_key_id, secret }];
    let hosted = leak.carry_out(Ask::HostManaged { pairs }).await;
    let kept = serde_json::to_string(&hosted).unwrap();
    assert!(!kept.contains(leak.pair.1.reveal()));
    let ask = Ask::RotateManaged { disable_first: Some(true) };
    let plan = leak.draft(ask).await;
    leak.confirm(&plan).await;
    let Leak { stage, .. } = &leak;
    until("KMS has made the new pair", async || {
        let plan = stage.service.plan(&plan.id).await.unwrap();
        matches!(plan.steps[2].state, StepState::Held { .. }).then_some(())
    })
    .await;
    assert!(!leak.opens().await);
    let managed = stage.owner().managed_secret(USER).await.unwrap().unwrap();
    assert_ne!(managed.current.as_ref(), Some(&leak.pair.0));
    leak.in_state(&plan.id, PlanState::Done).await;
    assert_eq!(leak.status().await, None);
}
