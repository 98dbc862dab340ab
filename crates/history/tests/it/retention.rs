//! What is dropped, what stays, and that it is said.

use claviger_history::{AtLimit, History, Room};
use jiff::SignedDuration;

use crate::archive::archives;
use crate::{at, event, ids, key};

const KEY: &str = "LTAI5tExampleKeyOfTests1";

/// Six days of one event each; the first three are archives.
fn six_days(dir: &std::path::Path) -> History {
    let history = History::open(dir).unwrap();
    for day in 1..=6 {
        history.append(&[event(Some(KEY), &format!("2026-03-0{day}T12:00:00Z"), day)]).unwrap();
        if day == 3 {
            history.compact(at("2026-03-04T00:00:00Z")).unwrap();
        }
    }
    history
}

fn oldest_of(bytes: u64) -> Room {
    Room { bytes, at_limit: AtLimit::DropOldest }
}

fn bytes_of(history: &History) -> u64 {
    history.days().unwrap().iter().map(|day| day.bytes).sum()
}

fn days_dropped(history: &History) -> Vec<String> {
    let stretches = history.dropped().unwrap();
    stretches.iter().map(ToString::to_string).collect()
}

fn left(history: &History) -> String {
    let (events, partial) = history.of_key(&key(KEY), None, None, 99).unwrap();
    assert!(!partial, "what was dropped on purpose is not missing");
    ids(&events).join(" ").replace("event-000", "")
}

#[test]
fn days_that_ended_long_ago_are_dropped_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let history = six_days(dir.path());
    let days = |days: i64| Some(SignedDuration::from_hours(24 * days));
    let retained = history.retain(at("2026-03-06T18:00:00Z"), days(4), None).unwrap();
    let dropped: Vec<String> = retained.dropped.iter().map(ToString::to_string).collect();
    assert_eq!((dropped, retained.rows), (vec!["2026-03-01".to_owned()], 1));
    assert_eq!(left(&history), "2 3 4 5 6");
    assert_eq!(archives(dir.path(), "parquet").len(), 2);
    assert_eq!(archives(dir.path(), "index").len(), 2);
    let again = history.retain(at("2026-03-06T18:00:00Z"), days(4), None).unwrap();
    assert_eq!((again.dropped.len(), again.rows, again.bytes), (0, 0, 0));
    // The third ended a day ago to the second, the fourth did not.
    history.retain(at("2026-03-05T00:00:00Z"), days(1), None).unwrap();
    assert_eq!(left(&history), "4 5 6");
    assert_eq!(days_dropped(&history), ["2026-03-01 to 2026-03-03"]);
    drop(history);
    assert_eq!(left(&History::open(dir.path()).unwrap()), "4 5 6");
}

#[test]
fn the_oldest_days_go_until_the_rest_fits_and_the_present_day_stays() {
    let dir = tempfile::tempdir().unwrap();
    let history = six_days(dir.path());
    history.flush().unwrap();
    let now = at("2026-03-06T18:00:00Z");
    let bytes = bytes_of(&history);
    let retained = history.retain(now, None, Some(oldest_of(bytes))).unwrap();
    assert_eq!((retained.dropped.len(), retained.bytes_left), (0, bytes));
    let retained = history.retain(now, None, Some(oldest_of(bytes - 1))).unwrap();
    assert_eq!((retained.dropped.len(), retained.bytes_over), (1, 0));
    assert_eq!(retained.bytes + retained.bytes_left, bytes);
    assert_eq!(left(&history), "2 3 4 5 6");
    let retained = history.retain(now, None, Some(oldest_of(0))).unwrap();
    assert_eq!(retained.dropped.len(), 4);
    assert!(retained.bytes_over > 0 && retained.bytes_over == retained.bytes_left);
    assert_eq!(left(&history), "6");
    assert!(archives(dir.path(), "parquet").is_empty());
}

