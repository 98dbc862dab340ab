//! The risk types: what raises each, what its policy does to new and to existing events.

use claviger_intel::{Claim, Entry};
use claviger_model::{
    AccessKeyId, Acl, EvidenceState, IntelligenceSource, KeyStatus, Level, PublicAccessBlock,
    RiskEvent, RiskType, Sensitivity, WorkState,
};
use claviger_service::Change;
use claviger_store::risk_events::RiskEventFilter;

use crate::stage::{BUCKET, Stage, USER, bucket, until};

const PUBLIC: RiskType = RiskType::PublicStorageOfSensitiveInformation;

/// Made-up people, in the right shape.
const PEOPLE: &[u8] = b"name,email,phone\n\
    Ann Example,ann@acme-mail.cn,+86 13812345678\n\
    Bob Example,bob@acme-mail.cn,+86 13912345679\n\
    Cid Example,cid@acme-mail.cn,+86 13712345670\n";

/// An event of a type.
pub(crate) async fn of_type(stage: &Stage, risk_type: RiskType) -> Option<RiskEvent> {
    let filter = RiskEventFilter { risk_type: Some(risk_type), ..RiskEventFilter::default() };
    stage.service.risk_events(&filter).await.unwrap().into_iter().next()
}

/// A stage whose bucket is authorized.
pub(crate) async fn authorized() -> Stage {
    let stage = Stage::set().await;
    let key = stage.keeper(&["AliyunOSSFullAccess", "AliyunRAMFullAccess"]).await;
    stage.connect(key).await;
    stage.authorize().await;
    stage
}

