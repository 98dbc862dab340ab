//! Appending and reading on good days.

use claviger_history::{History, HistoryError};
use proptest::prelude::*;

use crate::{at, event, ids, key};

const KEY: &str = "LTAI5tExampleKeyOfTests1";

#[test]
fn an_event_comes_back_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let stored = event(Some(KEY), "2026-03-31T14:02:11.123456Z", 1);
    History::open(dir.path()).unwrap().append(std::slice::from_ref(&stored)).unwrap();
    let (events, partial) =
        History::open(dir.path()).unwrap().of_key(&key(KEY), None, None, 10).unwrap();
    assert_eq!(events, [stored]);
    assert!(!partial);
}

#[test]
fn events_come_in_order_and_each_once_across_days_and_appends() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    let late = event(Some(KEY), "2026-04-01T00:00:00Z", 3);
    let early = event(Some(KEY), "2026-03-31T23:59:59.999Z", 2);
    let same_time = event(Some(KEY), "2026-04-01T00:00:00Z", 1);
    history.append(&[late.clone(), early.clone()]).unwrap();
    history.append(&[late, same_time, early]).unwrap();
    let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
    assert_eq!(ids(&events), ["event-0002", "event-0001", "event-0003"]);
    assert!(!partial);
}

#[test]
fn only_the_asked_key_and_stretch_is_given() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    let events: Vec<_> = (0..600)
        .map(|n| event(Some(&format!("LTAI5tKey{}", n % 300)), "2026-03-31T12:00:00Z", n))
        .chain([event(None, "2026-03-31T12:00:00Z", 900)])
        .chain([event(Some(KEY), "2026-03-30T12:00:00Z", 901)])
        .chain([event(Some(KEY), "2026-03-31T12:00:00Z", 902)])
        .chain([event(Some(KEY), "2026-04-01T12:00:00Z", 903)])
        .collect();
    history.append(&events).unwrap();
    let of = |since: Option<&str>, until: Option<&str>| {
        history.of_key(&key(KEY), since.map(at), until.map(at), 10).unwrap().0
    };
    assert_eq!(ids(&of(None, None)), ["event-0901", "event-0902", "event-0903"]);
    assert_eq!(ids(&of(Some("2026-03-31T12:00:00Z"), None)), ["event-0902", "event-0903"]);
    assert_eq!(ids(&of(None, Some("2026-03-31T12:00:00Z"))), ["event-0901"]);
    let (events, _) = history.of_key(&key("LTAI5tKey7"), None, None, 10).unwrap();
    assert_eq!(ids(&events), ["event-0007", "event-0307"]);
}

#[test]
fn of_too_many_events_the_latest_are_given_and_it_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    let events: Vec<_> = (1..=9)
        .map(|n| event(Some(KEY), &format!("2026-03-{:02}T12:00:00Z", 10 + n / 3), n))
        .collect();
    history.append(&events).unwrap();
    let (events, partial) = history.of_key(&key(KEY), None, None, 4).unwrap();
    assert_eq!(ids(&events), ["event-0006", "event-0007", "event-0008", "event-0009"]);
    assert!(partial);
    let (events, partial) = history.of_key(&key(KEY), None, None, 9).unwrap();
    assert_eq!((events.len(), partial), (9, false));
}

#[test]
fn a_key_without_events_has_an_empty_past() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path().join("made/if/need/be")).unwrap();
    assert_eq!(history.of_key(&key(KEY), None, None, 10).unwrap(), (vec![], false));
    assert!(history.damage().unwrap().is_empty());
}

#[test]
fn writers_on_many_threads_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4_u32 {
            let history = &history;
            scope.spawn(move || {
                for n in 0..25 {
                    let event = event(Some(KEY), "2026-03-31T12:00:00Z", thread * 100 + n);
                    history.append(&[event]).unwrap();
                }
            });
        }
    });
    let (events, partial) = history.of_key(&key(KEY), None, None, 1_000).unwrap();
    assert_eq!((events.len(), partial), (100, false));
    assert!(history.bytes().unwrap() > 100 * 100);
}

