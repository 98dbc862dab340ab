//! The laws of the alarm dial: a preview at the value in force gives the alarms that were raised; turning it holds
//! for what comes from then on, at once, and leaves what stands.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use claviger_model::{AccessEvent, AccessKeyId, RiskType};
use claviger_store::users::Role;
use claviger_store::{DialTurn, PreviewState, alarms};
use claviger_watch::{Minted, Parsed};
use jiff::{SignedDuration, Timestamp};

use super::lockstep_law::{BEGIN, DAYS, KEYS, company, event, granted, key, minted};
use super::{RejudgeEnd, beside, rejudge};
use crate::gather::intake::{self, Delivery, Whose};
use crate::gather::risk_event;
use crate::{Actor, AlarmChange, PreviewView, Service, ServiceError, Settings};

/// Longest wait: a loaded machine is slow, a broken promise is never kept.
const PATIENCE: Duration = Duration::from_secs(60);

/// By name, the score by its bits.
type Told = BTreeMap<String, u64>;

async fn open(folder: &Path, alarms_per_day: f64) -> Service {
    let mut settings = Settings::in_folder(folder.join("data"));
    settings.alarms_per_day = alarms_per_day;
    Service::open(settings).await.unwrap()
}

/// Days of which the company's past is moved, so that it ended last midnight.
fn moved() -> SignedDuration {
    let days = Timestamp::now().as_second() / 86_400 - BEGIN / 86_400 - DAYS;
    SignedDuration::from_hours(24 * days)
}

/// The company's past.
fn past() -> Vec<AccessEvent> {
    let numbers: Vec<u16> =
        (0..200_u32).map(|n| u16::try_from(n * n * 7_919 % 65_521).unwrap()).collect();
    let mut events = company(&numbers, true);
    events.iter_mut().for_each(|event| event.time += moved());
    events
}

/// Some requests of a stranger with a key, so many seconds from now on.
fn theft(from: i64) -> Vec<AccessEvent> {
    let now = Timestamp::now() + SignedDuration::from_secs(from);
    let steal = |turn: i64| {
        let mut one = event(turn, 1, "203.0.113.99", "rclone/1", 9_000_001);
        one.time = now + SignedDuration::from_secs(turn);
        one
    };
    (1..25).map(steal).collect()
}

async fn take_in(service: &Service, events: &[AccessEvent]) {
    for (number, part) in events.chunks(20).enumerate() {
        let made = Minted { at: minted().at + moved(), ..minted() };
        let minted = if number == 0 { vec![made] } else { Vec::new() };
        let (events, granted) = (part.to_vec(), granted(part));
        let place = format!("{} {number}", part[0].event_id);
        let parsed = Parsed { events, minted, granted, ..Parsed::default() };
        let delivery = Delivery::new("a source", place, Whose::Anybody, parsed, service.now());
        intake::take_in(service, delivery).await.unwrap();
    }
}

