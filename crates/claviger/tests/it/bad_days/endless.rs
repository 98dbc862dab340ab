//! A line without an end: what holds it is bounded, it is told, and the next line is read.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use serde_json::{Value, json};

use super::client::{rows, text, until};
use super::ingest::{KEY, line, source};
use super::serve::Serve;

/// A gigabyte.
const ENDLESS: u64 = 1 << 30;

/// What the service may take at most meanwhile, in KiB: a step of a file, and its own.
const PEAK_MAX: u64 = 400 << 10;

/// The most memory that a process ever took, in KiB.
fn peak(serve: &Serve) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", serve.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_a_gigabyte_is_bounded_and_told_and_the_next_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    client.leak(&json!({ "access_key_id": KEY, "seen_at": "2026-01-01T00:00:00Z" })).await;
    let logs = folder.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    let mut file = File::create(logs.join("ops.log")).unwrap();
    file.write_all(line(1).as_bytes()).unwrap();
    // A hole: it takes no room on the disk, and reads as so many zeros.
    file.seek(SeekFrom::Current(i64::try_from(ENDLESS).unwrap())).unwrap();
    file.write_all(format!("\n{}", line(2)).as_bytes()).unwrap();
    let feed = json!({ "kind": "folder", "path": logs });
    let added = client.post("/api/v1/sources", &json!({ "name": "rgw", "feed": feed })).await;
    until("the line after it is read", async || {
        let events = client.get("/api/v1/events").await;
        rows(&events).any(|event| event["access_key_id"] == KEY && event["uses"] == 2).then_some(())
    })
    .await;
    let fared = source(&client, "rgw").await;
    let counted = ["lines", "events", "rejected"].map(|name| fared[name].as_u64().unwrap());
    assert_eq!((counted[0], counted[1]), (counted[1] + counted[2], 2), "{fared}");
    let path = format!("/api/v1/rejects?source={}", text(&added, "id"));
    let rejects = client.get(&path).await;
    let is_told = |one: &Value| one["why"].as_str().is_some_and(|why| why.contains("longer than"));
    assert!(rows(&rejects).any(is_told), "{rejects}");
    let peak = peak(&serve);
    println!("peak memory: {} MiB", peak >> 10);
    assert!(peak < PEAK_MAX, "{} MiB", peak >> 10);
}
