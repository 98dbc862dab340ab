//! The history on bad days: killed while writing, flipped bytes, a full disk.

use std::path::{Path, PathBuf};

use claviger_history::History;

use crate::{at, event, ids, key};

const KEY: &str = "LTAI5tExampleKeyOfTests1";

/// The one file of the write-ahead log.
fn wal(dir: &Path) -> PathBuf {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(dir.join("wal")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

/// A history of three events in the write-ahead log; gives the file and where each append ends.
fn three_events(dir: &Path) -> (PathBuf, Vec<usize>) {
    let history = History::open(dir).unwrap();
    let file = wal(dir);
    let mut ends = Vec::new();
    for number in 1..=3 {
        history.append(&[event(Some(KEY), "2026-03-31T12:00:00Z", number)]).unwrap();
        ends.push(usize::try_from(file.metadata().unwrap().len()).unwrap());
    }
    (file, ends)
}

/// A copy of a history whose log is `wal`.
fn with_wal(of: &Path, wal: &[u8]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("wal")).unwrap();
    std::fs::copy(of.join("manifest"), dir.path().join("manifest")).unwrap();
    let name = self::wal(of).file_name().unwrap().to_owned();
    std::fs::write(dir.path().join("wal").join(name), wal).unwrap();
    dir
}

#[test]
fn a_tail_torn_at_any_byte_costs_only_the_unfinished_append() {
    let first = tempfile::tempdir().unwrap();
    let (file, ends) = three_events(first.path());
    let whole = std::fs::read(&file).unwrap();
    for cut in ends[1]..ends[2] {
        let dir = with_wal(first.path(), &whole[..cut]);
        let history = History::open(dir.path()).unwrap();
        let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
        assert_eq!(ids(&events), ["event-0001", "event-0002"], "cut at {cut}");
        assert!(!partial, "cut at {cut}");
        history.append(&[event(Some(KEY), "2026-03-31T12:00:00Z", 4)]).unwrap();
        let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
        assert_eq!(ids(&events), ["event-0001", "event-0002", "event-0004"], "cut at {cut}");
        assert!(!partial, "cut at {cut}");
        drop(history);
        let history = History::open(dir.path()).unwrap();
        let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
        assert_eq!((events.len(), partial), (3, false), "cut at {cut}");
        assert!(history.damage().unwrap().is_empty());
    }
}

#[test]
fn an_append_is_there_as_a_whole_or_not_at_all() {
    let first = tempfile::tempdir().unwrap();
    let history = History::open(first.path()).unwrap();
    let file = wal(first.path());
    let one = event(Some(KEY), "2026-03-31T12:00:00Z", 0);
    history.append(std::slice::from_ref(&one)).unwrap();
    let before = usize::try_from(file.metadata().unwrap().len()).unwrap();
    // Several blocks in one append.
    let many: Vec<_> = (1..9_000).map(|n| event(Some(KEY), "2026-03-31T12:00:00Z", n)).collect();
    history.append(&many).unwrap();
    drop(history);
    let whole = std::fs::read(&file).unwrap();
    for cut in (before..whole.len()).step_by(41_113).chain([whole.len() - 1]) {
        let dir = with_wal(first.path(), &whole[..cut]);
        let history = History::open(dir.path()).unwrap();
        let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
        assert_eq!((events, partial), (vec![one.clone()], false), "cut at {cut}");
    }
    let history = History::open(first.path()).unwrap();
    assert_eq!(history.of_key(&key(KEY), None, None, 10_000).unwrap().0.len(), 9_000);
}

#[test]
fn a_flipped_byte_costs_one_append_and_is_said_until_somebody_knows() {
    let first = tempfile::tempdir().unwrap();
    let (file, ends) = three_events(first.path());
    let whole = std::fs::read(&file).unwrap();
    // Behind the head of the file, which the next test damages.
    for flipped in (20..whole.len()).step_by(5) {
        let mut bytes = whole.clone();
        bytes[flipped] ^= 0x55;
        let dir = with_wal(first.path(), &bytes);
        let history = History::open(dir.path()).unwrap();
        let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
        assert_eq!(events.len(), 2, "flipped at {flipped}");
        assert_eq!(partial, flipped < ends[1], "flipped at {flipped}");
        assert_eq!(history.damage().unwrap().len(), usize::from(partial));
        history.append(&[event(Some(KEY), "2026-03-31T12:00:00Z", 4)]).unwrap();
        history.flush().unwrap();
        let (events, still) = history.of_key(&key(KEY), None, None, 10).unwrap();
        assert_eq!((events.len(), still), (3, partial), "flipped at {flipped}");
        for damage in history.damage().unwrap() {
            assert!(dir.path().join(damage.moved_to.unwrap()).exists(), "flipped at {flipped}");
        }
        drop(history);
        let history = History::open(dir.path()).unwrap();
        assert_eq!(history.of_key(&key(KEY), None, None, 10).unwrap().1, partial);
        history.forget_damage().unwrap();
        assert!(!history.of_key(&key(KEY), None, None, 10).unwrap().1);
    }
}

#[test]
fn a_log_whose_head_is_damaged_is_moved_aside_and_told() {
    let first = tempfile::tempdir().unwrap();
    let (file, _) = three_events(first.path());
    let mut whole = std::fs::read(&file).unwrap();
    whole[3] ^= 1;
    let dir = with_wal(first.path(), &whole);
    let history = History::open(dir.path()).unwrap();
    let damage = history.damage().unwrap();
    assert_eq!(damage.len(), 1);
    assert_eq!(
        std::fs::read(dir.path().join(damage[0].moved_to.as_ref().unwrap())).unwrap(),
        whole
    );
    assert_eq!(history.of_key(&key(KEY), None, None, 10).unwrap(), (vec![], true));
    history.append(&[event(Some(KEY), "2026-03-31T12:00:00Z", 4)]).unwrap();
    assert_eq!(history.of_key(&key(KEY), None, None, 10).unwrap().0.len(), 1);
}

#[test]
fn killed_while_it_began_for_the_first_time_it_begins_again_and_nothing_is_said() {
    for bytes in [0, 7, 20] {
        let dir = tempfile::tempdir().unwrap();
        drop(History::open(dir.path()).unwrap());
        std::fs::remove_file(dir.path().join("manifest")).unwrap();
        let mut logs = std::fs::read_dir(dir.path().join("wal")).unwrap();
        let log = logs.next().unwrap().unwrap().path();
        std::fs::OpenOptions::new().write(true).open(log).unwrap().set_len(bytes).unwrap();
        let history = History::open(dir.path()).unwrap();
        assert_eq!(history.damage().unwrap(), [], "{bytes}");
        assert_eq!(history.of_key(&key(KEY), None, None, 10).unwrap(), (vec![], false));
    }
}

#[test]
fn a_stretch_of_noise_is_stepped_over() {
    let first = tempfile::tempdir().unwrap();
    let (file, ends) = three_events(first.path());
    let whole = std::fs::read(&file).unwrap();
    let noise: Vec<u8> =
        (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let (head, tail) = whole.split_at(ends[0]);
    let dir = with_wal(first.path(), &[head, &noise, &vec![0; 100_000], tail].concat());
    let history = History::open(dir.path()).unwrap();
    let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
    assert_eq!((events.len(), partial), (3, true));
    assert_eq!(history.damage().unwrap()[0].bytes, 300_000);
    let elsewhere = Some(at("2026-04-02T00:00:00Z"));
    assert!(!history.of_key(&key(KEY), elsewhere, None, 10).unwrap().1, "other days are whole");
}

#[test]
fn an_unreadable_segment_is_moved_aside_and_the_rest_answers() {
    let first = tempfile::tempdir().unwrap();
    let history = History::open(first.path()).unwrap();
    for day in 1..=3 {
        history.append(&[event(Some(KEY), &format!("2026-03-0{day}T12:00:00Z"), day)]).unwrap();
        history.flush().unwrap();
    }
    let folder = first.path().join("segments/day=2026-03-02");
    let segment = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&segment).unwrap();
    drop(history);
    for flipped in (0..whole.len()).step_by(13) {
        let mut bytes = whole.clone();
        bytes[flipped] ^= 0x55;
        let dir = tempfile::tempdir().unwrap();
        copy(first.path(), dir.path());
        let file = dir.path().join(segment.strip_prefix(first.path()).unwrap());
        std::fs::write(&file, &bytes).unwrap();
        let history = History::open(dir.path()).unwrap();
        let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
        if !partial {
            // The length and checksum before a block are told by the index as well.
            assert_eq!(events.len(), 3, "flipped at {flipped}");
            continue;
        }
        assert_eq!(ids(&events), ["event-0001", "event-0003"], "flipped at {flipped}");
        let damage = history.damage().unwrap();
        assert_eq!((damage.len(), damage[0].events), (1, Some(1)), "flipped at {flipped}");
        assert!(dir.path().join(damage[0].moved_to.as_ref().unwrap()).is_file());
        assert!(!file.exists());
        let since = Some(at("2026-03-03T00:00:00Z"));
        assert!(!history.of_key(&key(KEY), since, None, 10).unwrap().1, "other days are whole");
    }
}

#[test]
fn a_reader_leaves_a_damaged_segment_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    history.append(&[event(Some(KEY), "2026-03-01T12:00:00Z", 1)]).unwrap();
    history.flush().unwrap();
    history.append(&[event(Some(KEY), "2026-03-02T12:00:00Z", 2)]).unwrap();
    let folder = dir.path().join("segments/day=2026-03-01");
    let segment = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&segment, "not a segment").unwrap();
    let reader = History::open_to_read(dir.path()).unwrap();
    let (events, partial) = reader.of_key(&key(KEY), None, None, 10).unwrap();
    assert_eq!((ids(&events), partial), (vec!["event-0002"], true));
    assert_eq!(reader.damage().unwrap().len(), 1);
    assert!(segment.exists());
}

