//! What is found, and what a person allows, reaches the detector that is at work.

use claviger_model::{
    AccessEvent, AccessKeyId, EventId, Evidence, EvidenceId, EvidenceState, IntelligenceSource,
    Location, RiskType,
};
use claviger_store::evidence;
use claviger_watch::Detector;
use jiff::Timestamp;

use super::known_leaks::LEAKS_AGE_MAX;
use super::watcher::Watcher;
use crate::gather::risk_event;
use crate::{Service, Settings};

const BEGIN: i64 = 1_767_225_600;
const STRANGER: &str = "203.0.113.7";

fn key() -> AccessKeyId {
    AccessKeyId::parse("LTAI5tFAKEFAKEFAKE000001").unwrap()
}

fn event(second: i64, source: &str, key: Option<AccessKeyId>) -> AccessEvent {
    AccessEvent {
        time: Timestamp::from_second(BEGIN + second).unwrap(),
        access_key_id: key,
        account: None,
        source_ip: Some(source.to_owned()),
        user_agent: None,
        operation: "GetObject".to_owned(),
        bucket: Some("b".to_owned()),
        object: Some("dump.sql".to_owned()),
        status: Some(200),
        error: None,
        bytes_out: Some(10_000),
        bytes_in: None,
        request_id: None,
        event_id: EventId(format!("event {second:08} {source}")),
    }
}

fn evidence_of(service: &Service) -> Evidence {
    let since = Timestamp::from_second(BEGIN).unwrap();
    Evidence {
        id: EvidenceId::derived(&["dump"]),
        risk_event_id: risk_event::id_of_key(RiskType::AccessKeyPairLeak, &key()),
        access_key_id: Some(key()),
        source: IntelligenceSource::PublicPlaintextStorage,
        state: EvidenceState::Found,
        location: Location {
            uri: "oss://b/dump.sql".to_owned(),
            path: Vec::new(),
            line: 1,
            column: 1,
            start: 0,
            end: 0,
        },
        connection_id: None,
        asset_id: None,
        bucket: Some("b".to_owned()),
        object: Some("dump.sql".to_owned()),
        code: None,
        link: None,
        fingerprint: None,
        masked: None,
        confidence: 1.0,
        why: Vec::new(),
        readable_since: Some(since),
        found_at: service.now(),
        seen_at: service.now(),
    }
}

/// Whether use of the key by somebody who had read the object that holds it is told as that.
fn ties_the_reader(detector: &Detector) -> bool {
    let mut life: Vec<AccessEvent> =
        (0..60).map(|turn| event(turn * 7_200, "192.0.2.10", Some(key()))).collect();
    life.extend((0..40).map(|turn| event(500_000 + turn, STRANGER, Some(key()))));
    let judged = detector.judge_key(&key(), None, &life, Timestamp::MAX).unwrap();
    let mut reasons = judged.alarms.iter().flat_map(|one| &one.alarm.reasons);
    reasons.any(|reason| reason.contains("had read the object that holds the key"))
}

/// The detector's answer after it was handed some more events, as a batch does it.
async fn ask(service: &Service, watcher: &mut Watcher) -> bool {
    let mut reader = service.store().read().await.unwrap();
    let read = [event(400_000, STRANGER, None)];
    let mut detector = watcher.take(service, &mut reader, &read).await.unwrap();
    let _places = watcher.note_readers(&mut detector, &read);
    let answer = ties_the_reader(&detector);
    watcher.put(detector);
    answer
}

#[tokio::test]
async fn a_leak_found_or_allowed_after_the_start_reaches_the_detector_at_work() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::open(Settings::in_folder(folder.path().join("data"))).await.unwrap();
    let mut watcher = Watcher::default();
    assert!(!ask(&service, &mut watcher).await, "nothing is known to be leaked");

    let found = evidence_of(&service);
    let mut tx = service.store().write().await.unwrap();
    risk_event::open(&service, &mut tx, RiskType::AccessKeyPairLeak, &key()).await.unwrap();
    evidence::upsert(&mut tx, &found, service.now()).await.unwrap();
    tx.commit().await.unwrap();
    tokio::time::sleep(LEAKS_AGE_MAX).await;
    assert!(ask(&service, &mut watcher).await, "it is known where the key stands");

    let mut other = super::watcher::detector(&service);
    other.set_leaks(
        evidence::leaks_in_objects(&mut service.store().read().await.unwrap()).await.unwrap(),
    );
    watcher.teach(&service, &mut other, &key()).await.unwrap();
    assert!(ties_the_reader(&other), "who judges the history anew knows the reader, too");

    let mut tx = service.store().write().await.unwrap();
    evidence::set_state(&mut tx, &found.id, EvidenceState::AddedToWhitelist, service.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    tokio::time::sleep(LEAKS_AGE_MAX).await;
    assert!(!ask(&service, &mut watcher).await, "a person allowed the place");
}

#[tokio::test]
async fn as_many_places_that_are_allowed_as_come_off_the_allowlist_are_no_standstill() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::open(Settings::in_folder(folder.path().join("data"))).await.unwrap();
    let mut watcher = Watcher::default();
    let found = evidence_of(&service);
    let elsewhere = Evidence {
        id: EvidenceId::derived(&["elsewhere"]),
        object: Some("other.sql".to_owned()),
        ..found.clone()
    };
    let allowed = EvidenceState::AddedToWhitelist;
    let mut tx = service.store().write().await.unwrap();
    risk_event::open(&service, &mut tx, RiskType::AccessKeyPairLeak, &key()).await.unwrap();
    for (one, state) in [(&found, allowed), (&elsewhere, EvidenceState::Found)] {
        evidence::upsert(&mut tx, one, service.now()).await.unwrap();
        evidence::set_state(&mut tx, &one.id, state, service.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert!(!ask(&service, &mut watcher).await, "a person allowed the place");

    let mut tx = service.store().write().await.unwrap();
    for (one, state) in [(&found, EvidenceState::Found), (&elsewhere, allowed)] {
        evidence::set_state(&mut tx, &one.id, state, service.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    tokio::time::sleep(LEAKS_AGE_MAX).await;
    assert!(ask(&service, &mut watcher).await, "it is on the allowlist no longer");
}
