//! The allowlist: what it hides, for how long, and what it never hides by one word.

use claviger_intel::{Claim, Entry};
use claviger_model::{AccessKeyId, Acl, AllowlistScope, EvidenceState, RiskType, WorkState};
use claviger_service::{NewAllowance, ServiceError};
use claviger_store::risk_events::RiskEventFilter;
use jiff::{SignedDuration, Timestamp};

use crate::stage::{Stage, until};

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
    let entry = Entry {
        claim: Claim::Leaked,
        access_key_id: key.clone(),
        link: None,
        user: None,
        note: None,
        seen_at: None,
    };
    stage.service.add_intelligence(&stage.actor, &[entry]).await.unwrap();
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
