//! Archives on bad days.

use std::path::Path;

use claviger_history::History;

use crate::archive::archives;
use crate::damage::copy;
use crate::{at, event, ids, key};

const KEY: &str = "LTAI5tExampleKeyOfTests1";

/// A history of three days in archives, two keys each.
fn three_days(dir: &Path) {
    let history = History::open(dir).unwrap();
    for day in 1..=3 {
        let time = format!("2026-03-0{day}T12:00:00Z");
        let other = event(Some("AKIAEXAMPLEEXAMPLE01"), &time, day + 10);
        history.append(&[event(Some(KEY), &time, day), other]).unwrap();
    }
    history.compact(at("2026-03-04T00:00:00Z")).unwrap();
}

#[test]
fn a_damaged_archive_is_moved_aside_and_the_rest_answers() {
    let first = tempfile::tempdir().unwrap();
    three_days(first.path());
    let archive = archives(first.path(), "parquet").remove(1);
    let whole = std::fs::read(&archive).unwrap();
    let mut found = 0;
    for flipped in (0..whole.len()).step_by(29) {
        let mut bytes = whole.clone();
        bytes[flipped] ^= 0x55;
        let dir = tempfile::tempdir().unwrap();
        copy(first.path(), dir.path());
        let file = dir.path().join(archive.strip_prefix(first.path()).unwrap());
        std::fs::write(&file, &bytes).unwrap();
        let history = History::open(dir.path()).unwrap();
        let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
        if !partial {
            // What other engines read and the history does not, or the page of the keys.
            assert_eq!(ids(&events), ["event-0001", "event-0002", "event-0003"], "at {flipped}");
            continue;
        }
        found += 1;
        assert_eq!(ids(&events), ["event-0001", "event-0003"], "flipped at {flipped}");
        let damage = history.damage().unwrap();
        assert_eq!((damage.len(), damage[0].events), (1, Some(2)), "flipped at {flipped}");
        assert!(dir.path().join(damage[0].moved_to.as_ref().unwrap()).is_file());
        assert!(!file.exists() && !file.with_extension("index").exists());
        let since = Some(at("2026-03-03T00:00:00Z"));
        assert!(!history.of_key(&key(KEY), since, None, 10).unwrap().1, "other days are whole");
        // What was lost is read again, and the day is whole.
        history.append(&[event(Some(KEY), "2026-03-02T12:00:00Z", 2)]).unwrap();
        history.compact(at("2026-03-04T00:00:00Z")).unwrap();
        history.forget_damage().unwrap();
        let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
        assert_eq!((events.len(), partial), (3, false), "flipped at {flipped}");
    }
    assert!(found > 5, "{found}");
}

#[test]
fn a_damaged_or_lost_index_is_made_again_and_costs_no_event() {
    let first = tempfile::tempdir().unwrap();
    three_days(first.path());
    let index = archives(first.path(), "index").remove(1);
    let whole = std::fs::read(&index).unwrap();
    let flips = (0..whole.len()).step_by(37).map(|flipped| {
        let mut bytes = whole.clone();
        bytes[flipped] ^= 0x55;
        Some(bytes)
    });
    let cut = Some(whole[..whole.len() / 2].to_vec());
    for bytes in flips.chain([cut, Some(Vec::new()), None]) {
        let is_gone = bytes.is_none();
        let dir = tempfile::tempdir().unwrap();
        copy(first.path(), dir.path());
        let file = dir.path().join(index.strip_prefix(first.path()).unwrap());
        match bytes {
            Some(bytes) => std::fs::write(&file, bytes).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        let history = History::open(dir.path()).unwrap();
        let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
        assert_eq!((events.len(), partial), (3, false));
        let damage = history.damage().unwrap();
        assert!(damage.iter().all(|one| one.why.contains("made again")), "{damage:?}");
        assert!(!is_gone || damage.len() == 1, "{damage:?}");
        drop(history);
        let history = History::open(dir.path()).unwrap();
        let all = history.read_all(None, None).unwrap();
        assert_eq!(all.filter(Result::is_ok).count(), 6);
        assert!(damage.is_empty() || std::fs::read(&file).unwrap() == whole);
    }
}

#[test]
fn a_compaction_goes_on_without_what_is_damaged_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    three_days(dir.path());
    let archive = archives(dir.path(), "parquet").remove(1);
    let bytes = std::fs::read(&archive).unwrap();
    std::fs::write(&archive, vec![0; bytes.len()]).unwrap();
    let history = History::open(dir.path()).unwrap();
    history.append(&[event(Some(KEY), "2026-03-02T11:00:00Z", 7)]).unwrap();
    let done = history.compact(at("2026-03-04T00:00:00Z")).unwrap();
    assert_eq!(done.days.len(), 1);
    let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
    assert_eq!((ids(&events), partial), (vec!["event-0001", "event-0007", "event-0003"], true));
    assert_eq!(history.damage().unwrap().len(), 1);
}

#[test]
fn without_a_manifest_archives_are_found_again() {
    let dir = tempfile::tempdir().unwrap();
    three_days(dir.path());
    std::fs::remove_file(dir.path().join("manifest")).unwrap();
    let reader = History::open_to_read(dir.path()).unwrap();
    assert_eq!(reader.of_key(&key(KEY), None, None, 10).unwrap().0.len(), 3);
    let history = History::open(dir.path()).unwrap();
    let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
    assert_eq!((events.len(), partial), (3, false));
    let done = history.compact(at("2026-03-04T00:00:00Z")).unwrap();
    assert!(done.days.is_empty(), "they are what they were");
}
