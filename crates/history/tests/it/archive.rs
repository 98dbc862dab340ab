//! Days that are over, as Parquet.

use std::path::{Path, PathBuf};

use claviger_history::{AtLimit, Events, History, Room};
use claviger_model::AccessEvent;

use crate::{at, event, ids, key};

const KEY: &str = "LTAI5tExampleKeyOfTests1";

/// The files of all archives, by their ending.
pub(crate) fn archives(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(days) = std::fs::read_dir(dir.join("days")) else { return found };
    for day in days {
        let files = std::fs::read_dir(day.unwrap().path()).unwrap();
        found.extend(files.map(|file| file.unwrap().path()));
    }
    found.retain(|file| file.extension().is_some_and(|own| own == ending));
    found.sort();
    found
}

fn all(events: Events) -> Vec<AccessEvent> {
    events.map(|event| event.unwrap()).collect()
}

#[test]
fn a_day_that_is_over_becomes_one_archive_and_the_present_day_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    for n in 1..=4 {
        history.append(&[event(Some(KEY), &format!("2026-03-0{n}T23:59:59Z"), n)]).unwrap();
        history.append(&[event(Some(KEY), &format!("2026-03-0{n}T00:00:00Z"), n + 10)]).unwrap();
        history.flush().unwrap();
    }
    let done = history.compact(at("2026-03-04T23:59:59Z")).unwrap();
    let days: Vec<String> = done.days.iter().map(ToString::to_string).collect();
    assert_eq!(days, ["2026-03-01", "2026-03-02", "2026-03-03"]);
    assert_eq!((done.rows_before, done.rows), (6, 6));
    assert_eq!(archives(dir.path(), "parquet").len(), 3);
    assert_eq!(archives(dir.path(), "index").len(), 3);
    let held = history.days().unwrap();
    assert_eq!(held.iter().map(|day| day.segments).collect::<Vec<_>>(), [0, 0, 0, 1]);
    assert_eq!(held.iter().map(|day| day.rows).collect::<Vec<_>>(), [2, 2, 2, 2]);
    let (events, partial) = history.of_key(&key(KEY), None, None, 99).unwrap();
    let expected = [11, 1, 12, 2, 13, 3, 14, 4].map(|n| format!("event-{n:04}"));
    assert_eq!((ids(&events), partial), (expected.iter().map(String::as_str).collect(), false));
}

#[test]
fn what_comes_late_joins_its_day_and_repeats_are_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    let now = at("2026-03-04T12:00:00Z");
    let days = ["2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z"];
    let early: Vec<_> = (0..10).map(|n| event(Some(KEY), days[n as usize % 2], n)).collect();
    history.append(&early).unwrap();
    history.compact(now).unwrap();
    let before = archives(dir.path(), "parquet");
    let mut again = early[2].clone();
    again.status = Some(500);
    history.append(&[again, event(Some(KEY), days[0], 77), early[4].clone()]).unwrap();
    let done = history.compact(now).unwrap();
    assert_eq!((done.days.len(), done.rows_before, done.rows), (1, 8, 6));
    let after = archives(dir.path(), "parquet");
    assert_eq!(after.len(), 2);
    assert!(!after.contains(&before[0]), "the day was written anew");
    assert!(after.contains(&before[1]), "the other day stayed as it was");
    let (events, _) = history.of_key(&key(KEY), None, None, 99).unwrap();
    assert_eq!(events.len(), 11);
    let repeated = events.iter().find(|event| event.event_id == early[2].event_id).unwrap();
    assert_eq!(repeated.status, Some(500), "the later form stands");
    assert!(history.compact(now).unwrap().days.is_empty(), "nothing new came");
}

#[test]
fn a_clock_that_goes_back_neither_compacts_nor_forgets() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    history.append(&[event(Some(KEY), "2026-03-01T12:00:00Z", 1)]).unwrap();
    history.compact(at("2026-03-05T12:00:00Z")).unwrap();
    history.append(&[event(Some(KEY), "2026-03-01T11:00:00Z", 2)]).unwrap();
    let earlier = at("2020-01-01T00:00:00Z");
    assert!(history.compact(earlier).unwrap().days.is_empty());
    let age = jiff::SignedDuration::from_hours(24);
    let nothing = Room { bytes: 0, at_limit: AtLimit::DropOldest };
    assert!(history.retain(earlier, Some(age), Some(nothing)).unwrap().dropped.is_empty());
    let (events, partial) = history.of_key(&key(KEY), None, None, 9).unwrap();
    assert_eq!((ids(&events), partial), (vec!["event-0002", "event-0001"], false));
    history.compact(at("2026-03-05T12:00:00Z")).unwrap();
    let (events, partial) = history.of_key(&key(KEY), None, None, 9).unwrap();
    assert_eq!((ids(&events), partial), (vec!["event-0002", "event-0001"], false));
}