/// Each key has an event, so that every alarm is kept whatever the policy says of its score.
async fn open_events(service: &Service) {
    let mut tx = service.store().write().await.unwrap();
    for number in 0..KEYS {
        let kind = RiskType::AbnormalAccess;
        risk_event::open(service, &mut tx, kind, &key(number)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn kept(service: &Service) -> Told {
    let keys: Vec<AccessKeyId> = (0..KEYS).map(key).collect();
    let mut reader = service.store().read().await.unwrap();
    let rows = alarms::standing(&mut reader, &keys.iter().collect::<Vec<_>>()).await.unwrap();
    rows.into_iter().map(|row| (row.id, row.alarm.score.to_bits())).collect()
}

/// Works until the preview ended.
async fn awaited(service: &Service) -> PreviewView {
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let worker = service.clone();
    let work = tokio::spawn(async move { worker.work(stopped).await });
    let started = std::time::Instant::now();
    let preview = loop {
        let preview = service.dial_preview().await.unwrap().unwrap();
        if preview.state != PreviewState::Running {
            break preview;
        }
        assert!(started.elapsed() < PATIENCE, "the preview does not end: {preview:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    stop.send(true).unwrap();
    work.await.unwrap();
    preview
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_at_the_value_in_force_gives_the_alarms_that_were_raised() {
    const DIAL: f64 = 40.0;
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), DIAL).await;
    open_events(&service).await;
    let events = past();
    take_in(&service, &events).await;
    let live = kept(&service).await;
    assert!(live.len() > 3, "{live:?}");

    service.preview_dial(&Actor::claviger(), DIAL, 30).await.unwrap();
    let preview = awaited(&service).await;
    let result = preview.result.unwrap_or_else(|| panic!("{:?}", preview.failure));
    assert!(result.alarms.iter().all(|alarm| alarm.change == AlarmChange::Same));
    let told: Told =
        result.alarms.iter().map(|alarm| (alarm.id.clone(), alarm.score.to_bits())).collect();
    assert_eq!(told, live);
    assert_eq!((result.events, result.keys), (events.len() as u64, u64::from(KEYS)));
    let values: Vec<f64> = result.dials.iter().map(|one| one.alarms_per_day).collect();
    assert_eq!(values, [1.0, 5.0, 20.0, DIAL]);
    let counts: Vec<u64> = result.dials.iter().map(|one| one.alarms).collect();
    assert!(counts.is_sorted() && counts[0] < counts[3], "{counts:?}");
    assert_eq!(counts[3], live.len() as u64);
    let (day, most) = result.dials[3].worst.unwrap();
    assert!(most >= 1 && day.to_string() < result.until.to_string());
    assert!(result.cautions[0].contains("first week"), "{:?}", result.cautions);

    // What a lower value leaves out is told, and nothing that stands changes by asking.
    service.preview_dial(&Actor::claviger(), 0.001, 7).await.unwrap();
    let result = awaited(&service).await.result.unwrap();
    let since = result.since;
    assert!(since > events[0].time && result.cautions.is_empty(), "{:?}", result.cautions);
    assert!(result.alarms.iter().all(|alarm| alarm.time >= since));
    let gone = result.alarms.iter().filter(|alarm| alarm.change == AlarmChange::Gone);
    let (then, now) = (&result.dials[0], &result.dials[4]);
    assert!(gone.count() > 0 && then.alarms < now.alarms, "{:?}", result.dials);
    assert_eq!(kept(&service).await, live);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dial_that_is_turned_up_raises_more_at_once_and_leaves_what_stands() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), 0.001).await;
    open_events(&service).await;
    take_in(&service, &past()).await;
    let before = kept(&service).await;
    take_in(&service, &theft(-600)).await;
    assert_eq!(kept(&service).await, before, "hardly anything is told");

    let admin = Actor::named("mei".to_owned(), Role::Admin);
    let dial = service.set_dial(&admin, 10_000.0).await.unwrap();
    assert_eq!((dial.turns.len(), dial.turns[0].alarms_per_day), (2, 0.001));
    assert_eq!(dial.latest().unwrap().turned_by, "mei");
    let audit = service.audit_log(None, 10).await.unwrap();
    assert!(audit.iter().any(|entry| entry.act == "set_policy"
        && entry.subject == "alarms_per_day 10000"
        && entry.actor == "mei"));
    let mut later = theft(60);
    later.iter_mut().for_each(|event| event.event_id.0.push_str(" later"));
    take_in(&service, &later).await;
    let after = kept(&service).await;
    assert!(after.len() > before.len(), "the running detector has the new value");

    // Judged anew, what was judged by the former value still is.
    for number in 0..KEYS {
        let end = rejudge(&service, &key(number)).await.unwrap();
        assert!(matches!(end, RejudgeEnd::Done));
    }
    assert_eq!(kept(&service).await, after);
    drop(service);
    let service = open(folder.path(), 3.0).await;
    assert_eq!(service.dial().await.unwrap().alarms_per_day.to_bits(), 10_000_f64.to_bits());
    take_in(&service, &later).await;
    assert_eq!(kept(&service).await, after, "a start with another configuration changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_look_sees_the_dial_and_only_an_admin_turns_it() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), 5.0).await;
    let of = |role| Actor::named("mei".to_owned(), role);
    let is_refused = |told: Option<ServiceError>| {
        assert!(matches!(told, Some(ServiceError::Forbidden { .. })), "{told:?}");
    };
    is_refused(service.set_dial(&of(Role::Responder), 9.0).await.err());
    is_refused(service.preview_dial(&of(Role::Viewer), 9.0, 30).await.err());
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let told = service.set_dial(&of(Role::Admin), wrong).await.unwrap_err();
        assert!(told.hint().unwrap().contains("such as 5"), "{told:?}");
    }
    let dial = service.dial().await.unwrap();
    assert_eq!((dial.latest(), dial.turns.len()), (None, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_preview_runs_at_a_time_and_one_of_no_history_says_that_it_cannot_tell() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), 5.0).await;
    let actor = Actor::claviger();
    assert!(service.dial_preview().await.unwrap().is_none());
    assert!(service.cancel_dial_preview(&actor).await.is_err());
    service.preview_dial(&actor, 9.0, 30).await.unwrap();
    let told = service.preview_dial(&actor, 9.0, 30).await.unwrap_err();
    assert!(matches!(told, ServiceError::Conflict { .. }), "{told:?}");
    service.cancel_dial_preview(&actor).await.unwrap();
    assert!(service.cancel_dial_preview(&actor).await.is_err());
    let preview = service.dial_preview().await.unwrap().unwrap();
    assert_eq!((preview.state, preview.result), (PreviewState::Cancelled, None));
    assert!(service.preview_dial(&actor, 9.0, 0).await.is_err());
    service.preview_dial(&actor, 9.0, 30).await.unwrap();
    let result = awaited(&service).await.result.unwrap();
    assert!(result.cautions[0].contains("nothing can be said"), "{:?}", result.cautions);
    assert!(result.alarms.is_empty() && result.events == 0 && result.dials.len() == 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn turns_within_a_second_hold_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), 5.0).await;
    let admin = Actor::named("mei".to_owned(), Role::Admin);
    for value in [9.0, 7.0, 8.0] {
        let dial = service.set_dial(&admin, value).await.unwrap();
        assert_eq!(dial.alarms_per_day.to_bits(), value.to_bits());
        assert_eq!(service.dial_at_hand().get().alarms_per_day().to_bits(), value.to_bits());
    }
    let turns = service.dial().await.unwrap().turns;
    let apart = |pair: &[DialTurn]| pair[1].turned_at.duration_since(pair[0].turned_at);
    assert!(
        turns.len() == 4 && turns.windows(2).all(|pair| apart(pair).as_secs() >= 1),
        "{turns:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_the_dial_does_not_have_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    for wrong in [f64::NAN, 0.0, 20_000.0] {
        let mut settings = Settings::in_folder(folder.path().join("data"));
        settings.alarms_per_day = wrong;
        let told = Service::open(settings).await.err().unwrap();
        assert!(told.hint().unwrap().contains("from 0.001 to 10000"), "{told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_detector_of_a_preview_is_not_told_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), 5.0).await;
    take_in(&service, &past()).await;
    assert_eq!(beside(&service, 1).await.unwrap().cut[0], "keys that keys made");
    assert_eq!(beside(&service, 1_000).await.unwrap().cut, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_let_end_as_soon_as_the_service_is_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), 5.0).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let watching = tokio::spawn({
        let service = service.clone();
        async move { service.stop_previews(stopped).await }
    });
    assert!(!service.preview_work().is_stopping());
    stop.send(true).unwrap();
    watching.await.unwrap();
    assert!(service.preview_work().is_stopping());
}
