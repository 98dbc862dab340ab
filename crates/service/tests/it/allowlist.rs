//! The allowlist: what it hides, for how long, and what it never hides by one word.

use claviger_intel::{Claim, Entry};
use claviger_model::{
    AccessKeyId, Acl, AllowlistScope, EvidenceState, RiskEvent, RiskType, WorkState,
};
use claviger_respond::allowlist::is_public;
use claviger_service::{NewAllowance, ServiceError};
use claviger_store::risk_events::RiskEventFilter;
use jiff::{SignedDuration, Timestamp};

use crate::handling::{Leak, with_a_file};
use crate::stage::{BUCKET, Stage, until};

fn allowance(scope: AllowlistScope, value: &str) -> NewAllowance {
    NewAllowance {
        scope,
        value: value.to_owned(),
        access_key_id: None,
        reason: "made-up keys".to_owned(),
        owner: None,
        expires_at: None,
        also_public: false,
    }
}

async fn authorized() -> Stage {
    let stage = Stage::set().await;
    let key = stage.keeper(&["AliyunOSSFullAccess", "AliyunRAMFullAccess"]).await;
    stage.connect(key).await;
    stage.authorize().await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_hides_what_it_names_until_its_time_is_over_and_tells_how_much() {
    let stage = authorized().await;
    let event = stage.event().await;
    let entry = NewAllowance {
        expires_at: Some(Timestamp::now() + SignedDuration::from_secs(3)),
        ..allowance(AllowlistScope::File, "test.*")
    };
    let entry = stage.service.allow(&stage.actor, entry).await.unwrap();
    assert_eq!(stage.event_now(&event.id).await.work_state, WorkState::AddedToWhitelist);
    let all = stage.service.allowlist().await.unwrap();
    assert_eq!((all.len(), all[0].hidden, all[0].entry.owner.as_str()), (1, 1, "claviger"));
    let hidden = stage.service.hidden_by(&entry.id).await.unwrap();
    assert_eq!(hidden[0].object.as_deref(), Some("test.txt"));
    let counts_again = async || {
        let details = stage.service.event_details(&event.id).await.unwrap();
        (details.evidence[0].state == EvidenceState::Found).then_some(())
    };
    until("the entry is over", counts_again).await;
    assert!(stage.service.allowlist().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_later_at_an_allowed_place_raises_nothing() {
    let stage = authorized().await;
    stage.event().await;
    let source = allowance(AllowlistScope::Source, "self_managed_intelligence");
    stage.service.allow(&stage.actor, source).await.unwrap();
    let key = AccessKeyId::parse("LTAI5tFAKEFAKEFAKEFAKE43").unwrap();
    stage.hear_of(&key).await;
    let filter = RiskEventFilter { search: Some(key.to_string()), ..RiskEventFilter::default() };
    assert!(stage.service.risk_events(&filter).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_anybody_may_read_is_hidden_only_where_it_is_said_twice() {
    let stage = authorized().await;
    let event = stage.event().await;
    stage.set_acl("test.txt", Acl::PublicRead).await;
    let public = async || {
        let details = stage.service.event_details(&event.id).await.unwrap();
        let found = details.evidence.into_iter().next().unwrap();
        claviger_respond::allowlist::is_public(found.source).then_some(found)
    };
    let found = until("the file is public", public).await;
    let once = stage.service.add_to_allowlist(&stage.actor, &found.id, "a sample", false).await;
    let Err(ServiceError::Conflict { hint, .. }) = once else { panic!("{once:?}") };
    assert!(hint.contains("say it twice"), "{hint}");
    let key = event.access_key_id.clone().unwrap();
    let by_key = allowance(AllowlistScope::Key, key.as_str());
    assert!(stage.service.allow(&stage.actor, by_key).await.is_err());
    assert_eq!(stage.event_now(&event.id).await.risk_type, RiskType::AccessKeyPairLeak);
    let twice = stage.service.add_to_allowlist(&stage.actor, &found.id, "a sample", true).await;
    assert_eq!(twice.unwrap().state, EvidenceState::AddedToWhitelist);
}

/// Evidence that entries of every kind of place can name: a file of the stage, and one of a code host.
async fn with_a_link(stage: &Stage) -> AccessKeyId {
    let key = AccessKeyId::parse("LTAI5tFAKEFAKEFAKEFAKE44").unwrap();
    let entry = Entry {
        claim: Claim::Leaked,
        access_key_id: key.clone(),
        link: Some("https://github.com/ann/tools/blob/main/ci/deploy.sh".to_owned()),
        user: Some("bob".to_owned()),
        note: None,
        seen_at: None,
    };
    stage.service.add_intelligence(&stage.actor, &[entry]).await.unwrap();
    key
}

async fn event_of(stage: &Stage, key: &AccessKeyId) -> RiskEvent {
    let filter = RiskEventFilter { search: Some(key.to_string()), ..RiskEventFilter::default() };
    stage.service.risk_events(&filter).await.unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_place_hides_what_it_names_shows_it_and_counts_again_once_taken_off() {
    use AllowlistScope as Scope;
    let stage = authorized().await;
    let file = stage.event().await.access_key_id.unwrap();
    let link = with_a_link(&stage).await;
    let place = format!("oss://{BUCKET}/test.txt");
    for (scope, value, key, other) in [
        (Scope::Place, place.as_str(), &file, &link),
        (Scope::File, "test.*", &file, &link),
        (Scope::Key, file.as_str(), &file, &link),
        (Scope::Source, "private_plaintext_storage", &file, &link),
        (Scope::Source, "self_managed_intelligence", &link, &file),
        (Scope::Repository, "https://github.com/ann/tools", &link, &file),
        (Scope::User, "ann", &link, &file),
        (Scope::User, "bob", &link, &file),
        (Scope::File, "*/ci/*.sh", &link, &file),
    ] {
        let before = event_of(&stage, other).await.work_state;
        let entry = stage.service.allow(&stage.actor, allowance(scope, value)).await.unwrap();
        let hidden = stage.service.hidden_by(&entry.id).await.unwrap();
        let keys: Vec<_> = hidden.iter().filter_map(|one| one.access_key_id.as_ref()).collect();
        assert_eq!(keys, [key], "{scope:?} {value}");
        let all = stage.service.allowlist().await.unwrap();
        assert_eq!((all.len(), all[0].hidden), (1, 1), "{scope:?} {value}");
        assert_eq!(event_of(&stage, key).await.work_state, WorkState::AddedToWhitelist);
        assert_eq!(event_of(&stage, other).await.work_state, before, "{scope:?} {value}");
        stage.service.remove_from_allowlist(&stage.actor, &entry.id).await.unwrap();
        let details = stage.service.event_details(&event_of(&stage, key).await.id).await.unwrap();
        assert_eq!(details.evidence[0].state, EvidenceState::Found, "{scope:?} {value}");
        assert_eq!(details.event.work_state, WorkState::Pending, "{scope:?} {value}");
    }
}

/// The key's uses that an entry silenced so far.
async fn silenced(stage: &Stage, id: &str) -> u64 {
    let all = stage.service.allowlist().await.unwrap();
    all.into_iter().find(|one| one.entry.id == id).unwrap().entry.silenced
}

#[tokio::test(flavor = "multi_thread")]
async fn use_from_a_network_or_by_a_client_is_silenced_and_never_that_of_a_public_key_by_one_word()
{
    use AllowlistScope as Scope;
    let leak = Leak::found().await;
    let stage = &leak.stage;
    let kinds = [(Scope::Network, "127.0.0.0/8"), (Scope::Client, "claviger")];
    let allow = async |scope, value: &str, also_public| {
        let entry = NewAllowance { also_public, ..allowance(scope, value) };
        stage.service.allow(&stage.actor, entry).await.unwrap().id
    };
    let used = async |before: u64| {
        assert!(leak.opens().await);
        let counted = async || (stage.event_now(&leak.event.id).await.uses > before).then_some(());
        until("the use is counted", counted).await;
        stage.event_now(&leak.event.id).await.uses
    };
    with_a_file(&leak).await;
    let mut uses = used(0).await;
    for (scope, value) in kinds {
        let id = allow(scope, value, false).await;
        uses = used(uses).await;
        let counted = async || (silenced(stage, &id).await > 0).then_some(());
        until(&format!("{scope:?} silences"), counted).await;
        stage.service.remove_from_allowlist(&stage.actor, &id).await.unwrap();
    }
    stage.set_acl("test.txt", Acl::PublicRead).await;
    until("the file is public", async || {
        let details = stage.service.event_details(&leak.event.id).await.unwrap();
        details.evidence.iter().any(|one| is_public(one.source)).then_some(())
    })
    .await;
    for (scope, value) in kinds {
        let once = allow(scope, value, false).await;
        uses = used(uses).await;
        assert_eq!(silenced(stage, &once).await, 0, "{scope:?} by one word");
        stage.service.remove_from_allowlist(&stage.actor, &once).await.unwrap();
        let twice = allow(scope, value, true).await;
        uses = used(uses).await;
        let counted = async || (silenced(stage, &twice).await > 0).then_some(());
        until(&format!("{scope:?} silences where it is said twice"), counted).await;
        stage.service.remove_from_allowlist(&stage.actor, &twice).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_allowed_as_private_counts_again_once_anybody_may_read_it() {
    let stage = authorized().await;
    let event = stage.event().await;
    let key = event.access_key_id.clone().unwrap();
    let entry = allowance(AllowlistScope::Key, key.as_str());
    stage.service.allow(&stage.actor, entry).await.unwrap();
    assert_eq!(stage.event_now(&event.id).await.work_state, WorkState::AddedToWhitelist);
    stage.set_acl("test.txt", Acl::PublicRead).await;
    let open = async || {
        let details = stage.service.event_details(&event.id).await.unwrap();
        let found = details.evidence[0].state == EvidenceState::Found;
        (found && !details.event.work_state.is_closed()).then_some(())
    };
    until("the event is open again", open).await;
    let lines = stage.service.history_of_event(&event.id).await.unwrap();
    let told = lines.iter().any(|line| line.text.contains("which was allowed as private"));
    assert!(told, "{lines:?}");
}
