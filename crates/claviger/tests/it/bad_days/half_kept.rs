//! A service that is killed between the two halves of taking lines in: the history has them, the database does not; and
//! lines that come again when nobody knows them one by one any more.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::client::{Client, rows, text, until};
use super::ingest::{KEY, add_source, line, push};
use super::serve::Serve;

/// Bytes of all files of a folder.
fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let sizes = entries.map(|entry| match entry.metadata().unwrap() {
        metadata if metadata.is_dir() => size(&entry.path()),
        metadata => metadata.len(),
    });
    sizes.sum()
}

/// Begins to write to a database, and waits until its input ends.
const WRITER: &str = "
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=10)
database.execute('BEGIN IMMEDIATE')
print('begun', flush=True)
sys.stdin.read()
";

/// Somebody else who writes to the database, and does not end.
fn lock(database: &Path) -> Child {
    let mut command = Command::new("python3");
    command.args(["-c", WRITER]).arg(database).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut writer = command.spawn().unwrap();
    let said = BufReader::new(writer.stdout.take().unwrap()).lines().next();
    assert_eq!(said.unwrap().unwrap(), "begun");
    writer
}

async fn leaked_since(client: &Client, seen_at: &str) {
    let link = format!("https://example.com/{seen_at}");
    client.leak(&json!({ "access_key_id": KEY, "seen_at": seen_at, "link": link })).await;
}

/// The timeline of the key's risk event.
async fn timeline(client: &Client) -> Value {
    let events = client.get("/api/v1/events").await;
    let event = rows(&events).find(|event| event["access_key_id"] == KEY).unwrap();
    client.get(&format!("/api/v1/events/{}", text(event, "id"))).await["timeline"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_history_has_is_told_when_it_comes_again_whoever_read_the_past_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    leaked_since(&client, "2026-01-01T00:00:00Z").await;
    let (path, sender) = add_source(&client, "rgw").await;
    // Of another stretch of ten minutes, whose line nobody else's request brings.
    let half_kept = line(2).replace("T03:04", "T05:04");
    let send = async |line: &str| {
        let answer = push(&sender, &path, line.into()).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    send(&line(1)).await;
    let (history, database) = ("data/history", "data/claviger.db");
    let (history, database) = (folder.path().join(history), folder.path().join(database));
    let (mut other, before) = (lock(&database), size(&history));
    let (late, to, body) = (sender.clone(), path.clone(), half_kept.clone().into_bytes());
    let unanswered = tokio::spawn(async move { push(&late, &to, body).await });
    until("the history has it", async || (size(&history) > before).then_some(())).await;
    serve.kill();
    assert!(unanswered.await.unwrap().is_err(), "it was answered");
    other.kill().unwrap();
    other.wait().unwrap();
    let client = serve.open().await;
    send(&line(3)).await;
    // Judges the whole past of the key anew.
    leaked_since(&client, "2025-12-31T00:00:00Z").await;
    until("its past is joined", async || {
        let timeline = timeline(&client).await;
        let mut lines = rows(&timeline);
        lines.find(|line| line["details"]["leaked_at"] == "2025-12-31T00:00:00Z").map(drop)
    })
    .await;
    send(&half_kept).await;
    let timeline = timeline(&client).await;
    let used = rows(&timeline).filter(|line| line["kind"] == "used");
    let told: u64 = used.map(|line| line["details"]["requests"].as_u64().unwrap()).sum();
    assert_eq!(told, 3, "{timeline:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_again_far_too_late_beside_what_is_new_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path()).with("CLAVIGER_LATENESS_SECONDS", "600");
    let client = serve.open().await;
    leaked_since(&client, "2026-01-01T00:00:00Z").await;
    let (path, sender) = add_source(&client, "rgw").await;
    let at = |number: usize, time: &str| line(number).replace("2026-01-02T03:04", time);
    let early = at(1, "2026-01-02T05:04");
    let sent = [
        [at(2, "2026-01-03T03:04"), at(3, "2026-01-04T03:04")].concat(),
        early.clone(),
        [early, at(4, "2026-01-02T06:04")].concat(),
    ];
    for lines in sent {
        let answer = push(&sender, &path, lines.into_bytes()).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let events = client.get("/api/v1/events").await;
    let event = rows(&events).find(|event| event["access_key_id"] == KEY).unwrap();
    assert_eq!(event["uses"], 4, "{event:#}");
}
