//! The detector: what raises an alarm and what does not.

use claviger_model::{AccessEvent, Alarm, Leak, LeakSource};
use claviger_watch::{Detector, LogFormat, Settings, Use, sort_and_dedup};
use jiff::Timestamp;

use super::{event, key, read};

const DAY: i64 = 86_400;
const KEY: &str = "LTAI5tFAKEFAKEFAKE000001";
const OWN: &str = "192.0.2.10";
const STRANGER: &str = "203.0.113.7";

/// A backend that reads a few objects each day from two addresses.
fn backend(days: i64) -> Vec<AccessEvent> {
    (0..days)
        .flat_map(|day| {
            (0..10).map(move |turn| {
                let ip = if turn % 2 == 0 { OWN } else { "192.0.2.11" };
                event(day * DAY + turn * 3_600, KEY, ip, &format!("report-{turn}"), 200_000)
            })
        })
        .collect()
}

fn leak(second: i64, source: LeakSource) -> Leak {
    let leaked_at = Timestamp::from_second(1_767_225_600 + second).unwrap();
    Leak::new(key(KEY), leaked_at, source)
}

fn replay(leaks: Vec<Leak>, events: Vec<AccessEvent>) -> Vec<Alarm> {
    let mut detector = Detector::new(Settings::default());
    detector.set_leaks(leaks);
    sort_and_dedup(events).iter().filter_map(|event| detector.observe(event)).collect()
}

/// Two months of the backend, then `more`.
fn after_two_months(more: Vec<AccessEvent>) -> Vec<AccessEvent> {
    let mut events = backend(60);
    events.extend(more);
    events
}

#[test]
fn a_stranger_with_a_leaked_key_raises_an_alarm_at_the_first_event() {
    let theft = event(60 * DAY + 540, KEY, STRANGER, "userdata.csv", 3_000);
    let leaks = vec![leak(60 * DAY, LeakSource::Public)];
    let alarms = replay(leaks, after_two_months(vec![theft.clone()]));
    assert_eq!(alarms.len(), 1);
    let alarm = &alarms[0];
    assert_eq!((alarm.time, &alarm.first_event_id), (theft.time, &theft.event_id));
    assert_eq!(alarm.sources, [STRANGER]);
    assert_eq!(alarm.families, ["source", "leak"]);
    insta::assert_debug_snapshot!(alarm.reasons);
}

#[test]
fn a_leaked_key_used_only_by_its_own_sources_raises_nothing() {
    for source in LeakSource::ALL.into_iter().filter(|source| *source != LeakSource::Canary) {
        let alarms = replay(vec![leak(30 * DAY, source)], backend(60));
        assert_eq!(alarms, [], "{source:?}");
    }
}

#[test]
fn a_canary_raises_an_alarm_whoever_uses_it() {
    let alarms = replay(vec![leak(30 * DAY, LeakSource::Canary)], backend(31));
    assert_eq!(alarms.len(), 1);
    assert!(alarms[0].reasons.iter().any(|reason| reason.starts_with("against: 192.0.2.10")));
}

#[test]
fn a_single_surprise_without_a_leak_raises_nothing() {
    let elsewhere = event(60 * DAY + 9, KEY, STRANGER, "report-1", 200_000);
    assert_eq!(replay(vec![], after_two_months(vec![elsewhere])), []);
    let plenty = (0..500)
        .map(|turn| event(60 * DAY + turn, KEY, OWN, &format!("all-{turn}"), 100_000_000))
        .collect();
    assert_eq!(replay(vec![], after_two_months(plenty)), []);
}

#[test]
fn two_strong_surprises_without_a_leak_raise_one_alarm() {
    let theft = (0..500)
        .map(|turn| event(60 * DAY + turn, KEY, STRANGER, &format!("all-{turn}"), 10_000_000))
        .collect();
    let alarms = replay(vec![], after_two_months(theft));
    assert!(!alarms.is_empty() && alarms.len() <= 4, "{}", alarms.len());
    let mut families = alarms[0].families.clone();
    families.sort();
    assert_eq!(families, ["amount", "source"]);
}

#[test]
fn a_key_that_always_comes_from_elsewhere_is_no_stranger_for_it() {
    let runner: Vec<AccessEvent> = (0..90)
        .map(|day| event(day * DAY, KEY, &format!("198.51.{day}.4"), "source.tar", 50_000_000))
        .collect();
    assert_eq!(replay(vec![], runner), []);
}

#[test]
fn an_episode_is_told_once_and_again_only_when_it_gets_clearly_worse() {
    let leaks = || vec![leak(60 * DAY, LeakSource::Public)];
    let from = 60 * DAY + 100;
    let steady: Vec<_> = (0..200)
        .map(|turn| event(from + turn, KEY, STRANGER, &format!("o{turn}"), 1_000))
        .collect();
    assert_eq!(replay(leaks(), after_two_months(steady.clone())).len(), 1);

    let told = |event: AccessEvent| {
        let mut events = steady.clone();
        events.push(event);
        replay(leaks(), after_two_months(events)).len()
    };
    assert_eq!(
        told(event(from + 300, KEY, STRANGER, "dump", 100 << 20)),
        2,
        "eight times the bytes"
    );
    assert_eq!(told(event(from + 300, KEY, "198.51.100.1", "o1", 1_000)), 2, "a new address");
    assert_eq!(told(event(from + DAY + 300, KEY, STRANGER, "o1", 1_000)), 2, "a day later");
    assert_eq!(told(event(from + 300, KEY, STRANGER, "o1", 1_000)), 1, "nothing new");
}

