//! The OSS bucket log.

use claviger_watch::{LogFormat, detect};

use super::{fixture, key, read};

#[test]
fn lines_of_every_age_are_read() {
    let parsed = read(LogFormat::Oss, "oss/basic.log");
    assert_eq!(parsed.rejects, []);
    let keys: Vec<Option<&str>> = parsed
        .events
        .iter()
        .map(|event| event.access_key_id.as_ref().map(|id| id.as_str()))
        .collect();
    assert_eq!(
        keys,
        [
            Some("LTAI5tFAKEFAKEFAKE000001"),
            Some("STS.NUfakeFAKEfakeFAKEfake01"),
            None,
            None,
            Some("LTAI5tFAKEFAKEFAKE000002"),
        ]
    );
    insta::assert_json_snapshot!(parsed.events);
}

#[test]
fn the_zone_is_the_lines_own() {
    let parsed = read(LogFormat::Oss, "oss/basic.log");
    let times: Vec<String> =
        parsed.events.iter().map(|event| event.time.to_string()).take(3).collect();
    assert_eq!(times, ["2026-01-03T06:59:49Z", "2026-01-03T07:00:01Z", "2026-01-03T07:00:02Z"]);
}

#[test]
fn a_clients_quotes_cannot_shift_the_key() {
    let parsed = read(LogFormat::Oss, "oss/clients_text.log");
    assert_eq!(parsed.rejects, []);
    for event in &parsed.events {
        assert_eq!(event.access_key_id, Some(key("LTAI5tFAKEFAKEFAKE000003")));
        assert_eq!(event.status, Some(200));
        assert_eq!(event.bytes_out, Some(10));
    }
    assert_eq!(parsed.events[0].object.as_deref(), Some("q\"uote\"s"));
    assert_eq!(parsed.events[1].user_agent.as_deref(), Some("backtick agent"));
}

#[test]
fn fields_appended_later_are_skipped() {
    let parsed = read(LogFormat::Oss, "oss/unknown_version.log");
    let event = &parsed.events[0];
    assert_eq!(event.access_key_id, Some(key("LTAI5tFAKEFAKEFAKE000001")));
    assert_eq!((event.bytes_out, event.bytes_in, event.status), (None, None, Some(206)));
}

#[test]
fn a_broken_line_costs_itself_alone() {
    let parsed = read(LogFormat::Oss, "oss/recoverable_errors.log");
    assert_eq!(parsed.events.len(), 1);
    let lines: Vec<u64> = parsed.rejects.iter().map(|reject| reject.line).collect();
    assert_eq!(lines, [3, 4, 5]);
    let bytes = fixture("oss/recoverable_errors.log");
    let last = &parsed.rejects[2];
    assert_eq!(&bytes[last.start as usize..last.end as usize], b"not a log line");
}

#[test]
fn the_signature_of_a_signed_address_is_not_kept() {
    let parsed = read(LogFormat::Oss, "oss/basic.log");
    let kept = serde_json::to_string(&parsed.events).unwrap();
    assert!(!kept.contains("c2lnbmF0dXJlZmFrZQ") && !kept.contains("Signature"));
}

#[test]
fn the_format_is_recognised_by_its_lines() {
    for name in ["basic", "clients_text", "unknown_version", "recoverable_errors"] {
        assert_eq!(detect(&fixture(&format!("oss/{name}.log"))), Some(LogFormat::Oss), "{name}");
    }
    for name in ["unrelated/letter.txt", "unrelated/records.jsonl"] {
        assert_eq!(detect(&fixture(name)), None, "{name}");
    }
    assert_eq!(detect(b""), None);
}
