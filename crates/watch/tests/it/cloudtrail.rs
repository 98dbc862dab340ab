//! AWS CloudTrail.

use claviger_watch::{LogFormat, detect, parse, sort_and_dedup};

use super::{fixture, key, read};

#[test]
fn recorded_events_are_read() {
    let parsed = read(LogFormat::CloudTrail, "cloudtrail/basic.jsonl");
    assert_eq!(parsed.rejects, []);
    insta::assert_json_snapshot!(parsed.events);
    assert_eq!(sort_and_dedup(parsed.events).len(), 5, "one event was delivered twice");
}

#[test]
fn a_whole_recorded_run_is_read() {
    let parsed = read(LogFormat::CloudTrail, "cloudtrail/stratus_run.jsonl.gz");
    assert_eq!((parsed.events.len(), parsed.rejects.len()), (300, 0));
}

#[test]
fn odd_addresses_never_fail() {
    let parsed = read(LogFormat::CloudTrail, "cloudtrail/odd_addresses.jsonl");
    assert_eq!(parsed.rejects, []);
    assert!(parsed.events.iter().any(|event| event.source_ip.as_deref() == Some("08.1.250.216")));
}

#[test]
fn a_delivered_file_counts_its_records_pretty_printed_or_not() {
    let pretty = fixture("cloudtrail/records.json");
    let value: serde_json::Value = serde_json::from_slice(&pretty).unwrap();
    let single = parse(LogFormat::CloudTrail, value.to_string().as_bytes());
    let parsed = read(LogFormat::CloudTrail, "cloudtrail/records.json");
    assert_eq!(parsed.lines, 8);
    assert_eq!(parsed.events, single.events);
    let why: Vec<&str> = parsed.rejects.iter().map(|reject| reject.why.as_str()).collect();
    assert_eq!(why, ["there is no `eventName`"; 2]);
    let event = &parsed.events[1];
    assert_eq!(event.time.to_string(), "2024-11-25T22:00:58Z");
    assert_eq!((event.bytes_in, event.bytes_out), (Some(249), Some(0)));
    assert_eq!(event.bucket.as_deref(), Some("sample-cloudtrail-bucket-name"));
}

#[test]
fn a_file_cut_off_in_the_middle_keeps_what_came_before() {
    let whole = fixture("cloudtrail/records.json");
    let cut = parse(LogFormat::CloudTrail, &whole[..whole.len() / 2]);
    assert!(!cut.events.is_empty() && !cut.rejects.is_empty());
    assert_eq!((cut.events.len() + cut.rejects.len()) as u64, cut.lines);
}

#[test]
fn what_is_no_event_is_rejected_by_name_and_the_rest_is_read() {
    let parsed = read(LogFormat::CloudTrail, "cloudtrail/recoverable_errors.jsonl");
    let ids: Vec<&str> = parsed.events.iter().map(|event| event.event_id.as_str()).collect();
    assert_eq!(ids, ["e-1", "e-5"]);
    let rejects: Vec<(u64, &str)> =
        parsed.rejects.iter().map(|reject| (reject.line, reject.why.as_str())).collect();
    insta::assert_debug_snapshot!(rejects);
    let last = &parsed.events[1];
    assert_eq!((last.bytes_out, last.bytes_in), (Some(289), Some(17)));
    assert_eq!(last.access_key_id, None);
    assert_eq!(last.user_agent.as_deref(), Some("curl /b?X-Amz-Signature=…"));
    assert_eq!((last.bucket.as_deref(), last.object.as_deref()), (Some("photos"), Some("a/b.jpg")));
    assert_eq!(parsed.events[0].access_key_id, Some(key("AKIAFAKEFAKEFAKE0001")));
}

#[test]
fn the_format_is_recognised_by_its_records() {
    for name in ["basic.jsonl", "records.json", "odd_addresses.jsonl", "recoverable_errors.jsonl"] {
        let bytes = fixture(&format!("cloudtrail/{name}"));
        assert_eq!(detect(&bytes), Some(LogFormat::CloudTrail), "{name}");
    }
    let action_trail = br#"{"eventId":"x","eventName":"PutBucket","serviceName":"Oss",
        "eventTime":"2026-01-01T00:00:00Z","eventSource":"oss-cn-hangzhou.aliyuncs.com"}"#;
    assert_eq!(detect(action_trail), Some(LogFormat::ActionTrail));
}