#[test]
fn any_stretch_of_a_key_is_found_among_many_keys_pages_and_row_groups() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    // More rows than a row group has, of three large keys among hundreds of small ones.
    let time = |n: u32| format!("2026-03-01T{:02}:{:02}:{:02}Z", n / 3600, n / 60 % 60, n % 60);
    let name = |n: u32| match n % 4 {
        0 => format!("LTAI5tSmall{:03}", n / 4 % 700),
        large => format!("LTAI5tLarge{large}"),
    };
    let events: Vec<_> = (0..80_000_u32).map(|n| event(Some(&name(n)), &time(n), n)).collect();
    let more: Vec<_> = (0..80_000_u32).map(|n| event(Some(&name(1)), &time(n), n)).collect();
    for part in events.chunks(20_000).chain(more.chunks(20_000)) {
        history.append(part).unwrap();
    }
    history.compact(at("2026-03-02T00:00:00Z")).unwrap();
    drop(history);
    let history = History::open_to_read(dir.path()).unwrap();
    for wanted in ["LTAI5tLarge1", "LTAI5tLarge3", "LTAI5tSmall000", "LTAI5tSmall699", "LTAI5tX"] {
        let mut expected: Vec<&AccessEvent> = events
            .iter()
            .chain(&more)
            .filter(|event| event.access_key_id.as_ref().is_some_and(|k| k.as_str() == wanted))
            .collect();
        expected.sort_by_key(|event| (event.time, &event.event_id));
        expected.dedup_by_key(|event| &event.event_id);
        let wanted = key(wanted);
        let read = all(history.read_key(&wanted, None, None).unwrap());
        assert!(read.iter().eq(expected.iter().copied()), "{wanted}");
        for limit in [1, 5_000] {
            let (latest, partial) = history.of_key(&wanted, None, None, limit).unwrap();
            let cut = expected.len().saturating_sub(limit);
            assert!(latest.iter().eq(expected[cut..].iter().copied()), "{wanted} {limit}");
            assert_eq!(partial, cut > 0);
        }
        let (since, until) = (at("2026-03-01T11:00:00Z"), at("2026-03-01T12:30:00Z"));
        let read = all(history.read_key(&wanted, Some(since), Some(until)).unwrap());
        expected.retain(|event| since <= event.time && event.time < until);
        assert!(read.iter().eq(expected.iter().copied()), "{wanted} in a stretch");
    }
}

#[test]
fn what_is_read_while_it_is_compacted_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    let reader = History::open_to_read(dir.path()).unwrap();
    let day = |n: u32| format!("2026-03-0{}T12:00:00Z", 1 + n % 4);
    let events: Vec<_> = (0..6_000).map(|n| event(Some(KEY), &day(n), n)).collect();
    history.append(&events).unwrap();
    history.flush().unwrap();
    for reading in [&history, &reader] {
        let mut past = reading.read_key(&key(KEY), None, None).unwrap();
        let mut all = reading.read_all(None, None).unwrap();
        let first = (past.next().unwrap().unwrap(), all.next().unwrap().unwrap());
        // Something new in every day, so that every file is replaced while it is read.
        history.append(&events[..4]).unwrap();
        history.compact(at("2026-03-09T00:00:00Z")).unwrap();
        let (mut past, partial) = (past.map(Result::unwrap).collect::<Vec<_>>(), false);
        past.insert(0, first.0);
        let mut all: Vec<AccessEvent> = all.map(Result::unwrap).collect();
        all.insert(0, first.1);
        assert_eq!((past.len(), all.len(), partial), (6_000, 6_000, false));
        assert!(past.is_sorted_by_key(|event| (event.time, event.event_id.clone())));
        assert_eq!(past, all);
    }
    assert!(reader.damage().unwrap().is_empty());
    assert!(history.damage().unwrap().is_empty());
}