#[test]
fn rotating_addresses_do_not_flood() {
    let theft = (0..60)
        .map(|turn| event(60 * DAY + turn, KEY, &format!("203.0.{turn}.7"), "o", 1_000))
        .collect();
    let alarms = replay(vec![leak(60 * DAY, LeakSource::Public)], after_two_months(theft));
    assert!((2..=7).contains(&alarms.len()), "{}", alarms.len());
}

#[test]
fn a_refused_call_is_an_attempt_and_counts() {
    let mut attempt = event(60 * DAY + 60, KEY, STRANGER, "userdata.csv", 231);
    attempt.status = Some(403);
    attempt.error = Some("InvalidAccessKeyId".to_owned());
    assert!(Use::is_use(&attempt));
    let alarms =
        replay(vec![leak(60 * DAY, LeakSource::CodeHost)], after_two_months(vec![attempt.clone()]));
    assert_eq!((alarms.len(), alarms[0].bytes_out), (1, 0));
    assert!(alarms[0].reasons.iter().any(|reason| reason.contains("1 refused")));
    attempt.access_key_id = None;
    assert!(!Use::is_use(&attempt));
}

#[test]
fn a_key_without_any_past_is_judged_by_the_leak_alone() {
    let theft = vec![event(60, KEY, STRANGER, "userdata.csv", 3_000)];
    assert_eq!(replay(vec![leak(0, LeakSource::Public)], theft.clone()).len(), 1);
    assert_eq!(replay(vec![leak(0, LeakSource::PrivatePlaintext)], theft.clone()).len(), 0);
    assert_eq!(replay(vec![], theft).len(), 0);
}

#[test]
fn use_before_the_leak_is_not_held_against_the_key() {
    let events = after_two_months(vec![event(60 * DAY + 9, KEY, STRANGER, "o", 10)]);
    assert_eq!(replay(vec![leak(61 * DAY, LeakSource::Public)], events), []);
}

/// Alarms of everything that can happen to a key in this file.
fn busy() -> (Vec<Leak>, Vec<AccessEvent>) {
    let mut events = backend(62);
    for turn in 0..120 {
        let ip = format!("203.0.113.{}", turn / 30);
        events.push(event(60 * DAY + 7 * turn, KEY, &ip, &format!("o{turn}"), 1 << (turn / 4)));
    }
    (vec![leak(60 * DAY, LeakSource::Public)], sort_and_dedup(events))
}

#[test]
fn an_alarm_stands_when_the_log_ends_at_it() {
    let (leaks, events) = busy();
    let alarms = replay(leaks.clone(), events.clone());
    assert!(alarms.len() >= 3, "{}", alarms.len());
    for (place, alarm) in alarms.iter().enumerate() {
        let end = alarm.event_ids.last().unwrap();
        let end = events.iter().position(|event| event.event_id == *end).unwrap();
        let cut = replay(leaks.clone(), events[..=end].to_vec());
        assert_eq!(cut, alarms[..=place]);
        assert_eq!(events[end].time, alarm.time);
    }
}

#[test]
fn a_detector_taken_up_from_snapshots_goes_on_as_if_never_stopped() {
    let (leaks, events) = busy();
    let through = replay(leaks.clone(), events.clone());
    for stop in [1, 5, 300, events.len() - 60, events.len() - 1] {
        let mut first = Detector::new(Settings::default());
        first.set_leaks(leaks.clone());
        let mut alarms: Vec<Alarm> =
            events[..stop].iter().filter_map(|event| first.observe(event)).collect();
        let (snapshot, tenant) = (first.snapshot(&key(KEY)).unwrap(), first.tenant_state());
        let mut second = Detector::new(Settings::default());
        second.restore_tenant(&tenant).unwrap();
        leaks.iter().for_each(|leak| second.add_leak(leak.clone()));
        second.restore(&key(KEY), &snapshot).unwrap();
        alarms.extend(events[stop..].iter().filter_map(|event| second.observe(event)));
        assert_eq!(alarms, through, "stopped at {stop}");
    }
}

#[test]
fn a_snapshot_that_is_none_is_an_error_with_a_way_out() {
    let mut detector = Detector::new(Settings::default());
    let error = detector.restore(&key(KEY), "{}").unwrap_err();
    assert!(error.hint().contains("replay"));
    assert_eq!(detector.snapshot(&key(KEY)), None);
}

#[test]
fn a_recorded_run_with_its_leak_raises_one_alarm_and_none_without() {
    let stranger = "AKIATFQR7NSC8Q4X20BJ";
    let events = read(LogFormat::CloudTrail, "cloudtrail/stratus_run.jsonl.gz").events;
    let leaked_at: Timestamp = "2023-07-10T11:54:33Z".parse().unwrap();
    let source = LeakSource::Public;
    let leak = Leak::new(key(stranger), leaked_at, source);
    let alarms = replay(vec![leak], events.clone());
    assert_eq!(alarms.len(), 1);
    assert_eq!((alarms[0].access_key_id.as_str(), alarms[0].time), (stranger, leaked_at));
    assert_eq!(replay(vec![], events), []);
}
