//! The law of a key: whatever the order in which its events come, and however often, the alarms are those of
//! the events in the order of time.

use std::collections::BTreeMap;

use claviger_model::{AccessEvent, AccessKeyId, Alarm, EventId, Leak, LeakSource};
use claviger_store::KeyState;
use claviger_watch::{Detector, Settings};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::change::{Change, content};
use super::held::Held;

const BEGIN: i64 = 1_767_225_600;
const LATENESS: SignedDuration = SignedDuration::from_hours(6);

fn key() -> AccessKeyId {
    AccessKeyId::parse("LTAI5tFAKEFAKEFAKE000001").unwrap()
}

fn event(number: usize, second: i64, source: &str, bytes: u64) -> AccessEvent {
    AccessEvent {
        time: Timestamp::from_second(BEGIN + second).unwrap(),
        access_key_id: Some(key()),
        account: None,
        source_ip: Some(source.to_owned()),
        user_agent: None,
        operation: "GetObject".to_owned(),
        bucket: Some("b".to_owned()),
        object: Some(format!("o{number}")),
        status: Some(200),
        error: None,
        bytes_out: Some(bytes),
        bytes_in: None,
        request_id: None,
        // In another order than that of their numbers.
        event_id: EventId(format!("event {:05}", number * 7_919 % 99_991)),
    }
}

/// A life of some weeks: its owner by day, and strangers in bursts, several requests a second in some.
fn life() -> impl Strategy<Value = Vec<AccessEvent>> {
    let amount = (1_usize..60, 1_i64..25, 1_u64..50_000_000);
    let burst = (20_i64..40, 0_i64..86_000, 0_u8..3, amount);
    prop::collection::vec(burst, 1..4).prop_map(|bursts| {
        let mut events = Vec::new();
        for day in 0..40_i64 {
            for turn in 0..4_i64 {
                let second = day * 86_400 + turn * 7_200;
                events.push(event(events.len(), second, "192.0.2.10", 10_000));
            }
        }
        for (day, second, source, (count, a_second, bytes)) in bursts {
            for turn in 0..count {
                let at = day * 86_400 + second + i64::try_from(turn).unwrap() / a_second;
                events.push(event(events.len(), at, &format!("203.0.{source}.7"), bytes));
            }
        }
        events
    })
}

fn detector(is_leaked: bool) -> (Detector, Vec<Leak>) {
    let mut detector = Detector::new(Settings { alarms_per_day: 50.0 });
    let leaked_at = Timestamp::from_second(BEGIN + 20 * 86_400).unwrap();
    let leaks = match is_leaked {
        true => vec![Leak::new(key(), leaked_at, LeakSource::Public)],
        false => Vec::new(),
    };
    detector.set_leaks(leaks.clone());
    (detector, leaks)
}

/// What the service keeps: the state, and the alarms that stand. The history is given.
#[derive(Default)]
struct Kept {
    state: Option<KeyState>,
    alarms: BTreeMap<String, Alarm>,
}

impl Kept {
    fn keep(&mut self, held: &mut Held, change: &Change, state: Option<KeyState>) {
        for one in change.raised.iter().chain(&change.altered) {
            self.alarms.insert(one.id.clone(), one.alarm.clone());
        }
        for id in &change.withdrawn {
            assert!(self.alarms.remove(id).is_some(), "withdrawn, and never raised");
        }
        held.settle(change);
        self.state = state.or(self.state.take());
    }

    /// The key in a process that begins.
    fn restore(&self, history: &[AccessEvent]) -> Held {
        let Some(state) = &self.state else { return Held::unknown(key()) };
        let since = state.folded_until;
        let recent: Vec<AccessEvent> =
            history.iter().filter(|event| event.time >= since).cloned().collect();
        let open = self.alarms.iter().filter(|(_, alarm)| alarm.time >= since);
        let kept = open.map(|(id, alarm)| (id.clone(), content(alarm))).collect();
        Held::restored(state.clone(), recent, kept)
    }
}

/// Alarms of the events as they come, some twice, by a process that begins anew now and then. Now and then more waits.
fn live(
    arrivals: &[(usize, bool)],
    events: &[AccessEvent],
    is_leaked: bool,
    (batch, restart, waits): (usize, usize, &[bool]),
) -> BTreeMap<String, Alarm> {
    let (mut detector, leaks) = detector(is_leaked);
    let now = Timestamp::from_second(BEGIN + 100 * 86_400).unwrap();
    let mut kept = Kept::default();
    let mut history: Vec<AccessEvent> = Vec::new();
    let mut held = Held::unknown(key());
    let mut repeated = Vec::new();
    let batches = arrivals.len().div_ceil(batch);
    let last: &[(usize, bool)] = &[];
    for (number, part) in arrivals.chunks(batch).chain([last]).enumerate() {
        let mut part: Vec<AccessEvent> = part
            .iter()
            .map(|(place, again)| {
                repeated.extend(again.then(|| events[*place].clone()));
                events[*place].clone()
            })
            .collect();
        if number % 3 == 2 {
            part.append(&mut repeated);
        }
        let part = claviger_watch::sort_and_dedup(part);
        if number % restart == restart - 1 {
            held = kept.restore(&history);
        }
        held.know(&leaks);
        let taken = held.take(&part.iter().collect::<Vec<_>>());
        let unknown = |place: &usize| !history.iter().any(|e| e.event_id == part[*place].event_id);
        assert!(!taken.late.iter().any(unknown), "a new event is older than the window");
        if number == batches || !waits[number % waits.len()] {
            held.end_instant();
        }
        history.extend(part);
        let change = held.judge_alone(&mut detector);
        detector.settle_until(Timestamp::MAX);
        let state = held.fold(&detector, now, Some(LATENESS));
        kept.keep(&mut held, &change, state);
    }
    kept.alarms
}

/// By all that they say: two may be of the same instant.
fn by_words(alarms: impl Iterator<Item = Alarm>) -> BTreeMap<String, Alarm> {
    alarms.map(|one| (format!("{} {:?}", one.time, one.reasons), one)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_order_and_repetition_within_the_window_gives_the_alarms_of_a_replay(
        events in life(),
        delays in prop::collection::vec(0..LATENESS.as_secs(), 400),
        again in prop::collection::vec(any::<bool>(), 400),
        is_leaked in any::<bool>(),
        is_late in any::<bool>(),
        waits in prop::collection::vec(any::<bool>(), 7),
        batch in 1_usize..40,
        restart in 1_usize..9,
    ) {
        let (mut detector, _) = detector(is_leaked);
        let sorted = claviger_watch::sort_and_dedup(events.clone());
        let replayed = sorted.iter().filter_map(|event| detector.observe(event));
        let expected = by_words(replayed);
        // Each comes late by its own delay, which is less than the window.
        let mut arrivals: Vec<(i64, usize, bool)> = events
            .iter()
            .enumerate()
            .map(|(place, event)| {
                let delay = if is_late { delays[place % delays.len()] } else { 0 };
                (event.time.as_second() + delay, place, again[place % again.len()])
            })
            .collect();
        arrivals.sort_unstable();
        let arrivals: Vec<(usize, bool)> =
            arrivals.into_iter().map(|(_, place, again)| (place, again)).collect();
        let live = live(&arrivals, &events, is_leaked, (batch, restart, &waits));
        prop_assert_eq!(by_words(live.into_values()), expected);
    }
}
