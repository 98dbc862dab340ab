//! The law of a rotated key: the alarms are those of a replay, which lets it begin as the heir of the one before.

use std::collections::BTreeSet;

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use claviger_store::alarms;
use claviger_watch::Parsed;
use jiff::Timestamp;

use super::{rejudge, watcher};
use crate::gather::intake::{self, Delivery, Whose};
use crate::{Service, Settings};

const BEGIN: i64 = 1_767_225_600;
const DAY: i64 = 86_400;
const OWNER: &str = "192.0.2.10";

fn key(number: u32) -> AccessKeyId {
    AccessKeyId::parse(&format!("LTAI5tFAKEFAKEFAKE{number:06}")).unwrap()
}

fn event(second: i64, number: u32, source: &str, bytes: u64) -> AccessEvent {
    AccessEvent {
        time: Timestamp::from_second(BEGIN + second).unwrap(),
        access_key_id: Some(key(number)),
        account: Some("1234567890123456/billing-export".to_owned()),
        source_ip: Some(source.to_owned()),
        user_agent: None,
        operation: "GetObject".to_owned(),
        bucket: Some("b".to_owned()),
        object: Some(format!("o{}", second % 7)),
        status: Some(200),
        error: None,
        bytes_out: Some(bytes),
        bytes_in: None,
        request_id: None,
        event_id: EventId(format!("event {second:08} {number} {source}")),
    }
}

/// Two keys of one user, one after the other, and a stranger who takes a lot with the first and the second.
fn life() -> Vec<AccessEvent> {
    let mut events = Vec::new();
    for day in 0..60 {
        let number = if day < 40 { 1 } else { 2 };
        events.extend((0..4).map(|turn| event(day * DAY + turn * 7_200, number, OWNER, 10_000)));
    }
    for (day, number) in [(30, 1), (50, 2)] {
        let theft = |turn| event(day * DAY + 40_000 + turn, number, "203.0.113.7", 50_000_000);
        events.extend((0..60).map(theft));
    }
    claviger_watch::sort_and_dedup(events)
}

type Told = BTreeSet<(AccessKeyId, Timestamp, EventId, Vec<String>)>;

fn replayed(service: &Service, events: &[AccessEvent]) -> Told {
    let mut detector = watcher::detector(service);
    let alarms = events.iter().filter_map(|event| detector.observe(event));
    alarms.map(|one| (one.access_key_id, one.time, one.first_event_id, one.reasons)).collect()
}

async fn kept(service: &Service) -> Told {
    let mut reader = service.store().read().await.unwrap();
    let rows = alarms::standing(&mut reader, &[&key(1), &key(2)]).await.unwrap();
    let alarms = rows.into_iter().map(|row| row.alarm);
    alarms.map(|one| (one.access_key_id, one.time, one.first_event_id, one.reasons)).collect()
}

/// Judges both keys from their history, as the jobs do that late lines ask for.
async fn rejudge_both(service: &Service) {
    for number in [1, 2] {
        rejudge(service, &key(number)).await.unwrap();
    }
}

async fn deliver(service: &Service, events: &[AccessEvent]) {
    for (number, part) in events.chunks(23).enumerate() {
        let parsed = Parsed { events: part.to_vec(), ..Parsed::default() };
        let place = format!("{number} {}", part[0].time);
        let delivery = Delivery::new("a source", place, Whose::Anybody, parsed, service.now());
        intake::take_in(service, delivery).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_is_judged_as_in_a_replay() {
    let folder = tempfile::tempdir().unwrap();
    let open =
        async || Service::open(Settings::in_folder(folder.path().join("data"))).await.unwrap();
    let events = life();
    let rotation = events.partition_point(|event| event.access_key_id != Some(key(2)));
    let service = open().await;
    let expected = replayed(&service, &events);
    let apart = replayed(&service, &events[rotation..]);
    assert!(!apart.is_subset(&expected), "what is inherited makes no difference here");
    deliver(&service, &events[..rotation + 3]).await;
    drop(service);
    let service = open().await;
    deliver(&service, &events[rotation + 3..]).await;
    assert_eq!(kept(&service).await, expected, "as the events came");
    rejudge(&service, &key(2)).await.unwrap();
    assert_eq!(kept(&service).await, expected, "and from the whole history");
}

/// Both keys are in use for a while, and of each the beginning is seen last: who is whose heir is found out when
/// the history is judged.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_later_than_the_window_changes_whose_heir_a_key_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::in_folder(folder.path().join("data"));
    settings.lateness = std::time::Duration::from_secs(86_400);
    let service = Service::open(settings).await.unwrap();
    let mut events = life();
    events.extend((40..48).map(|day| event(day * DAY + 3_600, 1, OWNER, 10_000)));
    let theft = |turn| event(52 * DAY + 40_000 + turn, 2, "198.51.100.9", 50_000_000);
    events.extend((0..60).map(theft));
    let events = claviger_watch::sort_and_dedup(events);
    let expected = replayed(&service, &events);
    let of = |number| events.iter().filter(move |one| one.access_key_id == Some(key(number)));
    let (first, second): (Vec<_>, Vec<_>) = (of(1).cloned().collect(), of(2).cloned().collect());
    let (early, late) = first.split_at(first.len() - 6);
    for part in [&second[12..], late, early, &second[..12]] {
        deliver(&service, part).await;
    }
    rejudge_both(&service).await;
    rejudge_both(&service).await;
    assert_eq!(kept(&service).await, expected);
}
