//! What was done with a key, summed up.

use claviger_model::{AccessEvent, Acl, KeyUsage, Sensitivity};
use claviger_respond::usage::summarize;
use jiff::Timestamp;
use proptest::prelude::*;

use crate::{access, at};

fn sensitivity(bucket: &str, object: Option<&str>) -> (Sensitivity, Option<Acl>) {
    match (bucket, object) {
        (_, Some(object)) if object.ends_with("userdata.csv") => {
            (Sensitivity::S3, Some(Acl::Private))
        }
        ("vault", None) => (Sensitivity::S4, None),
        _ => (Sensitivity::NotAvailable, None),
    }
}

fn summary(events: &[AccessEvent], leaked_at: Option<&str>) -> KeyUsage {
    summarize(events, leaked_at.map(at), sensitivity, false)
}

#[test]
fn only_use_since_the_leak_counts_and_sources_remember_who_was_there_before() {
    let events = [
        access("192.0.2.10", "2026-03-30T10:00:00Z", "old.csv", 200, 1),
        access("192.0.2.10", "2026-03-31T14:00:00Z", "old.csv", 200, 2),
        access("203.0.113.7", "2026-03-31T13:50:00Z", "userdata.csv", 200, 3),
        access("203.0.113.7", "2026-03-31T14:02:11Z", "userdata.csv", 403, 4),
        access("203.0.113.7", "2026-03-31T14:02:11Z", "userdata.csv", 403, 4),
    ];
    let usage = summary(&events, Some("2026-03-31T13:50:00Z"));
    assert_eq!((usage.allowed, usage.denied, usage.bytes_out), (2, 1, 2 * 3_174));
    let known: Vec<_> =
        usage.sources.iter().map(|s| (s.source_ip.as_str(), s.before_leak, s.allowed)).collect();
    assert_eq!(known, [("192.0.2.10", true, 2), ("203.0.113.7", false, 1)]);
    let objects: Vec<_> =
        usage.buckets[0].objects.iter().map(|o| (o.object.as_str(), o.allowed, o.denied)).collect();
    assert_eq!(objects, [("userdata.csv", 1, 1), ("old.csv", 1, 0)]);
    assert_eq!(usage.buckets[0].objects[0].acl.as_deref(), Some("private"));
    assert_eq!(usage.buckets[0].sensitivity, Sensitivity::S3);
}

#[test]
fn without_a_leak_everything_counts_and_nobody_was_there_before() {
    let events = [access("192.0.2.10", "2026-03-30T10:00:00Z", "old.csv", 200, 1)];
    let usage = summary(&events, None);
    assert_eq!(usage.allowed, 1);
    assert!(!usage.sources[0].before_leak);
}

#[test]
fn buckets_come_by_sensitivity_and_then_by_bytes() {
    let in_bucket = |bucket: &str, bytes, number| AccessEvent {
        bucket: Some(bucket.to_owned()),
        bytes_out: Some(bytes),
        ..access("203.0.113.7", "2026-03-31T14:00:00Z", "a", 200, number)
    };
    let events = [in_bucket("big", 9_000, 1), in_bucket("small", 10, 2), in_bucket("vault", 1, 3)];
    let usage = summary(&events, None);
    let order: Vec<_> = usage.buckets.iter().map(|bucket| bucket.bucket.as_str()).collect();
    assert_eq!(order, ["vault", "big", "small"]);
}

#[test]
fn requests_without_address_bucket_or_bytes_are_counted() {
    let bare = AccessEvent {
        source_ip: None,
        bucket: None,
        object: None,
        bytes_out: None,
        user_agent: None,
        ..access("", "2026-03-31T14:00:00Z", "", 200, 1)
    };
    let usage = summary(&[bare], None);
    assert_eq!((usage.allowed, usage.buckets.len(), usage.sources.len()), (1, 0, 1));
    assert_eq!(usage.sources[0].source_ip, "unknown");
}

#[test]
fn that_the_history_holds_more_is_handed_on() {
    assert!(summarize(&[], None, sensitivity, true).partial);
}

proptest! {
    #[test]
    fn the_sums_agree_whatever_the_order(
        rows in prop::collection::vec((0_u8..4, 0_i64..100, 0_u8..4, any::<bool>()), 0..80),
        leak in prop::option::of(0_i64..100),
    ) {
        let events: Vec<AccessEvent> = rows
            .iter()
            .zip(0_u32..)
            .map(|((host, second, object, allowed), number)| AccessEvent {
                time: Timestamp::from_second(*second).unwrap(),
                ..access(
                    &format!("192.0.2.{host}"),
                    "2026-03-31T14:00:00Z",
                    &format!("o{object}"),
                    if *allowed { 200 } else { 403 },
                    number,
                )
            })
            .collect();
        let leaked_at = leak.map(|second| Timestamp::from_second(second).unwrap());
        let usage = summarize(&events, leaked_at, sensitivity, false);
        let since = events.iter().filter(|e| leaked_at.is_none_or(|leak| e.time >= leak)).count();
        prop_assert_eq!(usage.allowed + usage.denied, since as u64);
        let by_bucket: u64 = usage.buckets.iter().map(|b| b.allowed + b.denied).sum();
        prop_assert_eq!(by_bucket, since as u64);
        let by_object: u64 =
            usage.buckets.iter().flat_map(|b| &b.objects).map(|o| o.bytes_out).sum();
        prop_assert_eq!(by_object, usage.bytes_out);
        let by_source: u64 = usage.sources.iter().map(|s| s.allowed + s.denied).sum();
        prop_assert_eq!(by_source, events.len() as u64);
        let mut turned = events;
        turned.reverse();
        prop_assert_eq!(summarize(&turned, leaked_at, sensitivity, false), usage);
    }
}
