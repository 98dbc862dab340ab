//! A scan that is killed and goes on.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::claviger;

const PAIR: &str =
    "AccessKeyId: LTAI5tK9qW2mZ7rT4vB8nC3x\nAccessKeySecret: k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U\n";
/// Files of the folder; each takes a while.
const FILES: usize = 60;

/// How often each address was found, in a file of JSON lines whose last may be cut off.
fn found(path: &std::path::Path) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for line in std::fs::read_to_string(path).unwrap_or_default().lines() {
        let Ok(finding) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        *found.entry(finding["location"]["uri"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    found
}

#[test]
fn a_killed_scan_goes_on_loses_nothing_and_repeats_only_behind_its_last_place() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let filler = "a line of plain words, 12 of them, to take some time over\n".repeat(12_000);
    for number in 0..FILES {
        std::fs::write(data.join(format!("{number:03}.txt")), format!("{PAIR}{filler}")).unwrap();
    }
    let (state, out) = (folder.path().join("state"), folder.path().join("out.jsonl"));
    let scan = || {
        let out = std::fs::File::options().append(true).create(true).open(&out).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
        command.args(["scan", "--format", "jsonl", "--state"]).arg(&state).arg(&data);
        command.stdin(Stdio::null()).stdout(out).stderr(Stdio::null());
        command
    };
    let mut child = scan().spawn().unwrap();
    let begun = Instant::now();
    // Killed once a place was written.
    while !state.exists() && begun.elapsed() < Duration::from_secs(60) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = found(&out);
    let saved: serde_json::Value = serde_json::from_slice(&std::fs::read(&state).unwrap()).unwrap();
    let reached = saved["total"]["files"].as_u64().unwrap() as usize;
    assert!(
        reached > 0 && reached < FILES && before.len() >= reached,
        "{reached} {}",
        before.len()
    );
    let status = scan().status().unwrap();
    assert_eq!(status.code(), Some(1));
    let after = found(&out);
    assert_eq!(after.len(), FILES, "nothing is lost");
    let again = after.values().filter(|count| **count > 1).count();
    assert!(again <= before.len() - reached, "{again} were scanned twice");
    let saved: serde_json::Value = serde_json::from_slice(&std::fs::read(&state).unwrap()).unwrap();
    assert_eq!(saved["total"]["files"], FILES);
    assert_eq!(saved["complete"], true);
}

#[test]
fn the_state_of_another_scan_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let text = r#"{"version":1,"asked":"x","fingerprint_key":null,"at":null,"total":{"files":0,
        "bytes":0,"findings":0,"unread":0,"left_out":0},"complete":false}"#;
    std::fs::write(&state, text).unwrap();
    let (state, path) = (state.to_str().unwrap(), folder.path().to_str().unwrap());
    let ran = claviger(&["scan", "--state", state, path]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("another scan"), "{}", ran.stderr);
    for args in [["--format", "jsonl", "-"], ["--format", "sarif", path]] {
        let ran = claviger(&[&["scan", "--state", "/nowhere/state"], args.as_slice()].concat());
        assert_eq!(ran.code, 2, "{}", ran.stderr);
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_scan_notes_its_place_and_says_130() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let filler = "a line of plain words, 12 of them, to take some time over\n".repeat(60_000);
    for number in 0..FILES {
        std::fs::write(data.join(format!("{number:03}.txt")), &filler).unwrap();
    }
    let state = folder.path().join("state");
    let mut child = Command::new(env!("CARGO_BIN_EXE_claviger"))
        .args(["scan", "--state"])
        .args([&state, &data])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !state.exists() {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(5));
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let saved: serde_json::Value = serde_json::from_slice(&std::fs::read(&state).unwrap()).unwrap();
    assert_eq!(saved["complete"], false);
    let ran = claviger(&["scan", "--state", state.to_str().unwrap(), data.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.starts_with(&format!("{FILES} files")), "{}", ran.stderr);
}
