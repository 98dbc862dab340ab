//! The history is kept in shape without anybody asking.

use std::path::Path;
use std::time::Duration;

use claviger_history::{AtLimit, History};
use claviger_model::{AccessEvent, AccessKeyId, EventId};
use claviger_service::{Limit, Service};
use jiff::{SignedDuration, Timestamp};

use super::stage::{settings, until};

fn event(days_ago: i64) -> AccessEvent {
    AccessEvent {
        time: Timestamp::now() - SignedDuration::from_hours(24 * days_ago),
        access_key_id: Some(AccessKeyId::parse("LTAI5tExampleKeyOfTests1").unwrap()),
        account: None,
        source_ip: None,
        user_agent: None,
        operation: "GetObject".to_owned(),
        bucket: None,
        object: None,
        status: Some(200),
        error: None,
        bytes_out: None,
        bytes_in: None,
        request_id: None,
        event_id: EventId(format!("event-{days_ago}")),
    }
}

fn days_of_parquet(history: &Path) -> usize {
    std::fs::read_dir(history.join("days")).map_or(0, Iterator::count)
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_are_over_become_parquet_and_those_beyond_the_age_are_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("data/history");
    let events: Vec<AccessEvent> = [0, 2, 5, 9].map(event).into();
    History::open(&dir).unwrap().append(&events).unwrap();
    let mut settings = settings(folder.path());
    settings.history_max_age = Some(Duration::from_secs(7 * 24 * 3600));
    let service = Service::open(settings).await.unwrap();
    let (stop, told) = tokio::sync::watch::channel(false);
    let worker = service.clone();
    let work = tokio::spawn(async move { worker.work(told).await });
    let kept = async || (days_of_parquet(&dir) == 2).then_some(());
    until("two days are Parquet", kept).await;
    let state = service.history_state().await.unwrap();
    assert_eq!((state.days, state.damage.len()), (3, 0));
    // What was dropped is told for good.
    let told = until("the audit log tells of it", async || {
        let entries = service.audit_log(None, 100).await.unwrap();
        entries.into_iter().find(|entry| entry.act == "drop_history")
    })
    .await;
    assert_eq!((told.actor.as_str(), &told.details["events"]), ("claviger", &serde_json::json!(1)));
    stop.send(true).unwrap();
    work.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_recording_stops_old_days_stay_and_later_ones_go_with_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("data/history");
    let history = History::open(&dir).unwrap();
    let events = [0, 2, 5, 9].map(event);
    history.append(&events).unwrap();
    history.compact(Timestamp::now()).unwrap();
    let bytes: u64 = history.days().unwrap().iter().map(|day| day.bytes).sum();
    drop(history);
    let mut settings = settings(folder.path());
    settings.history_max_bytes = Some(bytes - 1);
    settings.history_at_limit = AtLimit::StopRecording;
    let service = Service::open(settings).await.unwrap();
    let (stop, told) = tokio::sync::watch::channel(false);
    let worker = service.clone();
    let work = tokio::spawn(async move { worker.work(told).await });
    let told = until("the audit log tells of it", async || {
        let entries = service.audit_log(None, 100).await.unwrap();
        entries.into_iter().find(|entry| entry.act == "drop_history")
    })
    .await;
    assert_eq!(told.details["first"], events[1].time.to_string()[..10]);
    assert_eq!(told.details["days"], 1);
    let capacity = service.capacity().await.unwrap();
    let log_storage = capacity.iter().find(|one| one.kind == "log_storage").unwrap();
    assert_eq!((log_storage.at_limit, log_storage.dropped.len()), (Limit::Recording, 1));
    stop.send(true).unwrap();
    work.await.unwrap();
    drop(service);
    let (kept, _) = History::open_to_read(&dir)
        .unwrap()
        .of_key(events[0].access_key_id.as_ref().unwrap(), None, None, 9)
        .unwrap();
    let kept: Vec<&EventId> = kept.iter().map(|event| &event.event_id).collect();
    assert_eq!(kept, [&events[3].event_id, &events[2].event_id, &events[0].event_id]);
}
