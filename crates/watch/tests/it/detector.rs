//! The detector: what raises an alarm and what does not.

use std::collections::{BTreeSet, HashMap};

use claviger_model::{AccessEvent, AccessKeyId, Alarm, EventId, Leak, LeakSource};
use claviger_watch::{
    Detector, Granted, LogFormat, Minted, Settings, Use, sensors, sort_and_dedup,
};
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

fn after_two_months_of(more: Vec<AccessEvent>) -> Vec<AccessEvent> {
    let mut events = backend(60);
    events.extend(more);
    sort_and_dedup(events)
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
fn in_a_small_account_a_key_that_begins_by_stopping_the_records_is_told() {
    let alarms = |operation: &str, keys: i64| {
        let mut events: Vec<AccessEvent> = (0..3 * keys)
            .map(|turn| {
                let id = format!("LTAI5tFAKEFAKEFAKE{:06}", 10 + turn % keys);
                event(turn % keys + turn / keys * DAY, &id, OWN, "report", 2_000)
            })
            .collect();
        let mut first = event(3 * DAY + 60, KEY, STRANGER, "", 0);
        (first.operation, first.object) = (operation.to_owned(), None);
        events.push(first);
        replay(vec![], events)
    };
    let told = alarms("cloudtrail.amazonaws.com:StopLogging", 5);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].families[0], "control");
    assert!(told[0].score < -4.0, "there is little to go by, and it says so: {}", told[0].score);
    assert_eq!(alarms("cloudtrail.amazonaws.com:StopLogging", 3_000), []);
    assert_eq!(alarms("cloudtrail.amazonaws.com:CreateTrail", 5), []);
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
    let later = event(from + DAY + 300, KEY, STRANGER, "o1", 1_000);
    assert_eq!(told(later), 1, "a day later, and no worse");
    assert_eq!(told(event(from + 300, KEY, STRANGER, "o1", 1_000)), 1, "nothing new");
}

