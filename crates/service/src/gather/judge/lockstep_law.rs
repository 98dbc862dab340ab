//! The law of many keys: whatever the order in which the lines of a company come within the lateness window,
//! however often, and wherever the service is stopped, the alarms are those of a replay to the last digit.

use std::collections::BTreeMap;

use claviger_model::{AccessEvent, AccessKeyId, Alarm, EventId, RiskType};
use claviger_store::alarms;
use claviger_watch::{Granted, Minted, Parsed, principal_of};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::watcher;
use crate::gather::intake::{self, Delivery, Queued, Sequence, Whose};
use crate::gather::risk_event;
use crate::{Service, Settings};

pub(super) const BEGIN: i64 = 1_767_225_600;
const DAY: i64 = 86_400;
pub(super) const DAYS: i64 = 16;
pub(super) const KEYS: u32 = 7;

/// The dial of the test: many alarms, so that what all keys show decides about some.
const DIAL: f64 = 40.0;

pub(super) fn key(number: u32) -> AccessKeyId {
    AccessKeyId::parse(&format!("LTAI5tFAKEFAKEFAKE{number:06}")).unwrap()
}

pub(super) fn event(
    second: i64,
    number: u32,
    source: &str,
    client: &str,
    bytes: u64,
) -> AccessEvent {
    AccessEvent {
        time: Timestamp::from_second(BEGIN + second).unwrap(),
        access_key_id: Some(key(number)),
        // The last two are the same user's, one after the other.
        account: (number >= KEYS - 2).then(|| "1234567890123456/billing-export".to_owned()),
        source_ip: Some(source.to_owned()),
        user_agent: Some(client.to_owned()),
        operation: if bytes.is_multiple_of(5) { "ListObjects" } else { "GetObject" }.to_owned(),
        bucket: Some(format!("b{}", number / 3)),
        object: Some(format!("o{}/{}", bytes % 3, second % 11)),
        status: Some(200),
        error: None,
        bytes_out: Some(bytes),
        bytes_in: None,
        request_id: None,
        event_id: EventId(format!("event {second:08} {number} {source}")),
    }
}

/// A company: each key by its habits; waves in which all take up a client or an address; strangers.
pub(super) fn company(numbers: &[u16], gives: bool) -> Vec<AccessEvent> {
    let mut events = Vec::new();
    let pick = |at: i64| i64::from(numbers[usize::try_from(at).unwrap() % numbers.len()]);
    for day in 0..DAYS {
        for number in 0..KEYS {
            if number >= KEYS - 2 && (day < DAYS / 2) != (number == KEYS - 2) {
                continue;
            }
            for turn in 0..3 {
                let at = day * 31 + i64::from(number) * 7 + turn;
                let second = day * DAY + turn * 21_000 + pick(at) % 20_000;
                let wave = day - day % (4 + i64::from(number) % 2);
                let source = match pick(at + 1) % 9 {
                    0 => format!("198.51.100.{}", wave + i64::from(number) % 2),
                    _ => format!("192.0.2.{number}"),
                };
                let bytes = 1_000 + u64::try_from(pick(at + 2) % 900).unwrap();
                events.push(event(second, number, &source, &format!("ossutil/2.{wave}"), bytes));
            }
        }
    }
    for theft in 0..3 {
        let number = u32::try_from(pick(theft) % i64::from(KEYS)).unwrap();
        let second = (6 + pick(theft + 9) % 9) * DAY + pick(theft + 5) % 80_000;
        for turn in 0..25 {
            let source = format!("203.0.113.{}", theft + turn % 2);
            let mut one = event(second + turn * 40, number, &source, "curl/8", 9_000_001);
            if gives && turn == 12 {
                // It gives rights to the user of the last two.
                one.operation = GIVES.to_owned();
            }
            events.push(one);
        }
    }
    claviger_watch::sort_and_dedup(events)
}

/// What a thief does to give rights to a user.
const GIVES: &str = "Ram:AttachPolicyToUser";

/// The rights that some events gave.
pub(super) fn granted(events: &[AccessEvent]) -> Vec<Granted> {
    let giving = events.iter().filter(|event| event.operation == GIVES);
    let grant = |event: &AccessEvent| Granted {
        at: event.time,
        by: event.access_key_id.clone().unwrap(),
        event_id: event.event_id.clone(),
        operation: GIVES.to_owned(),
        to: ":user/billing-export".to_owned(),
        through: None,
    };
    giving.map(grant).collect()
}

