//! Laws that hold for any input.

use claviger_model::{Alarm, Leak, LeakSource};
use claviger_watch::{
    Detector, EventView, LogFormat, Parsed, Parser, Settings, Timeline, detect, parse, reject_all,
    sort_and_dedup, unpack,
};
use jiff::Timestamp;
use proptest::{collection::vec, prelude::*, sample::Index};

use super::{event, fixture, key};

/// Samples of every format, good and bad.
const FIXTURES: [&str; 23] = [
    "oss/basic.log",
    "oss/clients_text.log",
    "sls/basic.jsonl",
    "actiontrail/basic.jsonl",
    "cloudtrail/basic.jsonl",
    "cloudtrail/records.json",
    "cloudtrail/eventbridge.jsonl",
    "s3/basic.log",
    "minio/basic.jsonl",
    "ceph/basic.jsonl",
    "ceph/framing.txt",
    "seaweedfs/basic.jsonl",
    "seaweedfs/messages.log",
    "gcs_audit/basic.jsonl",
    "gcs_usage/basic.csv",
    "azure/basic.jsonl",
    "cos/basic.log",
    "cos/cls.jsonl",
    "obs/basic.log",
    "ocsf/basic.jsonl",
    "r2/basic.jsonl",
    "scality/basic.jsonl",
    "storagegrid/basic.log",
];

/// Lines to mutate: of every format, good and bad.
fn lines() -> Vec<Vec<u8>> {
    FIXTURES
        .iter()
        .flat_map(|name| {
            fixture(name).split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>()
        })
        .collect()
}

fn holds(parsed: &Parsed, bytes: &[u8]) {
    assert_eq!((parsed.events.len() + parsed.rejects.len()) as u64, parsed.lines);
    for reject in &parsed.rejects {
        assert!(reject.start <= reject.end && reject.end <= bytes.len() as u64);
        let before = &bytes[..reject.start as usize];
        assert_eq!(reject.line, 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64);
    }
}

fn check(bytes: &[u8]) {
    let full =
        bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count()
            as u64;
    for format in LogFormat::ALL.iter().copied() {
        holds(&parse(format, bytes), bytes);
    }
    assert_eq!(parse(LogFormat::Oss, bytes).lines, full);
    holds(&reject_all(bytes, "x"), bytes);
    drop((detect(bytes), unpack(bytes, 1 << 20)));
}

/// Lines of all formats, each changed at a place.
fn mutated(picks: &[(Index, Index, u8, u8)]) -> Vec<u8> {
    let lines = lines();
    let mut bytes = Vec::new();
    for (line, place, byte, how) in picks {
        let mut line = line.get(&lines).clone();
        if !line.is_empty() {
            let at = place.index(line.len());
            match how {
                0 => line[at] = *byte,
                1 => line.insert(at, *byte),
                2 => line.truncate(at),
                3 => drop(line.remove(at)),
                _ => {}
            }
        }
        bytes.extend_from_slice(&line);
        bytes.push(b'\n');
    }
    bytes
}

/// Reads a log in blocks that grow by these lengths in turn.
fn in_blocks(format: LogFormat, bytes: &[u8], cuts: &[usize]) -> Parsed {
    let mut parser = Parser::new(Some(format));
    let mut events = Vec::new();
    let (mut start, mut end, mut cuts) = (0, 0, cuts.iter().cycle());
    loop {
        end = (end + cuts.next().unwrap()).min(bytes.len());
        let is_last = end == bytes.len();
        start +=
            parser.push(&bytes[start..end], is_last, &mut |event| events.push(event.into_event()));
        if is_last {
            break;
        }
    }
    let tally = parser.finish();
    assert_eq!(tally.events, events.len() as u64);
    tally.with(events)
}