#[test]
fn without_a_manifest_the_history_is_found_again_and_it_is_said() {
    for how in ["gone", "cut", "of another version"] {
        let dir = tempfile::tempdir().unwrap();
        let history = History::open(dir.path()).unwrap();
        for day in 1..=3 {
            history.append(&[event(Some(KEY), &format!("2026-03-0{day}T12:00:00Z"), day)]).unwrap();
            history.flush().unwrap();
        }
        history.append(&[event(Some(KEY), "2026-03-04T12:00:00Z", 4)]).unwrap();
        drop(history);
        let manifest = dir.path().join("manifest");
        let text = std::fs::read(&manifest).unwrap();
        match how {
            "gone" => std::fs::remove_file(&manifest).unwrap(),
            "cut" => std::fs::write(&manifest, &text[..text.len() / 2]).unwrap(),
            _ => {
                let body =
                    String::from_utf8(text).unwrap().replace("\"version\":1", "\"version\":9");
                std::fs::write(&manifest, body).unwrap();
            }
        }
        let reader = History::open_to_read(dir.path()).unwrap();
        assert_eq!(reader.of_key(&key(KEY), None, None, 10).unwrap().0.len(), 4, "{how}");
        let history = History::open(dir.path()).unwrap();
        let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
        assert_eq!((events.len(), partial), (4, false), "{how}");
        assert!(history.damage().unwrap()[0].why.contains("manifest"), "{how}");
    }
}

#[test]
fn what_a_killed_process_left_half_done_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path()).unwrap();
    history.append(&[event(Some(KEY), "2026-03-01T12:00:00Z", 1)]).unwrap();
    history.flush().unwrap();
    drop(history);
    let left = [
        "segments/day=2026-03-01/0000000077.segment",
        "wal/0000000078.wal",
        "days/day=2026-02-01/0000000079.parquet",
        "manifest.new",
    ];
    for name in left {
        std::fs::create_dir_all(dir.path().join(name).parent().unwrap()).unwrap();
        std::fs::write(dir.path().join(name), "half").unwrap();
    }
    let history = History::open(dir.path()).unwrap();
    assert_eq!(history.of_key(&key(KEY), None, None, 10).unwrap().0.len(), 1);
    for name in left {
        assert!(!dir.path().join(name).exists(), "{name}");
    }
    assert!(history.damage().unwrap().is_empty());
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("file");
    std::fs::write(&blocked, "").unwrap();
    let error = History::open(&blocked).unwrap_err();
    assert!(error.to_string().contains("cannot open the history"), "{error}");
    assert!(error.hint().contains("folder"), "{}", error.hint());
}
