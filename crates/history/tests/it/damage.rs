//! The history on bad days: killed while writing, flipped bytes, a full disk.

use std::path::{Path, PathBuf};

use claviger_history::History;

use crate::{event, ids, key};

const KEY: &str = "LTAI5tExampleKeyOfTests1";

/// A history of three events in one file; gives the file and where each frame ends.
fn three_events(dir: &Path) -> (PathBuf, Vec<usize>) {
    let history = History::open(dir).unwrap();
    let mut ends = Vec::new();
    for number in 1..=3 {
        history.append(&[event(Some(KEY), "2026-03-31T12:00:00Z", number)]).unwrap();
        ends.push(usize::try_from(history.bytes().unwrap()).unwrap());
    }
    let day = dir.join("2026-03-31");
    (std::fs::read_dir(day).unwrap().next().unwrap().unwrap().path(), ends)
}

#[test]
fn a_tail_torn_at_any_byte_costs_only_the_unfinished_event() {
    let dir = tempfile::tempdir().unwrap();
    let (file, ends) = three_events(dir.path());
    let whole = std::fs::read(&file).unwrap();
    for cut in ends[1]..ends[2] {
        std::fs::write(&file, &whole[..cut]).unwrap();
        let history = History::open(dir.path()).unwrap();
        let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
        assert_eq!(ids(&events), ["event-0001", "event-0002"], "cut at {cut}");
        assert!(!partial, "cut at {cut}");
        history.append(&[event(Some(KEY), "2026-03-31T12:00:00Z", 4)]).unwrap();
        let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
        assert_eq!(ids(&events), ["event-0001", "event-0002", "event-0004"], "cut at {cut}");
        assert!(!partial, "cut at {cut}");
    }
}

#[test]
fn the_same_process_survives_a_torn_tail_left_by_another() {
    let dir = tempfile::tempdir().unwrap();
    let (file, ends) = three_events(dir.path());
    let history = History::open(dir.path()).unwrap();
    history.append(&[event(Some(KEY), "2026-03-31T12:00:00Z", 4)]).unwrap();
    let whole = std::fs::read(&file).unwrap();
    for torn in [whole[..ends[1] + 5].to_vec(), [whole.as_slice(), &[9, 0, 0]].concat(), vec![]] {
        let earlier: usize = ends.iter().filter(|end| **end <= torn.len()).count()
            + usize::from(torn.len() > whole.len());
        std::fs::write(&file, &torn).unwrap();
        history.append(&[event(Some(KEY), "2026-03-31T12:00:00Z", 9)]).unwrap();
        let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
        assert_eq!((events.len(), partial), (earlier + 1, false));
        std::fs::write(&file, &whole).unwrap();
    }
}

#[test]
fn a_flipped_byte_costs_one_event_and_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let (file, ends) = three_events(dir.path());
    let whole = std::fs::read(&file).unwrap();
    for flipped in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[flipped] ^= 0x55;
        std::fs::write(&file, &bytes).unwrap();
        let history = History::open(dir.path()).unwrap();
        let (events, partial) = history.of_key(&key(KEY), None, None, 10).unwrap();
        assert_eq!(events.len(), 2, "flipped at {flipped}");
        assert_eq!(partial, flipped < ends[1], "flipped at {flipped}");
        history.append(&[event(Some(KEY), "2026-03-31T12:00:00Z", 4)]).unwrap();
        let (events, _) = history.of_key(&key(KEY), None, None, 10).unwrap();
        assert_eq!(events.len(), 3, "flipped at {flipped}");
    }
}

#[test]
fn a_file_of_noise_is_stepped_over() {
    let dir = tempfile::tempdir().unwrap();
    let (file, _) = three_events(dir.path());
    let whole = std::fs::read(&file).unwrap();
    let noise: Vec<u8> =
        (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    std::fs::write(&file, [&noise, whole.as_slice(), &vec![0; 100_000], &whole].concat()).unwrap();
    let (events, partial) =
        History::open(dir.path()).unwrap().of_key(&key(KEY), None, None, 10).unwrap();
    assert_eq!((events.len(), partial), (3, true));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_with_the_way_out_and_harms_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (file, _) = three_events(dir.path());
    let kept = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("/dev/full", &file).unwrap();
    let history = History::open(dir.path()).unwrap();
    let four = event(Some(KEY), "2026-03-31T12:00:00Z", 4);
    let error = history.append(std::slice::from_ref(&four)).unwrap_err();
    assert!(error.is_full(), "{error:?}");
    assert!(error.hint().contains("free space"), "{}", error.hint());
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, kept).unwrap();
    history.append(&[four]).unwrap();
    assert_eq!(history.of_key(&key(KEY), None, None, 10).unwrap().0.len(), 4);
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