proptest! {
    #[test]
    fn events_and_rejects_are_the_lines_on_any_bytes(bytes in vec(any::<u8>(), 0..400)) {
        check(&bytes);
    }

    #[test]
    fn events_and_rejects_are_the_lines_on_json_like_bytes(
        text in "[\\[\\]{}\",:\\\\ \na1]{0,60}",
    ) {
        check(text.as_bytes());
    }

    #[test]
    fn events_and_rejects_are_the_lines_on_mutated_lines(
        picks in vec((any::<Index>(), any::<Index>(), any::<u8>(), 0..4_u8), 1..8),
    ) {
        let bytes = mutated(&picks);
        check(&bytes);
    }

    #[test]
    fn a_log_in_blocks_is_the_log_at_once(
        picks in vec((any::<Index>(), any::<Index>(), any::<u8>(), 0..6_u8), 1..8),
        cuts in vec(1..700_usize, 1..20),
    ) {
        let bytes = mutated(&picks);
        for format in LogFormat::ALL.iter().copied() {
            prop_assert_eq!(parse(format, &bytes), in_blocks(format, &bytes, &cuts), "{}", format);
        }
    }

    #[test]
    fn one_record_a_line_gives_one_event_or_reject_a_line(
        picks in vec((any::<Index>(), any::<Index>(), 0..3_u8), 1..8),
    ) {
        let good = fixture("cloudtrail/basic.jsonl");
        let good: Vec<&[u8]> =
            good.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        let mut bytes = Vec::new();
        for (line, place, how) in &picks {
            let line = line.get(&good);
            // A line cut off, one of rubbish, or a whole one.
            match how {
                0 => bytes.extend_from_slice(&line[..=place.index(line.len() - 1)]),
                1 => bytes.extend_from_slice(b"rubbish"),
                _ => bytes.extend_from_slice(line),
            }
            bytes.push(b'\n');
        }
        let parsed = parse(LogFormat::CloudTrail, &bytes);
        prop_assert_eq!(parsed.lines, picks.len() as u64);
        let whole = picks.iter().filter(|(_, _, how)| *how == 2).count();
        prop_assert_eq!(parsed.events.len(), whole);
    }

    #[test]
    fn a_timeline_is_the_sorted_events_without_repeats(
        picks in vec((0..40_i64, 0..6_usize, 0..3_u8, 0..3_u8, 0..3_u8, any::<bool>()), 0..40),
    ) {
        let events: Vec<_> = picks.into_iter().map(|(second, id, key, ip, object, has)| {
            let ip = format!("192.0.2.{ip}");
            let mut event = event(second, &format!("k{key}"), &ip, &format!("o{object}"), 7);
            event.event_id.0 = ["a", "b", "ab", "request-1", "request-2", "request-22"][id].into();
            if has {
                event.access_key_id = None;
                event.account = Some(format!("a{key}"));
                event.object = None;
                event.request_id = Some(format!("r{object}"));
            }
            event
        }).collect();
        let mut timeline = Timeline::default();
        events.iter().for_each(|event| timeline.add(&EventView::from(event)));
        let sorted = sort_and_dedup(events);
        let mut held = Vec::new();
        timeline.in_order(|event| {
            held.push(event.clone());
            true
        });
        let keys: std::collections::HashSet<_> =
            sorted.iter().filter_map(|event| event.access_key_id.as_ref()).collect();
        prop_assert_eq!(timeline.keys(), keys.len());
        prop_assert_eq!(held, sorted);
    }

    #[test]
    fn what_is_remembered_between_events_changes_no_alarm_and_no_state(
        steps in vec((0..30_000_i64, 0..2_u8, 0..4_u8, 0..4_usize, 0..5_u8, 0..1_000_000_u64), 1..150),
    ) {
        let mut now = 0;
        let events: Vec<_> = steps.into_iter().zip(0..).map(|((gap, who, from, what, object, bytes), at)| {
            // Some come late, by more than a day.
            now += if gap % 50 == 7 { -gap * 4 } else { gap / (1 + gap % 9) };
            let (key, ip) = (format!("LTAIfake{who}"), format!("192.0.{from}.1"));
            let mut event = event(now + 900_000, &key, &ip, &format!("d{object}/o{bytes}"), bytes);
            event.operation = ["GetObject", "ListObjects", "PutObject", "GetBucketAcl"][what].into();
            event.event_id.0 = at.to_string();
            event
        }).collect();
        let settings = Settings { alarms_per_day: 50.0 };
        let (mut through, mut anew) = (Detector::new(settings), Detector::new(settings));
        for event in &events {
            prop_assert_eq!(through.observe(event), anew.observe(event));
            let id = event.access_key_id.as_ref().unwrap();
            let state = anew.snapshot(id).unwrap();
            let kept = through.snapshot(id).unwrap();
            prop_assert_eq!(&kept, &state);
            anew.restore(id, &state).unwrap();
        }
    }

    #[test]
    fn order_and_repeats_of_delivery_change_no_alarm(
        steps in vec((1..200_000_i64, 0..3_u8, 0..6_u8, 0..5_000_000_000_u64), 1..60),
        seed in any::<u64>(),
    ) {
        let mut now = 0;
        let events: Vec<_> = steps.iter().map(|(gap, who, from, bytes)| {
            now += gap;
            let (key, ip) = (format!("LTAIfake{who}"), format!("192.0.{from}.1"));
            event(now, &key, &ip, &format!("o{bytes}"), *bytes)
        }).collect();
        let mut delivered = events.clone();
        delivered.extend(events.iter().step_by(3).cloned());
        let mut state = seed | 1;
        for at in (1..delivered.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            delivered.swap(at, (state >> 33) as usize % (at + 1));
        }
        let told = alarms(events);
        prop_assert_eq!(&told, &alarms(delivered));
        for alarm in told {
            prop_assert!(alarm.score.is_finite() && !alarm.reasons.is_empty());
            prop_assert!(alarm.event_ids.len() <= 1000);
            prop_assert_eq!(&alarm.first_event_id, &alarm.event_ids[0]);
        }
    }
}

fn alarms(events: Vec<claviger_model::AccessEvent>) -> Vec<Alarm> {
    let mut detector = Detector::new(Settings { alarms_per_day: 50.0 });
    detector.set_leaks(vec![Leak::new(
        key("LTAIfake0"),
        Timestamp::from_second(1_767_225_600 + 1_000_000).unwrap(),
        LeakSource::Public,
    )]);
    sort_and_dedup(events).iter().filter_map(|event| detector.observe(event)).collect()
}