/// Named by all that they say; the score by its bits.
type Told = BTreeMap<String, u64>;

fn told(alarms: impl Iterator<Item = Alarm>) -> Told {
    alarms
        .map(|alarm| {
            let bits = alarm.score.to_bits();
            (format!("{:?}", Alarm { score: 0.0, ..alarm }), bits)
        })
        .collect()
}

pub(super) fn minted() -> Minted {
    let at = Timestamp::from_second(BEGIN + DAY).unwrap();
    Minted { event_id: EventId("made".to_owned()), at, parent: key(0), child: key(2) }
}

fn replayed(service: &Service, events: &[AccessEvent]) -> Told {
    let mut detector = watcher::detector(service);
    detector.mint(&minted());
    let is_given = |number: &u32| {
        let first = events.iter().find(|event| event.access_key_id == Some(key(*number)));
        first.and_then(principal_of).as_deref() == Some(":user/billing-export")
    };
    let given: Vec<AccessKeyId> = (0..KEYS).filter(is_given).map(key).collect();
    assert!(!given.is_empty());
    detector.grant(&given, &granted(events));
    told(events.iter().filter_map(|event| detector.observe(event)))
}

async fn kept(service: &Service) -> Told {
    let keys: Vec<AccessKeyId> = (0..KEYS).map(key).collect();
    let mut reader = service.store().read().await.unwrap();
    let rows = alarms::standing(&mut reader, &keys.iter().collect::<Vec<_>>()).await.unwrap();
    told(rows.into_iter().map(|row| row.alarm))
}

async fn open(folder: &std::path::Path) -> Service {
    let mut settings = Settings::in_folder(folder.join("data"));
    settings.alarms_per_day = DIAL;
    settings.lateness = std::time::Duration::from_secs(3 * 86_400);
    Service::open(settings).await.unwrap()
}

/// How events come.
#[derive(Clone, Copy)]
struct Arriving {
    /// So many in a delivery.
    batch: usize,
    /// So many deliveries are queued together, so that more waits while the first of them are judged.
    together: usize,
    /// The service is started anew before every so many deliveries.
    restart: usize,
    /// They come as the stretches of a file, and what is told of this key goes ahead of them.
    first: Option<u32>,
}

impl Arriving {
    fn one_by_one(batch: usize, restart: usize) -> Self {
        Self { batch, together: 1, restart, first: None }
    }
}

