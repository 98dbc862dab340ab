//! A disk that is really full: a small file system of its own, in a namespace of a child process.

use std::path::Path;
use std::process::Command;

use claviger_history::{History, HistoryError};
use claviger_model::AccessEvent;

use crate::{at, child, event, key};

const KEY: &str = "LTAI5tExampleKeyOfTests1";

const ON_A_SMALL_DISK: &str = "mount -t tmpfs -o size=$0 tmpfs \"$1\" && shift && exec \"$@\"";

/// Whether this machine lets a user make a small disk.
fn can_mount() -> bool {
    let tried = Command::new("unshare")
        .args(["--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"])
        .output();
    tried.is_ok_and(|output| output.status.success())
}

#[test]
fn on_a_full_disk_nothing_is_lost_and_nothing_half_there() {
    if !can_mount() {
        eprintln!("SKIPPED: this machine lets nobody mount a small disk (`unshare --mount`)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let starter =
        ["unshare", "--map-root-user", "--mount", "sh", "-c", ON_A_SMALL_DISK, "3m", path];
    let test = "full_disk::lives_on_a_small_disk";
    let output = child::command(&starter, test, folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "{said}");
}

fn batch(number: u32) -> Vec<AccessEvent> {
    let day = 1 + number % 3;
    let one = |n| event(Some(KEY), &format!("2026-03-0{day}T12:00:00Z"), number * 100 + n);
    (0..100).map(one).collect()
}

/// Appends until the disk is full. Gives how many batches were taken.
fn fill(history: &History, first: u32) -> u32 {
    for number in first.. {
        match history.append(&batch(number)) {
            Ok(()) => {}
            Err(error) => {
                assert!(matches!(error, HistoryError::Full { .. }), "{error:?}");
                assert!(error.hint().contains("free space"), "{}", error.hint());
                return number;
            }
        }
    }
    0
}

fn check(history: &History, batches: u32) {
    let (events, partial) = history.of_key(&key(KEY), None, None, usize::MAX).unwrap();
    assert_eq!((events.len(), partial), (batches as usize * 100, false));
}

/// A history that takes what it can, or says that there is no room.
fn try_upkeep(history: &History) {
    let now = at("2026-03-09T00:00:00Z");
    for outcome in [history.flush(), history.compact(now).map(drop)] {
        assert!(matches!(outcome, Ok(()) | Err(HistoryError::Full { .. })), "{outcome:?}");
    }
}

#[test]
#[ignore = "a child of the test above"]
fn lives_on_a_small_disk() {
    let Some(folder) = child::folder() else { return };
    let (dir, ballast) = (folder.join("history"), folder.join("ballast"));
    std::fs::write(&ballast, vec![1; 3 << 19]).unwrap();
    let history = History::open(&dir).unwrap();
    let taken = fill(&history, 0);
    assert!(taken > 10, "{taken}");
    check(&history, taken);
    assert!(history.flush().is_err());
    check(&history, taken);
    check(&History::open_to_read(&dir).unwrap(), taken);
    try_upkeep(&history);
    check(&history, taken);

    std::fs::remove_file(&ballast).unwrap();
    history.append(&batch(taken)).unwrap();
    let taken = fill(&history, taken + 1);
    try_upkeep(&history);
    check(&history, taken);
    drop(history);
    // The start after a full disk: with what is there, or with the reason.
    open_full(&dir, taken);
}

fn open_full(dir: &Path, taken: u32) {
    match History::open(dir) {
        Ok(history) => {
            check(&history, taken);
            try_upkeep(&history);
            check(&history, taken);
            assert!(history.damage().unwrap().is_empty());
        }
        Err(error) => assert!(matches!(error, HistoryError::Full { .. }), "{error:?}"),
    }
    check(&History::open_to_read(dir).unwrap(), taken);
}
