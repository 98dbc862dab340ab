//! The past of a key in numbers.

use claviger_history::History;

use crate::{at, event, key};

const KEY: &str = "LTAI5tExampleKeyOfTests1";

#[test]
fn a_summary_counts_what_was_done() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    let mut events = Vec::new();
    for n in 0..30 {
        let mut one = event(Some(KEY), &format!("2026-03-{:02}T12:00:00Z", 1 + n / 10), n);
        one.source_ip = Some(format!("203.0.113.{}", n % 3));
        one.object = Some(format!("object {}", n % 7));
        if n % 10 == 0 {
            one.status = Some(403);
            one.operation = "ListBuckets".to_owned();
            (one.object, one.bucket, one.bytes_out) = (None, None, None);
            one.bytes_in = Some(5);
        }
        events.push(one);
    }
    history.append(&events).unwrap();
    history.append(&events[..20]).unwrap();
    let summary = history.summary(&key(KEY), None, None, 2).unwrap();
    assert_eq!(summary.first, Some(at("2026-03-01T12:00:00Z")));
    assert_eq!(summary.last, Some(at("2026-03-03T12:00:00Z")));
    assert_eq!((summary.events, summary.refused), (30, 3));
    assert_eq!((summary.bytes_out, summary.bytes_in), (27 * 3_174, 15));
    assert_eq!(summary.sources.values, 3);
    let most = |name: &str, count| (name.to_owned(), count);
    assert_eq!(summary.sources.most, [most("203.0.113.0", 10), most("203.0.113.1", 10)]);
    assert_eq!(summary.operations.most, [most("GetObject", 27), most("ListBuckets", 3)]);
    assert_eq!((summary.buckets.values, summary.objects.values), (1, 7));
    assert_eq!(summary.objects.most[0].0, "examplebucket/object 1");
    assert!(!summary.is_partial);
    let later = history.summary(&key(KEY), Some(at("2026-03-02T00:00:00Z")), None, 2).unwrap();
    assert_eq!(later.events, 20);
    let nothing = history.summary(&key("LTAI5tNobody"), None, None, 2).unwrap();
    assert_eq!((nothing.events, nothing.first), (0, None));
}

#[test]
fn of_more_values_than_are_counted_the_frequent_ones_are_named_and_the_number_is_near() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    let mut events = Vec::new();
    for n in 0..100_000_u32 {
        let mut one = event(Some(KEY), "2026-03-01T12:00:00Z", n);
        let number = if n % 4 == 0 { 7 } else { n };
        one.object = Some(format!("{number}"));
        events.push(one);
    }
    history.append(&events).unwrap();
    let objects = history.summary(&key(KEY), None, None, 1).unwrap().objects;
    let (name, count) = &objects.most[0];
    assert_eq!(name, "examplebucket/7");
    assert!((25_000 - objects.short_by_max..=25_000).contains(count), "{objects:?}");
    assert!(objects.short_by_max < 10, "{objects:?}");
    assert!((70_000..80_000).contains(&objects.values), "{objects:?}");
}