/// Puts an object into the bucket.
pub(crate) async fn put(stage: &Stage, name: &str, content: &[u8], acl: Option<Acl>) {
    stage.owner().put_object(&bucket(BUCKET), name, content.to_vec(), acl).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sensitive_data_that_anybody_may_read_is_one_event_a_bucket_and_ends_with_the_access() {
    let stage = authorized().await;
    put(&stage, "people.csv", PEOPLE, Some(Acl::PublicRead)).await;
    put(&stage, "private.csv", PEOPLE, Some(Acl::Private)).await;
    let event = until("the data is found public", async || of_type(&stage, PUBLIC).await).await;
    assert_eq!(event.subject, format!("oss://{BUCKET}"));
    assert_eq!(event.level, Level::Medium);
    let details = stage.service.event_details(&event.id).await.unwrap();
    let names: Vec<_> = details.evidence.iter().filter_map(|one| one.object.clone()).collect();
    assert_eq!(names, ["people.csv"]);
    let told = event.judgement.join("\n");
    assert!(told.contains("1 object of sensitivity S"), "{told}");
    assert!(told.contains("object ACL: the object's own ACL is `public-read`"), "{told}");

    stage.set_acl("people.csv", Acl::Private).await;
    let closed = async || {
        let details = stage.service.event_details(&event.id).await.unwrap();
        let gone = details.evidence.iter().all(|one| one.state == EvidenceState::Disposed);
        (gone && details.event.work_state == WorkState::Disposed).then_some(())
    };
    until("nobody else may read it", closed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_of_public_access_ends_what_a_public_list_opened() {
    let stage = authorized().await;
    put(&stage, "people.csv", PEOPLE, Some(Acl::PublicRead)).await;
    let event = until("the data is found public", async || of_type(&stage, PUBLIC).await).await;
    let block = Some(PublicAccessBlock::all(true));
    stage.owner().set_public_access_block(Some(&bucket(BUCKET)), block).await.unwrap();
    let closed = async || {
        let event = stage.event_now(&event.id).await;
        (event.work_state == WorkState::Disposed).then_some(event.judgement)
    };
    until("the block is seen", closed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_counts_an_event_by_where_its_evidence_is_now() {
    let stage = authorized().await;
    let (key, secret) = stage.owner().create_key(USER).await.unwrap();
    let leak = format!("AccessKeyId: {key}\nAccessKeySecret: {}\n", secret.reveal());
    // Public data is an event of its own: what is private tells of the keys alone.
    let private = async |expected| {
        let counts = stage.service.overview().await.unwrap().leaks;
        let source = IntelligenceSource::PrivatePlaintextStorage;
        let count = counts.iter().find(|count| count.source == source);
        (count.map_or(0, |count| count.all) == expected).then_some(())
    };
    put(&stage, "second.txt", leak.as_bytes(), Some(Acl::PublicRead)).await;
    until("there is public data", async || of_type(&stage, PUBLIC).await).await;
    until("the second key is public", async || private(1).await).await;
    // Written anew, the object has another list, and is read again.
    put(&stage, "second.txt", format!("{leak}# kept\n").as_bytes(), Some(Acl::Private)).await;
    until("both keys are private", async || private(2).await).await;
    stage.set_acl("second.txt", Acl::PublicRead).await;
    until("the list is seen", async || private(1).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_only_suspected_is_custom_intelligence() {
    let stage = authorized().await;
    let key = AccessKeyId::parse("LTAI5tFAKEFAKEFAKEFAKE42").unwrap();
    let entry = Entry {
        claim: Claim::Suspected,
        access_key_id: key.clone(),
        link: None,
        user: None,
        note: Some("left with a contractor".to_owned()),
        seen_at: None,
    };
    stage.service.add_intelligence(&stage.actor, std::slice::from_ref(&entry)).await.unwrap();
    let event = of_type(&stage, RiskType::CustomIntelligence).await.unwrap();
    assert_eq!((event.access_key_id.as_ref(), event.level), (Some(&key), Level::Medium));
    let all = stage.service.risk_events(&RiskEventFilter::default()).await.unwrap();
    let leaks = all.iter().filter(|one| one.risk_type == RiskType::AccessKeyPairLeak);
    assert!(leaks.into_iter().all(|one| one.access_key_id.as_ref() != Some(&key)));
    let leaked = Entry { claim: Claim::Leaked, ..entry };
    stage.service.add_intelligence(&stage.actor, &[leaked]).await.unwrap();
    let filter = RiskEventFilter { search: Some(key.to_string()), ..RiskEventFilter::default() };
    assert_eq!(stage.service.risk_events(&filter).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_policy_raises_no_new_event_and_enabling_it_loses_none() {
    let stage = authorized().await;
    stage.event().await;
    let mut policy = stage.service.policy(PUBLIC).await.unwrap();
    policy.enabled = false;
    stage.service.set_policy(&stage.actor, policy).await.unwrap();
    put(&stage, "people.csv", PEOPLE, Some(Acl::PublicRead)).await;
    let known = async || {
        let asset = stage.service.assets(&Default::default()).await.unwrap();
        let asset = asset.into_iter().find(|asset| asset.bucket == BUCKET)?;
        let object = stage.service.object(&asset.id, "people.csv").await.unwrap()?;
        (object.sensitivity > Sensitivity::S1).then_some(())
    };
    until("the data is identified", known).await;
    assert_eq!(of_type(&stage, PUBLIC).await, None);
    policy.enabled = true;
    stage.service.set_policy(&stage.actor, policy).await.unwrap();
    until("the event is raised", async || of_type(&stage, PUBLIC).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_level_is_that_of_every_existing_event_of_the_type() {
    let stage = authorized().await;
    let leak = stage.event().await;
    put(&stage, "people.csv", PEOPLE, Some(Acl::PublicRead)).await;
    let event = until("the data is found public", async || of_type(&stage, PUBLIC).await).await;
    let mut policy = stage.service.policy(PUBLIC).await.unwrap();
    policy.level = Level::High;
    assert_eq!(stage.service.set_policy(&stage.actor, policy).await.unwrap(), 1);
    assert_eq!(stage.event_now(&event.id).await.level, Level::High);
    assert_eq!(stage.event_now(&leak.id).await.level, leak.level);
}

#[tokio::test(flavor = "multi_thread")]
async fn disabling_leaves_existing_events_as_they_are_and_conditions_hold_for_new_ones() {
    let stage = authorized().await;
    put(&stage, "people.csv", PEOPLE, Some(Acl::PublicRead)).await;
    let event = until("the data is found public", async || of_type(&stage, PUBLIC).await).await;
    let mut policy = stage.service.policy(PUBLIC).await.unwrap();
    policy.enabled = false;
    stage.service.set_policy(&stage.actor, policy).await.unwrap();
    assert_eq!(stage.event_now(&event.id).await.work_state, WorkState::Pending);
    let mut other = stage.service.policy(RiskType::DatabaseAccountLeak).await.unwrap();
    other.conditions.confidence_min = 100;
    stage.service.set_policy(&stage.actor, other).await.unwrap();
    let address = format!("DATABASE_URL=postgres://app:{}@db4.acme.cn:7237/shop\n", "KXvISqQXB9yu");
    put(&stage, "app/.env", address.as_bytes(), None).await;
    let known = async || {
        let asset = stage.service.assets(&Default::default()).await.unwrap();
        let asset = asset.into_iter().find(|asset| asset.bucket == BUCKET)?;
        let object = stage.service.object(&asset.id, "app/.env").await.unwrap()?;
        object.scanned_at
    };
    until("the file is read", known).await;
    assert_eq!(of_type(&stage, RiskType::DatabaseAccountLeak).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_an_event_is_in_its_history() {
    let stage = authorized().await;
    let event = stage.event().await;
    let mut policy = stage.service.policy(RiskType::AccessKeyPairLeak).await.unwrap();
    policy.level = Level::Low;
    stage.service.set_policy(&stage.actor, policy).await.unwrap();
    stage.service.change_risk_event(&stage.actor, &event.id, Change::Acknowledge).await.unwrap();
    stage.owner().delete_object(&bucket(BUCKET), "test.txt").await.unwrap();
    let closed = async || {
        let event = stage.event_now(&event.id).await;
        (event.work_state == WorkState::Disposed).then_some(())
    };
    until("the event is disposed", closed).await;
    let lines = stage.service.history_of_event(&event.id).await.unwrap();
    let told: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    for change in ["high → low", "Pending → Acknowledged", "Acknowledged → Disposed"] {
        assert!(told.iter().any(|line| line.contains(change)), "{change}: {told:?}");
    }
    let kinds: Vec<&str> = lines.iter().map(|line| line.kind.as_str()).collect();
    assert!(kinds.contains(&"evidence_found") && kinds.contains(&"evidence_disposed"), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_deleted_elsewhere_is_deleted_and_one_that_is_replaced_is_rotated() {
    let stage = authorized().await;
    let event = stage.event().await;
    let key = event.access_key_id.clone().unwrap();
    let status = async |wanted: KeyStatus| {
        until("the status is followed", async || {
            let event = stage.event_now(&event.id).await;
            (event.key_state.status == wanted).then_some(event.key_state.proof)
        })
        .await
    };
    status(KeyStatus::Active).await;
    stage.owner().delete_key(USER, &key).await.unwrap();
    status(KeyStatus::Deleted).await;
    let (heir, _) = stage.owner().create_key(USER).await.unwrap();
    let connection = stage.event_now(&event.id).await.connection_id.unwrap();
    stage.service.synchronize(&stage.actor, &connection).await.unwrap();
    let proof = status(KeyStatus::Rotated).await;
    assert!(proof.contains(&heir.short()), "{proof}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_used_of_each_capacity_is_told_with_what_happens_at_the_limit() {
    let stage = authorized().await;
    stage.event().await;
    let all = stage.service.capacity().await.unwrap();
    let [protection, logs] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((protection.kind, logs.kind), ("protection", "log_storage"));
    assert!(protection.used > 0 && logs.used > 0, "{all:?}");
    assert_eq!((protection.limit, protection.full_at), (None, None));
}