async fn live(arrivals: &[AccessEvent], how: Arriving, folder: &std::path::Path) -> Told {
    let mut service = open(folder).await;
    // The policy opens no event for a low score; where there is one, every alarm is kept.
    let mut tx = service.store().write().await.unwrap();
    for number in 0..KEYS {
        let risk_type = RiskType::AbnormalAccess;
        risk_event::open(&service, &mut tx, risk_type, &key(number)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut waiting = Vec::new();
    let file = Sequence::default();
    for (number, part) in arrivals.chunks(how.batch).enumerate() {
        if number % how.restart == how.restart - 1 {
            for queued in waiting.drain(..) {
                Queued::taken_in(queued).await.unwrap();
            }
            intake::settle(&service).await;
            drop(service);
            service = open(folder).await;
        }
        let minted = if number == 0 { vec![minted()] } else { Vec::new() };
        let (events, granted) = (part.to_vec(), granted(part));
        let parsed = Parsed { events, minted, granted, ..Parsed::default() };
        let place = format!("part {number}");
        let mut delivery = Delivery::new("a source", place, Whose::Anybody, parsed, service.now());
        if let Some(first) = how.first {
            delivery.sequence = Some(file.clone());
            service.intake().put_first([key(first)].into());
        }
        waiting.push(intake::queue(&service, delivery).await.unwrap());
        if waiting.len() >= how.together {
            for queued in waiting.drain(..) {
                queued.taken_in().await.unwrap();
            }
        }
    }
    for queued in waiting {
        queued.taken_in().await.unwrap();
    }
    intake::settle(&service).await;
    kept(&service).await
}

#[test]
fn the_alarms_of_a_company_are_those_of_a_replay_to_the_last_digit() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let config = ProptestConfig { cases: 16, max_shrink_iters: 0, ..ProptestConfig::default() };
    let input = (
        prop::collection::vec(any::<u16>(), 200),
        prop::collection::vec(0..(20 * 3_600_i64), 300),
        1_usize..60,
        2_usize..12,
        any::<bool>(),
        any::<bool>(),
    );
    let seen = std::cell::Cell::new(0);
    TestRunner::new(config)
        .run(&input, |(numbers, delays, batch, restart, is_late, gives)| {
            let events = company(&numbers, gives);
            let mut arrivals: Vec<(Timestamp, usize)> = Vec::new();
            for (place, event) in events.iter().enumerate() {
                let delay = if is_late { delays[place % delays.len()] } else { 0 };
                let at = event.time + SignedDuration::from_secs(delay);
                arrivals.push((at, place));
                if place % 5 == 0 {
                    arrivals.push((at + SignedDuration::from_secs(delay), place));
                }
            }
            arrivals.sort();
            let arrivals: Vec<AccessEvent> =
                arrivals.into_iter().map(|(_, place)| events[place].clone()).collect();
            let folder = tempfile::tempdir().unwrap();
            let (live, replayed) = runtime.block_on(async {
                let live =
                    live(&arrivals, Arriving::one_by_one(batch, restart), folder.path()).await;
                (live, replayed(&open(folder.path()).await, &events))
            });
            let lacks: Vec<_> =
                replayed.iter().filter(|one| live.get(one.0) != Some(one.1)).collect();
            let more: Vec<_> =
                live.iter().filter(|one| replayed.get(one.0) != Some(one.1)).collect();
            let how = format!("late {is_late}, {batch} at once, restart {restart}, gives {gives}");
            prop_assert!(lacks.is_empty() && more.is_empty(), "{how}\n{lacks:#?}\n{more:#?}");
            seen.set(seen.get() + replayed.len());
            Ok(())
        })
        .unwrap();
    assert!(seen.get() > 20, "alarms enough to tell: {}", seen.get());
}

#[test]
fn rights_that_a_thief_gave_are_held_against_strange_sources_as_in_a_replay() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let numbers: Vec<u16> =
        (0..200_u32).map(|n| u16::try_from(n * n * 7_919 % 65_521).unwrap()).collect();
    let events = company(&numbers, true);
    let folder = tempfile::tempdir().unwrap();
    let (live, replayed) = runtime.block_on(async {
        let live = live(&events, Arriving::one_by_one(20, 7), folder.path()).await;
        (live, replayed(&open(folder.path()).await, &events))
    });
    assert!(replayed.keys().any(|alarm| alarm.contains("user/billing-export was given rights")));
    assert_eq!(live, replayed);
}

/// Requests of a service and of somebody who holds its key, a hundred a second, in the order in which a log of whole
/// seconds has them.
fn busy_seconds() -> Vec<AccessEvent> {
    let mut events = company(&[7_919; 200], false);
    for second in 0..40_i64 {
        for turn in 0..100_u64 {
            let at = (DAYS - 2) * DAY + second;
            let is_thief = second >= 20 && turn % 10 == 3;
            let (source, client) = match is_thief {
                true => ("203.0.113.77", "curl/8"),
                false => ("192.0.2.1", "ossutil/2.0"),
            };
            let mut one = event(at, 1, source, client, 1_000_001 + turn);
            let mixed = (turn * 37 + u64::try_from(second).unwrap() * 11) % 101;
            one.event_id = EventId(format!("busy {mixed:03} {second} {turn}"));
            events.push(one);
        }
    }
    events.sort_by_key(|event| event.time);
    events
}

#[test]
fn a_busy_key_that_is_judged_ahead_has_the_alarms_of_a_replay_in_the_end() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let events = busy_seconds();
    let sorted = claviger_watch::sort_and_dedup(events.clone());
    let folder = tempfile::tempdir().unwrap();
    let replayed = runtime.block_on(async { replayed(&open(folder.path()).await, &sorted) });
    assert!(replayed.keys().any(|alarm| alarm.contains("203.0.113.77")), "{replayed:#?}");
    for (batch, together, first) in [(13, 9, None), (40, 200, None), (13, 9, Some(1))] {
        let folder = tempfile::tempdir().unwrap();
        let how = Arriving { batch, together, restart: 1_000, first };
        let live = runtime.block_on(live(&events, how, folder.path()));
        assert_eq!(live, replayed, "{batch} at once, {together} together, {first:?} first");
    }
}