#[test]
fn a_weak_alarm_hides_no_theft_that_comes_after_it() {
    let mut detector = Detector::new(Settings { alarms_per_day: 20.0 });
    // The owner's own odd evening, from elsewhere, with more than she ever reads.
    let odd = (0..40).map(|turn| {
        let object = format!("report-{turn}");
        event(60 * DAY + turn, KEY, "198.51.100.20", &object, 300_000)
    });
    let theft = (0..300).map(|turn| {
        let at = 60 * DAY + 43_200 + turn;
        let mut read = event(at, KEY, STRANGER, &format!("all-{turn}"), 20_000);
        read.user_agent = Some("python-requests/2.31".to_owned());
        read
    });
    let events = after_two_months_of(odd.chain(theft).collect());
    let alarms: Vec<Alarm> = events.iter().filter_map(|event| detector.observe(event)).collect();
    let told = |source: &str| {
        let of = alarms.iter().filter(|alarm| alarm.reasons[0].contains(source));
        of.map(|alarm| alarm.score).fold(f64::NEG_INFINITY, f64::max)
    };
    let (weak, theft) = (told("198.51.100.20"), told(STRANGER));
    assert!(weak.is_finite() && theft >= weak + 2.0, "{weak} {theft}");
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
fn a_recorded_raid_is_told_at_its_first_call_and_once_surer_if_leaked_and_while_it_runs_if_not() {
    let stranger = "AKIATFQR7NSC8Q4X20BJ";
    let events = read(LogFormat::CloudTrail, "cloudtrail/stratus_run.jsonl.gz").events;
    let leaked_at: Timestamp = "2023-07-10T11:54:33Z".parse().unwrap();
    let source = LeakSource::Public;
    let leak = Leak::new(key(stranger), leaked_at, source);
    let alarms = replay(vec![leak], events.clone());
    assert!(alarms.iter().all(|alarm| alarm.access_key_id.as_str() == stranger));
    assert_eq!((alarms.len(), alarms[0].time), (2, leaked_at));
    assert!(alarms[0].score < 0.0 && alarms[1].score >= alarms[0].score + 2.0);
    let alarms = replay(vec![], events);
    assert_eq!(alarms.len(), 1);
    assert_eq!(alarms[0].access_key_id.as_str(), stranger);
    assert!(alarms[0].families.iter().any(|family| family == "control"));
}

fn from(second: i64, client: &str, operation: &str, object: Option<&str>) -> AccessEvent {
    let mut asked = event(second, KEY, STRANGER, object.unwrap_or("-"), 20_000);
    asked.user_agent = Some(client.to_owned());
    asked.operation = operation.to_owned();
    asked.object = object.map(str::to_owned);
    asked.event_id = EventId::derived(&[operation, &second.to_string()]);
    asked
}

#[test]
fn somebody_who_looks_around_with_an_unleaked_key_is_found_before_he_reads() {
    let client = "aws-cli/2.15.1 Python/3.11 Windows/10";
    let start = 60 * DAY;
    let mut theft = vec![
        from(start, client, "GetCallerIdentity", None),
        from(start + 4, client, "ListBuckets", None),
        from(start + 20, client, "ListObjects", None),
    ];
    theft.extend((0..50).map(|turn| from(start + 30 + turn, client, "GetObject", Some("dump"))));
    let alarms = replay(vec![], after_two_months(theft.clone()));
    assert_eq!(alarms.len(), 1);
    assert!(alarms[0].time <= theft[3].time, "{}", alarms[0].time);
    assert!(alarms[0].reasons[0].starts_with("key LTAI5t…001 was used from 203.0.113.7 at"));
}

#[test]
fn a_key_made_by_one_under_alarm_is_under_suspicion_itself() {
    let child = "LTAI5tFAKEFAKEFAKE000002";
    let theft = event(60 * DAY + 540, KEY, STRANGER, "userdata.csv", 3_000);
    let made = from(60 * DAY + 600, "ossutil/2.0.1", "CreateAccessKey", None);
    let used = event(61 * DAY, child, "198.51.100.9", "userdata.csv", 3_000);
    let minted = Minted {
        event_id: made.event_id.clone(),
        at: made.time,
        parent: key(KEY),
        child: key(child),
    };
    let events = sort_and_dedup(after_two_months(vec![theft, made, used]));
    let of_child = |is_told: bool| {
        let mut detector = Detector::new(Settings::default());
        detector.add_leak(leak(60 * DAY, LeakSource::Public));
        if is_told {
            detector.mint(&minted);
        }
        let alarms = events.iter().filter_map(|event| detector.observe(event));
        alarms.filter(|alarm| alarm.access_key_id == key(child)).collect::<Vec<Alarm>>()
    };
    assert_eq!(of_child(true).len(), 1);
    assert!(of_child(true)[0].reasons.iter().any(|reason| reason.contains(KEY)));
    assert_eq!(of_child(false), []);
}

#[test]
fn what_the_owner_makes_while_a_stranger_is_under_alarm_is_not_suspected() {
    let child = "LTAI5tFAKEFAKEFAKE000002";
    let theft = event(60 * DAY + 540, KEY, STRANGER, "userdata.csv", 3_000);
    let assumed = |day: i64| {
        let mut assumed = from(day * DAY + 600, "ossutil/2.0.1", "AssumeRole", None);
        assumed.source_ip = Some(OWN.to_owned());
        assumed
    };
    let made = assumed(60);
    let used = event(61 * DAY, child, "198.51.100.9", "userdata.csv", 3_000);
    let (event_id, at) = (made.event_id.clone(), made.time);
    let minted = Minted { event_id, at, parent: key(KEY), child: key(child) };
    let mut detector = Detector::new(Settings::default());
    detector.add_leak(leak(60 * DAY, LeakSource::Public));
    detector.mint(&minted);
    let mut events = after_two_months(vec![theft, made, used]);
    events.extend((0..60).map(assumed));
    let events = sort_and_dedup(events);
    let alarms = events.iter().filter_map(|event| detector.observe(event));
    let keys: Vec<AccessKeyId> = alarms.map(|alarm| alarm.access_key_id).collect();
    assert_eq!(keys, [key(KEY)]);
}

/// Alarms of another user's key, used from its own address or a new one, after a thief with `KEY` did
/// something and after.
fn alarms_of_another(ip: &str, day: i64, granted: Option<&Granted>) -> Vec<Alarm> {
    const OTHER: &str = "LTAI5tFAKEFAKEFAKE000003";
    let theft = event(60 * DAY + 540, KEY, STRANGER, "userdata.csv", 3_000);
    let given = from(60 * DAY + 600, "ossutil/2.0.1", "Ram:AttachPolicyToUser", None);
    let mut events = after_two_months(vec![theft, given]);
    events.extend((0..60).map(|day| event(day * DAY + 40_000, OTHER, "192.0.2.99", "b.csv", 9)));
    events.push(event(day * DAY + 40_000, OTHER, ip, "b.csv", 9));
    let mut detector = Detector::new(Settings::default());
    detector.add_leak(leak(60 * DAY, LeakSource::Public));
    detector.grant(&[key(OTHER)], granted);
    let events = sort_and_dedup(events);
    let alarms = events.iter().filter_map(|event| detector.observe(event));
    alarms.filter(|alarm| alarm.access_key_id == key(OTHER)).collect()
}

#[test]
fn a_key_whose_holder_was_given_rights_by_one_under_alarm_is_under_suspicion() {
    let given = from(60 * DAY + 600, "ossutil/2.0.1", "Ram:AttachPolicyToUser", None);
    let granted = Granted {
        at: given.time,
        by: key(KEY),
        event_id: given.event_id,
        operation: "AttachPolicyToUser".to_owned(),
        to: ":user/backup".to_owned(),
        through: None,
    };
    let alarms = alarms_of_another("198.51.100.9", 61, Some(&granted));
    assert_eq!(alarms.len(), 1);
    let said = alarms[0].reasons.join("\n");
    assert!(said.contains("user/backup was given rights (AttachPolicyToUser) 34 hours before by"));
    assert!(said.contains("which a stranger seemed to use then (+3.0 nats)"), "{said}");
    assert!(said.contains("whose rights a key under alarm widened starts at -1.0 nats"), "{said}");
    // What the owner does from her own place, what nobody widened, and what comes much later, is not.
    assert_eq!(alarms_of_another("192.0.2.99", 61, Some(&granted)), []);
    assert_eq!(alarms_of_another("198.51.100.9", 61, None), []);
    let later = alarms_of_another("198.51.100.9", 95, Some(&granted));
    assert_eq!(later, alarms_of_another("198.51.100.9", 95, None));
}

/// One listing, then so many reads of what it showed.
fn listed_and_read(start: i64, ip: &str, objects: i64) -> Vec<AccessEvent> {
    let mut events = vec![from(start, "ossutil/2.0.1", "ListObjects", None)];
    events.extend((0..objects).map(|turn| event(start + 2 + turn, KEY, ip, &format!("{turn}"), 9)));
    events.iter_mut().for_each(|event| event.source_ip = Some(ip.to_owned()));
    events
}

#[test]
fn reading_what_was_listed_speaks_unless_the_key_does_so_every_day() {
    let told = |every_day: bool| {
        let mut detector = Detector::new(Settings { alarms_per_day: 50.0 });
        for sensor in sensors().into_iter().filter(|sensor| sensor.starts_with("new_")) {
            detector.leave_out(sensor).unwrap();
        }
        detector.leave_out("amount").unwrap();
        detector.add_leak(leak(50 * DAY, LeakSource::PrivatePlaintext));
        let mut events = backend(60);
        let days = (0..60).flat_map(|day| {
            let objects = if every_day { 60 } else { 0 };
            listed_and_read(day * DAY + 40_000, OWN, objects)
        });
        events.extend(days);
        events.extend(listed_and_read(60 * DAY + 40_000, OWN, 60));
        let events = sort_and_dedup(events);
        let alarms = events.iter().filter_map(|event| detector.observe(event));
        alarms.map(|alarm| alarm.families).collect::<Vec<_>>()
    };
    assert_eq!(told(false), [["amount", "leak"]]);
    assert_eq!(told(true), Vec::<Vec<String>>::new());
}

#[test]
fn who_read_the_object_that_holds_the_key_is_told_when_he_uses_it() {
    let mut read = event(60 * DAY, KEY, STRANGER, "config/.env", 300);
    read.access_key_id = None;
    let used = event(60 * DAY + 900, KEY, STRANGER, "userdata.csv", 3_000);
    let mut leak = leak(60 * DAY - 900, LeakSource::PrivatePlaintext);
    (leak.bucket, leak.object) = (Some("photos".to_owned()), Some("config/.env".to_owned()));
    let alarms = replay(vec![leak], after_two_months(vec![read, used]));
    assert_eq!(alarms.len(), 1);
    let told = "203.0.113.7 had read the object that holds the key 15 minutes before";
    assert!(alarms[0].reasons.iter().any(|reason| reason.starts_with(told)));
}

#[test]
fn a_rotated_key_goes_on_as_the_one_before_it() {
    let mut events = backend(60);
    let next = "LTAI5tFAKEFAKEFAKE000003";
    events.extend(backend(70).into_iter().skip(600).map(|mut event| {
        event.access_key_id = Some(key(next));
        event.event_id = EventId::derived(&["next", event.event_id.as_str()]);
        event
    }));
    events.iter_mut().for_each(|event| event.account = Some("billing".to_owned()));
    let leaked =
        Leak::new(key(next), leak(60 * DAY - 60, LeakSource::Public).leaked_at, LeakSource::Public);
    assert_eq!(replay(vec![leaked.clone()], events.clone()), []);
    events.iter_mut().for_each(|event| event.account = None);
    assert_ne!(replay(vec![leaked], events), [], "without its account it has no past");
}

#[test]
fn a_sensor_left_out_says_nothing_and_an_unknown_one_is_named() {
    let mut detector = Detector::new(Settings::default());
    for sensor in sensors() {
        detector.leave_out(sensor).unwrap();
    }
    let (leaks, events) = busy();
    detector.set_leaks(leaks);
    let families = events.iter().filter_map(|event| detector.observe(event));
    assert_eq!(families.flat_map(|alarm| alarm.families).count(), 0);
    let error = detector.leave_out("new_sources").unwrap_err();
    assert!(error.hint().contains("`new_source`"));
}

/// Judges key by key and hour by hour from kept states, as a service does.
fn folded(leaks: &[Leak], events: &[AccessEvent]) -> Vec<Alarm> {
    let mut detector = Detector::new(Settings::default());
    leaks.iter().for_each(|leak| detector.add_leak(leak.clone()));
    detector.watch_since(events[0].time);
    let hour_of = |event: &AccessEvent| event.time.as_second() / 3_600;
    let mut states: HashMap<AccessKeyId, Vec<u8>> = HashMap::new();
    let mut alarms = Vec::new();
    for hour in events.chunk_by(|a, b| hour_of(a) == hour_of(b)) {
        let until = Timestamp::from_second((hour_of(&hour[0]) + 1) * 3_600).unwrap();
        detector.settle_until(hour[0].time);
        let keys: BTreeSet<_> = hour.iter().filter_map(|e| e.access_key_id.clone()).collect();
        for id in keys.into_iter().rev() {
            let its = |event: &&AccessEvent| event.access_key_id.as_ref() == Some(&id);
            let recent: Vec<AccessEvent> = hour.iter().filter(its).cloned().collect();
            let state = states.get(&id).map(Vec::as_slice);
            let judged = detector.judge_key(&id, state, &recent, until).unwrap();
            let open = detector.judge_key(&id, state, &recent, recent[0].time).unwrap();
            assert_eq!(judged.alarms, open.alarms, "folded or not, the same alarms stand");
            assert!(judged.state.len() <= 1_200 || !judged.alarms.is_empty() || id == key(KEY));
            detector.absorb(&judged.news);
            alarms.extend(judged.alarms.into_iter().map(|standing| standing.alarm));
            states.insert(id, judged.state);
        }
    }
    alarms.sort_by(|a, b| (a.time, &a.access_key_id).cmp(&(b.time, &b.access_key_id)));
    alarms
}

#[test]
fn kept_states_and_a_replay_give_the_same_alarms() {
    let (leaks, mut events) = busy();
    for (place, mut event) in backend(62).into_iter().enumerate() {
        event.access_key_id = Some(key(&format!("LTAI5tFAKEFAKEFAKE00001{}", place % 4)));
        event.source_ip = Some(format!("198.51.{}.{}", place % 4, place / 100));
        event.event_id = EventId::derived(&["more", event.event_id.as_str()]);
        events.push(event);
    }
    let events = sort_and_dedup(events);
    let mut through = replay(leaks.clone(), events.clone());
    through.sort_by(|a, b| (a.time, &a.access_key_id).cmp(&(b.time, &b.access_key_id)));
    assert!(through.len() >= 3);
    assert_eq!(folded(&leaks, &events), through);
}

#[test]
fn every_sensor_is_told_in_the_page_about_the_detector() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/detector.md");
    let page = std::fs::read_to_string(page).unwrap();
    for sensor in sensors() {
        assert!(page.contains(&format!("`{sensor}`")), "{sensor}");
    }
}