#[test]
fn a_second_writer_is_refused_and_a_reader_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    history.append(&[event(Some(KEY), "2026-03-31T12:00:00Z", 1)]).unwrap();
    let error = History::open(dir.path()).unwrap_err();
    assert!(matches!(error, HistoryError::Occupied { .. }), "{error:?}");
    let reader = History::open_to_read(dir.path()).unwrap();
    let of = || ids(&reader.of_key(&key(KEY), None, None, 9).unwrap().0).join(" ");
    assert_eq!(of(), "event-0001");
    history.append(&[event(Some(KEY), "2026-03-31T12:00:00Z", 2)]).unwrap();
    assert_eq!(of(), "event-0001 event-0002");
    history.flush().unwrap();
    history.append(&[event(Some(KEY), "2026-03-31T12:00:00Z", 3)]).unwrap();
    assert_eq!(of(), "event-0001 event-0002 event-0003");
    let refused = reader.append(&[event(None, "2026-03-31T12:00:00Z", 3)]).unwrap_err();
    assert!(matches!(refused, HistoryError::OpenToRead { .. }), "{refused:?}");
}

#[test]
fn of_an_event_that_comes_twice_the_later_form_stands() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    for status in [200, 403, 500] {
        let mut one = event(Some(KEY), "2026-03-31T12:00:00Z", 1);
        one.status = Some(status);
        history.append(&[one]).unwrap();
        let (events, _) = history.of_key(&key(KEY), None, None, 9).unwrap();
        assert_eq!(events.iter().map(|event| event.status).collect::<Vec<_>>(), [Some(status)]);
        history.flush().unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_is_read_is_what_was_appended(
        numbers in prop::collection::vec((0_u32..40, 1_u32..28, 0_usize..3), 0..60),
        limit in 1_usize..50,
    ) {
        let keys = ["AKIAEXAMPLEEXAMPLE01", "LTAI5tAnother", KEY];
        let dir = tempfile::tempdir().unwrap();
        let history = History::open(dir.path()).unwrap();
        // The same number is the same request: same day, same key.
        let events: Vec<_> = numbers
            .iter()
            .map(|(n, _, _)| {
                event(Some(keys[*n as usize % 3]), &format!("2026-02-{:02}T01:00:00Z", n % 5 + 1), *n)
            })
            .collect();
        for part in events.chunks(7) {
            history.append(part).unwrap();
        }
        let mut expected: Vec<_> =
            events.iter().filter(|event| event.access_key_id == Some(key(KEY))).cloned().collect();
        expected.sort_by(|a, b| (a.time, &a.event_id).cmp(&(b.time, &b.event_id)));
        expected.dedup_by(|a, b| a.event_id == b.event_id);
        let cut = expected.len().saturating_sub(limit);
        let (read, partial) = history.of_key(&key(KEY), None, None, limit).unwrap();
        // More than the limit on the newest days may stop the reading before the oldest day.
        prop_assert_eq!(ids(&read), ids(&expected[cut..]));
        prop_assert_eq!(partial, cut > 0);
    }
}

#[test]
fn segments_of_before_blocks_were_compressed_are_read_and_merged_as_any() {
    const OWNER: &str = "LTAI5tFAKEFAKEFAKE000001";
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("segments/day=2026-03-01");
    std::fs::create_dir_all(&folder).unwrap();
    let whole_blocks = include_bytes!("../fixtures/whole-blocks.segment");
    std::fs::write(folder.join("0000000003.segment"), whole_blocks).unwrap();
    let history = History::open(dir.path()).unwrap();
    let former: Vec<_> =
        (1..=3).map(|n| event(Some(OWNER), &format!("2026-03-01T12:00:0{n}Z"), n)).collect();
    let read = || history.of_key(&key(OWNER), None, None, 10).unwrap().0;
    assert_eq!(read(), former);
    let later = event(Some(OWNER), "2026-03-01T12:00:09Z", 9);
    history.append(std::slice::from_ref(&later)).unwrap();
    history.compact(at("2026-03-09T00:00:00Z")).unwrap();
    assert_eq!(read(), [former, vec![later]].concat());
}
