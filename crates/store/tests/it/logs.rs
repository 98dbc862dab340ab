//! Laws of log files, seen events, profiles, settings and the allowlist.

use std::collections::HashSet;

use claviger_model::EventId;
use claviger_store::{
    AllowlistEntry, LogFile, LogTotals, Reject, Store, allowlist, log_files, profiles, rejects,
    seen_events, settings,
};
use proptest::prelude::Strategy;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::sample::{at, key};

pub(crate) async fn an_event_is_new_once(store: Store) {
    let mut c = store.write().await.unwrap();
    assert_eq!(seen_events::insert_new(&mut c, &[], at(0)).await.unwrap(), [false; 0]);
    let mut runner = TestRunner::deterministic();
    let batches = proptest::collection::vec(0..900_u32, 0..1_300);
    let mut seen = HashSet::new();
    for _ in 0..6 {
        let numbers = batches.new_tree(&mut runner).unwrap().current();
        let events: Vec<_> =
            numbers.iter().map(|number| EventId(format!("event '{number}'"))).collect();
        let expected: Vec<_> = numbers.iter().map(|number| seen.insert(*number)).collect();
        let new = seen_events::insert_new(&mut c, &events, at(1)).await.unwrap();
        assert_eq!(new, expected);
    }
    let late = [EventId("late".to_owned())];
    seen_events::insert_new(&mut c, &late, at(10)).await.unwrap();
    seen_events::prune(&mut c, at(10)).await.unwrap();
    assert_eq!(seen_events::insert_new(&mut c, &late, at(11)).await.unwrap(), [false]);
    let forgotten = *seen.iter().next().unwrap();
    let forgotten = [EventId(format!("event '{forgotten}'"))];
    assert_eq!(seen_events::insert_new(&mut c, &forgotten, at(11)).await.unwrap(), [true]);
}

pub(crate) async fn equal_events_at_once_are_new_to_one_of_them(store: Store) {
    let mut readers = Vec::new();
    for reader in 0..6 {
        let store = store.clone();
        readers.push(tokio::spawn(async move {
            let mut events: Vec<_> =
                (0..1_200).map(|number| EventId(format!("event {number}"))).collect();
            // Each delivers in another order; none may wait for another for ever.
            events.rotate_left(reader * 200);
            let mut tx = store.write().await.unwrap();
            let new = seen_events::insert_new(&mut tx, &events, at(1)).await.unwrap();
            tx.commit().await.unwrap();
            new.into_iter().filter(|new| *new).count()
        }));
    }
    let mut new = 0;
    for reader in readers {
        new += reader.await.unwrap();
    }
    assert_eq!(new, 1_200);
}

pub(crate) async fn a_log_file_is_counted_once(store: Store) {
    let mut c = store.write().await.unwrap();
    assert_eq!(log_files::totals(&mut c, "oss").await.unwrap(), LogTotals::default());
    let mut file = LogFile {
        source: "oss".to_owned(),
        name: "logs/2026-11-23-01".to_owned(),
        etag: "e1".to_owned(),
        bytes: 900,
        lines: 10,
        events: 8,
        rejected: 2,
        read_at: at(1),
    };
    log_files::insert(&mut c, &file).await.unwrap();
    assert_eq!(log_files::get(&mut c, "oss", &file.name).await.unwrap(), Some(file.clone()));
    // It grew and was read again.
    file.etag = "e2".to_owned();
    file.lines = 12;
    file.events = 10;
    file.read_at = at(2);
    log_files::insert(&mut c, &file).await.unwrap();
    let mut second = file.clone();
    second.name = "logs/2026-11-23-02".to_owned();
    second.read_at = at(1);
    log_files::insert(&mut c, &second).await.unwrap();
    let mut foreign = file.clone();
    foreign.source = "another".to_owned();
    log_files::insert(&mut c, &foreign).await.unwrap();

    let expected = LogTotals {
        files: 2,
        lines: 24,
        events: 20,
        rejected: 4,
        latest_name: Some(second.name.clone()),
        read_at: Some(at(2)),
    };
    assert_eq!(log_files::totals(&mut c, "oss").await.unwrap(), expected);
    let after = log_files::names_after(&mut c, "oss", &file.name).await.unwrap();
    assert_eq!(after, [(second.name, "e2".to_owned())]);
    assert_eq!(log_files::names_after(&mut c, "oss", "").await.unwrap().len(), 2);
}

pub(crate) async fn a_rejected_line_is_kept_by_reference(store: Store) {
    let mut c = store.write().await.unwrap();
    for (source, name, line) in [("oss", "a", 1), ("oss", "a", 7), ("oss", "b", 2), ("x", "a", 3)] {
        for why in ["first try", "no time in the line"] {
            rejects::insert(&mut c, source, name, line, line * 100, line * 100 + 50, why)
                .await
                .unwrap();
        }
    }
    let kept = rejects::list(&mut c, Some("oss"), 2).await.unwrap();
    let reject = |name: &str, line: u64| Reject {
        source: "oss".to_owned(),
        name: name.to_owned(),
        line,
        start: line * 100,
        end: line * 100 + 50,
        why: "no time in the line".to_owned(),
    };
    assert_eq!(kept, [reject("b", 2), reject("a", 7)]);
    assert_eq!(rejects::list(&mut c, None, 10).await.unwrap().len(), 4);
}

pub(crate) async fn a_profile_and_a_setting_are_replaced(store: Store) {
    let mut c = store.write().await.unwrap();
    let id = key("LTAI01");
    assert_eq!(profiles::get(&mut c, &id).await.unwrap(), None);
    assert_eq!(settings::get(&mut c, "name").await.unwrap(), None);
    for text in ["one", "two"] {
        profiles::put(&mut c, &id, text, at(1)).await.unwrap();
        settings::set(&mut c, "name", text).await.unwrap();
        assert_eq!(profiles::get(&mut c, &id).await.unwrap().as_deref(), Some(text));
        assert_eq!(settings::get(&mut c, "name").await.unwrap().as_deref(), Some(text));
    }
}

pub(crate) async fn the_allowlist_is_for_one_key_or_for_all(store: Store) {
    let mut c = store.write().await.unwrap();
    let entry = |id: &str, access_key_id: Option<&str>, uri: &str, seconds| AllowlistEntry {
        id: id.to_owned(),
        access_key_id: access_key_id.map(key),
        uri: uri.to_owned(),
        reason: "a \"test\" fixture".to_owned(),
        by: "anna".to_owned(),
        at: at(seconds),
    };
    let one = entry("1", Some("LTAI01"), "oss://b/it's", 1);
    let all = entry("2", None, "oss://b/docs", 2);
    for entry in [&one, &all, &one] {
        allowlist::insert(&mut c, entry).await.unwrap();
    }
    let (mine, other) = (key("LTAI01"), key("LTAI02"));
    for (id, uri, expected) in [
        (Some(&mine), "oss://b/it's", true),
        (Some(&other), "oss://b/it's", false),
        (None, "oss://b/it's", false),
        (Some(&other), "oss://b/docs", true),
        (None, "oss://b/docs", true),
        (Some(&mine), "oss://b/other", false),
    ] {
        assert_eq!(allowlist::contains(&mut c, id, uri).await.unwrap(), expected, "{id:?} {uri}");
    }
    assert_eq!(allowlist::list(&mut c).await.unwrap(), [all, one]);
    allowlist::remove(&mut c, "2").await.unwrap();
    assert!(!allowlist::contains(&mut c, None, "oss://b/docs").await.unwrap());
}
