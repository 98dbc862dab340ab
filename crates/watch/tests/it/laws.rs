//! Laws that hold for any input.

use claviger_model::{Alarm, Leak, LeakSource};
use claviger_watch::{
    Detector, LogFormat, Parsed, Settings, detect, parse, reject_all, sort_and_dedup, unpack,
};
use jiff::Timestamp;
use proptest::{collection::vec, prelude::*, sample::Index};

use super::{event, fixture, key};

/// Samples of every format, good and bad.
const FIXTURES: [&str; 20] = [
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
        let lines = lines();
        let mut bytes = Vec::new();
        for (line, place, byte, how) in picks {
            let mut line = line.get(&lines).clone();
            if !line.is_empty() {
                let at = place.index(line.len());
                match how {
                    0 => line[at] = byte,
                    1 => line.insert(at, byte),
                    2 => line.truncate(at),
                    _ => drop(line.remove(at)),
                }
            }
            bytes.extend_from_slice(&line);
            bytes.push(b'\n');
        }
        check(&bytes);
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
