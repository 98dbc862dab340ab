//! Files of the history that are torn or damaged: what is whole is read, what is not is told, and the service
//! takes lines as ever.

use std::io::Write;
use std::path::{Path, PathBuf};

use claviger_dial::reqwest::Method;
use claviger_history::History;
use serde_json::json;

use super::client::{Client, rows, until};
use super::ingest::{KEY, add_source, line, push};
use super::serve::Serve;

/// The files of a folder of the history.
fn files(folder: &Path, of: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.join("data/history").join(of)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

async fn started(folder: &Path) -> (Serve, Client) {
    let mut serve = Serve::in_folder(folder);
    let client = serve.open().await;
    client.leak(&json!({ "access_key_id": KEY, "seen_at": "2026-01-01T00:00:00Z" })).await;
    (serve, client)
}

async fn used(client: &Client, times: u64) {
    until(&format!("{times} uses are counted"), async || {
        let events = client.get("/api/v1/events").await;
        let is_it = |event: &&serde_json::Value| {
            event["access_key_id"] == KEY && event["risk_type"] == "access_key_pair_leak"
        };
        rows(&events).find(is_it).filter(|event| event["uses"] == times).map(|_| ())
    })
    .await;
}

/// How many requests of the key `hunt` finds.
fn hunted(folder: &Path) -> usize {
    let data = folder.join("data");
    let ran =
        crate::claviger(&["hunt", KEY, "--format", "jsonl", "--data-dir", data.to_str().unwrap()]);
    ran.stdout.lines().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_the_history_that_was_half_written_costs_nothing_that_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let (mut serve, client) = started(folder.path()).await;
    let (path, sender) = add_source(&client, "rgw").await;
    for number in 0..40 {
        let answer = push(&sender, &path, line(number).into_bytes()).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    serve.kill();
    // The last write was under way: its beginning is there, and then what was on the disk before.
    let log = files(folder.path(), "wal").pop().unwrap();
    let whole = std::fs::read(&log).unwrap();
    let mut torn = std::fs::File::options().append(true).open(&log).unwrap();
    torn.write_all(&whole[whole.len() - 60..whole.len() - 20]).unwrap();
    torn.write_all(&[0; 512]).unwrap();
    serve.start();
    serve.sign_in().await;
    let answer = push(&sender, &path, line(40).into_bytes()).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    used(&client, 41).await;
    assert_eq!(hunted(folder.path()), 41);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_of_the_history_is_told_and_everything_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (mut serve, client) = started(folder.path()).await;
    let (path, sender) = add_source(&client, "rgw").await;
    let lines: String = (0..400).map(line).collect();
    assert_eq!(push(&sender, &path, lines.into_bytes()).await.unwrap().status, 200);
    serve.kill();
    History::open(folder.path().join("data/history")).unwrap().flush().unwrap();
    let segment = files(folder.path(), "segments").pop().unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40].iter_mut().for_each(|byte| *byte ^= 0x5a);
    std::fs::write(&segment, bytes).unwrap();
    serve.start();
    serve.sign_in().await;
    for number in 400..420 {
        let answer = push(&sender, &path, line(number).into_bytes()).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let told = until("it is told", async || {
        let overview = client.get("/api/v1/overview").await;
        rows(&overview["conditions"]).find(|one| one["code"] == "history_damaged").cloned()
    })
    .await;
    assert_eq!(told["place"], json!("history"));
    assert!(told["hint"].as_str().unwrap().contains("quarantine"), "{told}");
    assert!(hunted(folder.path()) >= 20);
    let damage = client.get("/api/v1/history/damage").await;
    assert_eq!(rows(&damage).count(), 1, "{damage}");
    assert!(damage[0]["moved_to"].as_str().unwrap().starts_with("quarantine/"), "{damage}");
    // What was counted of the lost file stays counted.
    let events = client.get("/api/v1/events").await;
    let uses = rows(&events).filter_map(|event| event["uses"].as_u64()).max();
    assert!(uses >= Some(400), "{events}");
    // Somebody knows it.
    let forgotten = client.insist(Method::DELETE, "/api/v1/history/damage", None).await;
    assert_eq!(forgotten.status, 204, "{forgotten:?}");
    let again = client.insist(Method::DELETE, "/api/v1/history/damage", None).await;
    assert_eq!(again.status, 409, "{again:?}");
    let overview = client.get("/api/v1/overview").await;
    assert!(
        rows(&overview["conditions"]).all(|one| one["code"] != "history_damaged"),
        "{overview}"
    );
    assert_eq!(client.get("/api/v1/history/damage").await, json!([]));
    let audit = client.get("/api/v1/audit").await;
    assert!(rows(&audit).any(|entry| entry["act"] == "forget_damage"), "{audit}");
}
