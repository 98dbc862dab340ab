//! A writer that is killed at any moment, again and again.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use claviger_history::History;
use claviger_model::AccessEvent;

use crate::{at, child, event};

/// How often the writer is killed.
const RUNS: u64 = 60;

/// Appends, flushes and compacts until it is killed, and tells each append that was carried out.
#[test]
#[ignore = "a child of the test below"]
fn writes_until_it_is_killed() {
    let Some(folder) = child::folder() else { return };
    let history = History::open(folder.join("history")).unwrap();
    let first: u32 = std::fs::read_to_string(folder.join("first")).unwrap().parse().unwrap();
    let mut out = std::io::stdout();
    for batch in first.. {
        history.append(&events(batch)).unwrap();
        writeln!(out, "appended {batch}").unwrap();
        if batch % 3 == 0 {
            history.flush().unwrap();
        }
        if batch % 7 == 0 {
            history.compact(at("2026-03-04T00:00:00Z")).unwrap();
        }
    }
}

/// The events of one append: of several days and keys.
fn events(batch: u32) -> Vec<AccessEvent> {
    let one = |n: u32| {
        let key = format!("LTAI5tKey{}", (batch + n) % 5);
        let time = format!("2026-03-0{}T{:02}:00:00Z", 1 + (batch + n) % 4, batch % 24);
        event(Some(&key), &time, batch * 10 + n)
    };
    (0..=batch % 8).map(one).collect()
}

/// Events by batch; each must be the one that was appended.
fn batches(history: &History) -> BTreeMap<u32, usize> {
    let mut found = BTreeMap::new();
    for read in history.read_all(None, None).unwrap() {
        let read = read.unwrap();
        let number: u32 = read.event_id.as_str().trim_start_matches("event-").parse().unwrap();
        assert_eq!(events(number / 10).get(number as usize % 10), Some(&read));
        *found.entry(number / 10).or_default() += 1;
    }
    found
}

/// Starts the writer and kills it a moment after some appends. Gives the last that it told of.
fn kill_after(folder: &Path, appends: usize, moment: Duration) -> Option<u32> {
    let mut command = child::command::<&str>(&[], "kill::writes_until_it_is_killed", folder);
    let mut writer = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let mut told = lines.map_while(Result::ok).filter_map(|line| {
        // The harness writes before the first without a line's end.
        line.split_once("appended ").and_then(|(_, number)| number.parse().ok())
    });
    let mut last = told.by_ref().take(appends).last();
    std::thread::sleep(moment);
    writer.kill().unwrap();
    last = told.last().or(last);
    writer.wait().unwrap();
    last
}

#[test]
fn whatever_was_appended_survives_a_kill_and_nothing_is_half_there() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("history");
    let (mut next, mut random) = (1_u32, 0x9e37_79b9_7f4a_7c15_u64);
    for run in 0..RUNS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        std::fs::write(folder.path().join("first"), next.to_string()).unwrap();
        let (appends, micros) = ((random >> 33) % 12, (random >> 40) % 4_000);
        let appends = usize::try_from(appends).unwrap();
        let last = kill_after(folder.path(), appends, Duration::from_micros(micros));
        next = last.map_or(next, |last| last + 1);
        // A killed process held the lock until the system took it away.
        let found = batches(&History::open_to_read(&dir).unwrap());
        let opened = History::open(&dir).unwrap();
        assert_eq!(batches(&opened), found, "run {run}");
        for batch in 1..next {
            assert_eq!(found.get(&batch).copied(), Some(events(batch).len()), "run {run}");
        }
        // What was not told of is there as a whole or not at all; there is at most one such.
        let more: Vec<_> = found.range(next..).collect();
        assert!(more.len() <= 1, "run {run}: {more:?}");
        for (batch, count) in more {
            assert_eq!(*count, events(*batch).len(), "run {run}");
        }
        assert_eq!(opened.damage().unwrap(), [], "run {run}");
    }
    assert!(next > 60, "{next} appends");
}
