//! The life of an event: what opens it again, what is learned of its key later, and the tutorial's rules about what
//! exists already, each by its name.

use claviger_model::{
    AccessKeyId, Acl, Ask, EvidenceState, KeyStatus, Level, RiskEvent, RiskType, Sensitivity,
    WorkState,
};
use claviger_store::risk_events::RiskEventFilter;

use crate::handling::{Leak, with_a_file};
use crate::stage::{BUCKET, KEEPER, Stage, USER, bucket, until};

async fn until_in_state(stage: &Stage, event: &RiskEvent, state: WorkState) {
    until(&format!("the event is {state:?}"), async || {
        (stage.event_now(&event.id).await.work_state == state).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_known_as_leaked_first_and_as_ours_later_is_named_on_its_event() {
    let stage = Stage::set().await;
    let owner = stage.owner();
    let (key, _) = owner.create_key(USER).await.unwrap();
    stage.hear_of(&key).await;
    let now = async || {
        let filter = RiskEventFilter { search: Some(key.to_string()), ..Default::default() };
        stage.service.risk_events(&filter).await.unwrap().remove(0)
    };
    let before = now().await;
    assert_eq!((before.account.clone(), before.key_state.status), (None, KeyStatus::Unknown));
    // Its account is connected, and may not be asked for keys yet.
    stage.connect(stage.keeper(&["AliyunOSSReadOnlyAccess"]).await).await;
    assert_eq!(now().await.account, None);
    let ram = "AliyunRAMReadOnlyAccess";
    owner.attach_policy(KEEPER, claviger_cloud::PolicyOwner::Provider, ram).await.unwrap();
    let known = until("the inventory names it", async || {
        let event = now().await;
        (event.key_state.status == KeyStatus::Active).then_some(event)
    })
    .await;
    assert_eq!(known.account.as_deref(), Some(USER));
    assert!(known.connection_id.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disposed_event_is_opened_again_by_new_evidence() {
    let leak = Leak::found().await;
    let stage = &leak.stage;
    leak.carry_out(Ask::DeleteFile { bucket: BUCKET.to_owned(), object: "test.txt".to_owned() })
        .await;
    until_in_state(stage, &leak.event, WorkState::Disposed).await;
    let (id, secret) = (&leak.pair.0, leak.pair.1.reveal());
    let text = format!("AccessKeyId: {id}\nAccessKeySecret: {secret}\n");
    let owner = stage.owner();
    owner.put_object(&bucket(BUCKET), "copy.txt", text.into_bytes(), None).await.unwrap();
    until_in_state(stage, &leak.event, WorkState::Pending).await;
    let details = stage.service.event_details(&leak.event.id).await.unwrap();
    let states: Vec<_> = details.evidence.iter().map(|one| one.state).collect();
    assert!(states.contains(&EvidenceState::Disposed) && states.contains(&EvidenceState::Found));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disposed_event_is_opened_again_by_use() {
    let leak = Leak::found().await;
    let stage = &leak.stage;
    let object = "test.txt".to_owned();
    leak.carry_out(Ask::DeleteFile { bucket: BUCKET.to_owned(), object }).await;
    until_in_state(stage, &leak.event, WorkState::Disposed).await;
    with_a_file(&leak).await;
    until_in_state(stage, &leak.event, WorkState::Pending).await;
    let lines = stage.service.history_of_event(&leak.event.id).await.unwrap();
    assert!(lines.iter().any(|line| line.kind == "reopened"), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn access_key_pair_leak_is_enabled_by_default_with_a_high_level() {
    let stage = Stage::set().await;
    let policy = stage.service.policy(RiskType::AccessKeyPairLeak).await.unwrap();
    assert_eq!((policy.enabled, policy.level), (true, Level::High));
}

#[tokio::test(flavor = "multi_thread")]
async fn disabling_a_type_does_not_affect_existing_events() {
    let leak = Leak::found().await;
    let stage = &leak.stage;
    let before = stage.event_now(&leak.event.id).await;
    let mut policy = stage.service.policy(RiskType::AccessKeyPairLeak).await.unwrap();
    policy.enabled = false;
    stage.service.set_policy(&stage.actor, policy).await.unwrap();
    let after = stage.event_now(&leak.event.id).await;
    let kept = |event: &RiskEvent| (event.level, event.work_state, event.sources.clone());
    assert_eq!(kept(&after), kept(&before));
    // It gathers on, and can be handled.
    with_a_file(&leak).await;
    until("its use is counted", async || {
        (stage.event_now(&leak.event.id).await.uses > 0).then_some(())
    })
    .await;
    leak.carry_out(Ask::Disable).await;
    assert_eq!(stage.event_now(&leak.event.id).await.work_state, WorkState::Disposed);
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_a_level_updates_it_on_all_existing_events_of_the_type() {
    let leak = Leak::found().await;
    let stage = &leak.stage;
    stage.hear_of(&AccessKeyId::parse("LTAI5tFAKEFAKEFAKEFAKE45").unwrap()).await;
    let mut policy = stage.service.policy(RiskType::AccessKeyPairLeak).await.unwrap();
    policy.level = Level::Low;
    stage.service.set_policy(&stage.actor, policy).await.unwrap();
    let all = stage.service.risk_events(&RiskEventFilter::default()).await.unwrap();
    let levels: Vec<_> = all
        .iter()
        .filter(|event| event.risk_type == RiskType::AccessKeyPairLeak)
        .map(|event| event.level)
        .collect();
    assert_eq!(levels, [Level::Low; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_a_level_updates_closed_events_too_and_opens_none() {
    let leak = Leak::found().await;
    let stage = &leak.stage;
    stage.owner().delete_object(&bucket(BUCKET), "test.txt").await.unwrap();
    until_in_state(stage, &leak.event, WorkState::Disposed).await;
    let mut policy = stage.service.policy(RiskType::AccessKeyPairLeak).await.unwrap();
    policy.level = Level::Medium;
    assert_eq!(stage.service.set_policy(&stage.actor, policy).await.unwrap(), 1);
    let event = stage.event_now(&leak.event.id).await;
    assert_eq!((event.level, event.work_state), (Level::Medium, WorkState::Disposed));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorized_bucket_is_identified_at_once_by_the_internet_template() {
    let stage = Stage::set().await;
    let key = stage.keeper(&["AliyunOSSFullAccess", "AliyunRAMFullAccess"]).await;
    stage.connect(key).await;
    let people = b"name,email,phone\nAnn Example,ann@acme-mail.cn,+86 13812345678\n\
        Bob Example,bob@acme-mail.cn,+86 13912345679\nCid Example,cid@acme-mail.cn,+86 13712345670\n";
    let name = "exampledir/userdata.csv";
    stage.owner().put_object(&bucket(BUCKET), name, people.to_vec(), None).await.unwrap();
    let asset = stage.authorize().await;
    let object = until("the data is identified", async || {
        let object = stage.service.object(&asset.id, name).await.unwrap()?;
        (object.sensitivity > Sensitivity::S1).then_some(object)
    })
    .await;
    let tasks = stage.service.tasks(Some(&asset.id), 10).await.unwrap();
    assert!(
        tasks.iter().any(|view| view.task.template == "internet_industry"),
        "{tasks:?} {object:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_file_is_told_as_deleted_and_then_as_disposed() {
    let leak = Leak::found().await;
    let stage = &leak.stage;
    // The line of its upload has the object looked at once more: a look after the deletion needs no log to tell of it.
    until("the upload's line is read", async || {
        let sources = stage.service.sources().await.unwrap();
        let lines = sources.iter().filter_map(|one| one.progress.as_ref()).map(|one| one.lines);
        (lines.sum::<u64>() > 0).then_some(())
    })
    .await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    stage.owner().delete_object(&bucket(BUCKET), "test.txt").await.unwrap();
    until_in_state(stage, &leak.event, WorkState::Disposed).await;
    let mut lines = stage.service.history_of_event(&leak.event.id).await.unwrap();
    lines.sort_by_key(|line| line.at);
    let kinds: Vec<&str> = lines.iter().map(|line| line.kind.as_str()).collect();
    let at = |kind: &str| kinds.iter().position(|one| *one == kind).unwrap();
    assert!(at("evidence_deleted") < at("evidence_disposed"), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_cleaned_stays_disposed_of_whatever_happens_to_its_list() {
    let leak = Leak::found().await;
    let stage = &leak.stage;
    let (owner, clean) = (stage.owner(), b"nothing to see\n".to_vec());
    owner.put_object(&bucket(BUCKET), "test.txt", clean, None).await.unwrap();
    until_in_state(stage, &leak.event, WorkState::Disposed).await;
    stage.set_acl("test.txt", Acl::PublicRead).await;
    let asset = stage.service.event_details(&leak.event.id).await.unwrap().evidence[0].clone();
    let asset = asset.asset_id.unwrap();
    until("the list is seen", async || {
        let row = stage.service.object(&asset, "test.txt").await.unwrap().unwrap();
        (row.acl == Some(Acl::PublicRead)).then_some(())
    })
    .await;
    let details = stage.service.event_details(&leak.event.id).await.unwrap();
    assert_eq!(details.evidence[0].state, EvidenceState::Disposed);
    assert_eq!(details.event.work_state, WorkState::Disposed);
}