#[test]
fn where_recording_stops_the_newest_days_go_but_for_the_last_two() {
    let dir = tempfile::tempdir().unwrap();
    let history = six_days(dir.path());
    history.flush().unwrap();
    let (now, bytes) = (at("2026-03-06T18:00:00Z"), bytes_of(&history));
    let stopped = |bytes| Some(Room { bytes, at_limit: AtLimit::StopRecording });
    assert!(history.retain(now, None, stopped(bytes)).unwrap().dropped.is_empty());
    history.retain(now, None, stopped(bytes - 1)).unwrap();
    assert_eq!(left(&history), "1 2 3 5 6");
    assert_eq!(days_dropped(&history), ["2026-03-04"]);
    // A day later what was the present day is still the one before it.
    history.append(&[event(Some(KEY), "2026-03-07T01:00:00Z", 7)]).unwrap();
    history.flush().unwrap();
    let bytes = bytes_of(&history);
    history.retain(at("2026-03-07T02:00:00Z"), None, stopped(bytes - 1)).unwrap();
    assert_eq!(left(&history), "1 2 3 6 7");
    let retained = history.retain(at("2026-03-07T02:00:00Z"), None, stopped(0)).unwrap();
    assert_eq!(left(&history), "6 7");
    assert!(retained.bytes_over > 0);
    drop(history);
    let again = History::open_to_read(dir.path()).unwrap();
    assert_eq!(days_dropped(&again), ["2026-03-01 to 2026-03-05"]);
}

#[test]
fn what_goes_for_its_age_makes_room_for_what_is_young() {
    let dir = tempfile::tempdir().unwrap();
    let history = six_days(dir.path());
    history.flush().unwrap();
    let all = history.days().unwrap();
    let bytes = all[3..].iter().map(|day| day.bytes).sum();
    let room = Room { bytes, at_limit: AtLimit::StopRecording };
    let age = SignedDuration::from_hours(24 * 2);
    history.retain(at("2026-03-06T18:00:00Z"), Some(age), Some(room)).unwrap();
    assert_eq!(left(&history), "4 5 6");
}

#[test]
fn damage_of_a_day_that_is_kept_stays_known_when_newer_days_go() {
    let dir = tempfile::tempdir().unwrap();
    drop(six_days(dir.path()));
    std::fs::write(&archives(dir.path(), "parquet")[1], "no archive").unwrap();
    let history = History::open(dir.path()).unwrap();
    history.flush().unwrap();
    assert!(history.of_key(&key(KEY), None, None, 99).unwrap().1);
    let room = Room { bytes: bytes_of(&history) - 1, at_limit: AtLimit::StopRecording };
    assert_eq!(
        history.retain(at("2026-03-06T18:00:00Z"), None, Some(room)).unwrap().dropped.len(),
        1
    );
    assert_eq!(history.damage().unwrap().len(), 1);
}

#[test]
fn without_a_bound_nothing_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let history = six_days(dir.path());
    let retained = history.retain(at("2126-03-06T18:00:00Z"), None, None).unwrap();
    assert!(retained.dropped.is_empty());
    assert_eq!(left(&history), "1 2 3 4 5 6");
}

#[test]
fn damage_of_days_that_were_dropped_is_dropped_with_them() {
    let dir = tempfile::tempdir().unwrap();
    drop(six_days(dir.path()));
    let first = archives(dir.path(), "parquet").remove(0);
    std::fs::write(&first, "no archive").unwrap();
    let history = History::open(dir.path()).unwrap();
    assert!(history.of_key(&key(KEY), None, None, 99).unwrap().1);
    let age = SignedDuration::from_hours(3 * 24);
    let retained = history.retain(at("2026-03-06T18:00:00Z"), Some(age), None).unwrap();
    assert_eq!(retained.dropped.len(), 1, "the damaged day has no file any more");
    assert_eq!(left(&history), "3 4 5 6");
    assert!(history.damage().unwrap().is_empty());
}
