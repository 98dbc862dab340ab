//! Log lines on bad days: the service is killed while they come, they come faster than they can be
//! written, they are bombs or endless. What was answered with 200 is there, once.

use std::io::Write;
use std::time::Duration;

use claviger_dial::reqwest::Method;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::client::{Answer, Client, rows, text, until};
use super::serve::Serve;

/// A leaked key; made up.
pub(crate) const KEY: &str = "AKFAKEINGESTKILL0001";

/// A line of Ceph's operations log.
pub(crate) fn line(number: usize) -> String {
    let second = number / 10 % 60;
    let record = json!({
        "bucket": "examplebucket", "time": format!("2026-01-02T03:04:{second:02}.{:06}Z", number % 10),
        "remote_addr": "192.0.2.7", "user": "leaky", "operation": "get_obj",
        "uri": format!("GET /examplebucket/{number} HTTP/1.1"), "http_status": "200",
        "bytes_sent": 10, "bytes_received": 0, "object_size": 10, "total_time": 1,
        "user_agent": "made up", "trans_id": format!("tx{number:08}"),
        "authentication_type": "Local", "access_key_id": KEY, "temp_url": false,
    });
    format!("{record}\n")
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A source's address and a client that shows its token.
pub(super) async fn add_source(client: &Client, name: &str) -> (String, Client) {
    let body = json!({ "name": name, "feed": { "kind": "push" } });
    let added = client.post("/api/v1/sources", &body).await;
    let mut sender = client.clone();
    sender.token = text(&added, "token");
    (format!("/ingest/{name}"), sender)
}

pub(super) async fn source(client: &Client, name: &str) -> Value {
    let all = client.get("/api/v1/sources").await;
    rows(&all).find(|source| source["name"] == name).unwrap().clone()
}

pub(super) async fn push(sender: &Client, path: &str, body: Vec<u8>) -> Result<Answer, String> {
    sender.send(sender.request(Method::POST, path).body(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_well_outlives_a_kill_and_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    client.leak(&json!({ "access_key_id": KEY, "seen_at": "2026-01-01T00:00:00Z" })).await;
    let (path, sender) = add_source(&client, "rgw").await;
    let (mut answered, mut resent) = (0, 0);
    for batch in 0..60_usize {
        // Four senders at once, each with lines of its own; every tenth batch the service is killed
        // while they send.
        let mut senders = tokio::task::JoinSet::new();
        for part in 0..4 {
            let first = (batch * 4 + part) * 5;
            let body: String = (first..first + 5).map(line).collect();
            let (sender, path) = (sender.clone(), path.clone());
            senders.spawn(async move {
                let mut tries = 0;
                loop {
                    tries += 1;
                    match push(&sender, &path, body.clone().into_bytes()).await {
                        Ok(answer) if answer.status == 200 => break,
                        Ok(answer) => assert!(answer.status >= 429, "{answer:?}"),
                        Err(_) => {}
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                tries - 1
            });
        }
        if batch % 10 == 5 {
            tokio::time::sleep(Duration::from_millis(batch as u64 % 23)).await;
            serve.kill();
            serve.start();
        }
        while let Some(tries) = senders.join_next().await {
            answered += 5;
            resent += tries.unwrap();
        }
    }
    assert!(resent > 0, "no kill hit a sender");
    let event = until("every line is counted", async || {
        let events = client.get("/api/v1/events").await;
        let event = rows(&events).find(|event| event["access_key_id"] == KEY)?.clone();
        (event["uses"] == answered).then_some(event)
    })
    .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let events = client.get("/api/v1/events").await;
    assert_eq!(rows(&events).find(|one| one["id"] == event["id"]).unwrap()["uses"], answered);
    let fared = source(&client, "rgw").await;
    assert_eq!(fared["rejected"], 0);
    assert_eq!(fared["state"], "reading");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_is_too_fast_is_told_when_to_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path()).with("CLAVIGER_INTAKE_MIB", "1");
    let client = serve.open().await;
    let (path, sender) = add_source(&client, "rgw").await;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-length: 1048576\r\n\r\n",
        sender.token
    );
    let mut idle = Vec::new();
    let busy = loop {
        // Somebody announces as much as there is room for, and does not send it.
        let mut stream = TcpStream::connect(serve.listen()).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        idle.push(stream);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let answer = push(&sender, &path, line(1).into_bytes()).await.unwrap();
        if answer.status == 429 {
            break answer;
        }
    };
    assert_eq!(busy.body["code"], "busy");
    let request = sender.request(Method::POST, &path).body(line(1));
    let response = super::client::guard().send(request).await.unwrap();
    assert_eq!(response.headers()["retry-after"], "2");
    drop(idle);
    until("there is room again", async || {
        let answer = push(&sender, &path, line(1).into_bytes()).await.unwrap();
        (answer.status == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_and_endless_lines_are_bounded_and_the_next_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    let (path, sender) = add_source(&client, "rgw").await;
    let zeros = vec![b'0'; 16 << 20];
    // A gigabyte of one line, in a megabyte.
    let bomb = gzip(&zeros).repeat(64);
    let answer = push(&sender, &path, bomb).await.unwrap();
    assert_eq!((answer.status, &answer.body["code"]), (413, &json!("too_large")));
    let request = sender.request(Method::POST, &path).header("content-encoding", "gzip");
    let answer = sender.send(request.body("no gzip")).await.unwrap();
    assert_eq!((answer.status, &answer.body["code"]), (400, &json!("damaged")));
    let request = sender.request(Method::POST, &path).header("content-encoding", "br");
    let answer = sender.send(request.body("x")).await.unwrap();
    assert_eq!((answer.status, &answer.body["code"]), (415, &json!("unknown_encoding")));
    let answer = push(&sender, &path, vec![b'0'; 17 << 20]).await.unwrap();
    assert_eq!(answer.status, 413);
    // One line of 8 MiB is one rejected line.
    let long = [&zeros[..8 << 20], b"\n", line(1).as_bytes()].concat();
    let request = sender.request(Method::POST, &format!("{path}?log_format=ceph"));
    let answer = sender.send(request.body(long)).await.unwrap();
    let counted = ["lines", "events", "rejected"].map(|name| answer.body[name].clone());
    assert_eq!((answer.status, counted), (200, [json!(2), json!(1), json!(1)]));
    let deep = "[".repeat(1 << 20);
    let answer = push(&sender, &path, deep.into_bytes()).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = push(&sender, &path, line(2).into_bytes()).await.unwrap();
    assert_eq!((answer.status, &answer.body["events"]), (200, &json!(1)));
    let fared = source(&client, "rgw").await;
    let number = |name: &str| fared[name].as_u64().unwrap();
    assert_eq!(number("lines"), number("events") + number("rejected"));
    let rejects = client.get(&format!("/api/v1/rejects?source={}", text(&fared, "id"))).await;
    assert_eq!(rows(&rejects).count() as u64, number("rejected"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_ahead_of_a_long_file_counts_once() {
    const LINES: usize = 20_000;
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    client.leak(&json!({ "access_key_id": KEY, "seen_at": "2026-01-01T00:00:00Z" })).await;
    let log = folder.path().join("ops.log");
    let others = |number: usize| line(number).replace(KEY, &format!("AKFAKE{:014}", number % 50));
    // The leaked key is used in the last stretch that is read, behind many lines of others.
    let is_its = |number: usize| number > LINES * 3 / 4 && number.is_multiple_of(100);
    let lines = (0..LINES).map(|n| if is_its(n) { line(n) } else { others(n) });
    std::fs::write(&log, lines.collect::<String>()).unwrap();
    let uses = (0..LINES).filter(|number| is_its(*number)).count();
    let feed = json!({ "kind": "folder", "path": log });
    client.post("/api/v1/sources", &json!({ "name": "rgw", "feed": feed })).await;
    let used = async || {
        let events = client.get("/api/v1/events").await;
        rows(&events).find(|event| event["access_key_id"] == KEY && event["uses"] == uses).cloned()
    };
    until("the uses are told", used).await;
    let fared = until("all is read", async || {
        let fared = source(&client, "rgw").await;
        (fared["lines"] == LINES).then_some(fared)
    })
    .await;
    assert_eq!((&fared["events"], &fared["rejected"]), (&json!(LINES), &json!(0)));
    let event = used().await.expect("each use counts once");
    let details = client.get(&format!("/api/v1/events/{}", text(&event, "id"))).await;
    assert_eq!(details["usage"]["allowed"], uses);
    let told = rows(&details["timeline"]).filter(|line| line["kind"] == "used");
    let told: u64 = told.map(|line| line["details"]["requests"].as_u64().unwrap()).sum();
    assert_eq!(told, uses as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_followed_file_outlives_kills_and_rotations() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    client.leak(&json!({ "access_key_id": KEY, "seen_at": "2026-01-01T00:00:00Z" })).await;
    let logs = folder.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    let feed = json!({ "kind": "folder", "path": logs });
    client.post("/api/v1/sources", &json!({ "name": "rgw", "feed": feed })).await;
    let current = logs.join("ops.log");
    let mut written = 0;
    for turn in 0..30_u64 {
        let mut file = std::fs::File::options().create(true).append(true).open(&current).unwrap();
        for _ in 0..7 {
            let text = line(written);
            // Each line in two writes: a reader in between sees half of it.
            file.write_all(&text.as_bytes()[..40]).unwrap();
            file.write_all(&text.as_bytes()[40..]).unwrap();
            written += 1;
        }
        tokio::time::sleep(Duration::from_millis(turn * 7 % 90)).await;
        match turn % 6 {
            2 => std::fs::rename(&current, logs.join(format!("ops.log.{turn}"))).unwrap(),
            4 => {
                std::fs::copy(&current, logs.join(format!("ops.log.{turn}"))).unwrap();
                std::fs::File::create(&current).unwrap();
            }
            5 => {
                serve.kill();
                serve.start();
            }
            _ => {}
        }
    }
    let event = until("every line is counted", async || {
        let events = client.get("/api/v1/events").await;
        let event = rows(&events).find(|event| event["access_key_id"] == KEY)?.clone();
        (event["uses"] == written).then_some(event)
    })
    .await;
    assert_eq!(event["uses"], written);
    let fared = source(&client, "rgw").await;
    assert_eq!((&fared["rejected"], &fared["failure"]), (&json!(0), &Value::Null), "{fared}");
    // A path that is not there is told with the way out, and gone once it is there.
    let feed = json!({ "kind": "folder", "path": folder.path().join("nowhere") });
    client.post("/api/v1/sources", &json!({ "name": "nowhere", "feed": feed })).await;
    until("it is told", async || {
        let fared = source(&client, "nowhere").await;
        (fared["state"] == "failing" && fared["failure"]["hint"].is_string()).then_some(())
    })
    .await;
    std::fs::create_dir(folder.path().join("nowhere")).unwrap();
    until("it is well", async || {
        let fared = source(&client, "nowhere").await;
        (fared["failure"] == Value::Null).then_some(())
    })
    .await;
}
