//! The live judgement is the replay's: whatever the order in which log lines come, however late and however
//! often, and however often the service is killed meanwhile. Within the lateness window that holds to the last
//! digit. A line later than that leads to its key being judged from its whole history, but not the others by what
//! it shows: scores differ by fractions then, and an alarm may be a request earlier or later.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use claviger_dial::reqwest::Method;
use serde_json::{Value, json};

use super::client::{Client, rows, text, until};
use super::ingest::{add_source, push, source};
use super::serve::Serve;
use super::sigkill::{Numbers, seed};

/// Made up: one that leaks on the 20th of January, and one that nobody knows to be leaked.
const LEAKED: &str = "AKFAKEJUDGEMENT00001";
const UNKNOWN: &str = "AKFAKEJUDGEMENT00002";
const LEAKED_AT: &str = "2026-01-20T00:00:00Z";

/// A window in seconds in which a whole month is in time.
const WIDE: &str = "4000000";

/// A dial at which both have alarms.
const DIAL: &str = "100";

/// A line of Ceph's operations log.
fn line(
    key: &str,
    number: usize,
    day: usize,
    second: usize,
    (source, bytes): (&str, u64),
) -> String {
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let record = json!({
        "bucket": "b", "time": format!("2026-01-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
        "remote_addr": source, "user": "u", "operation": "get_obj",
        "uri": format!("GET /b/{number} HTTP/1.1"), "http_status": "200", "bytes_sent": bytes,
        "user_agent": "made up", "trans_id": format!("tx-{key}-{number:06}"), "access_key_id": key,
    });
    format!("{record}\n")
}

/// A month of two keys: their owners by day, and a thief on some evenings. In the order of time.
fn month() -> Vec<String> {
    let mut lines = Vec::new();
    for day in 1..=30 {
        for key in [LEAKED, UNKNOWN] {
            for turn in 0..6 {
                let number = day * 1000 + turn;
                lines.push(line(key, number, day, turn * 3600, ("192.0.2.10", 20_000)));
            }
            if day > 24 && day % 2 == 1 {
                for turn in 0..40 {
                    let number = day * 1000 + 100 + turn;
                    let source = format!("203.0.113.{}", day + turn % 2);
                    lines.push(line(key, number, day, 70_000 + turn, (&source, 30_000_000)));
                }
            }
        }
    }
    lines
}

/// What an alarm is known by.
#[derive(Clone, Copy, PartialEq)]
enum By {
    /// Its key, and the hour in which a stretch was told.
    Hour,
    /// Everything that it says, to the last digit.
    All,
}

fn names(alarms: &Value, by: By) -> BTreeSet<String> {
    let standing = rows(alarms).filter(|alarm| alarm["withdrawn_at"].is_null());
    standing
        .map(|alarm| {
            let (key, time) = (text(alarm, "access_key_id"), text(alarm, "time"));
            if by == By::Hour {
                return format!("{key} {}", &time[..13]);
            }
            let said = ["score", "families", "reasons", "first_event_id", "bytes_out", "sources"];
            let said: Vec<String> = said.iter().map(|name| alarm[*name].to_string()).collect();
            format!("{key} {time} {}", said.join(" "))
        })
        .collect()
}

/// The alarms of `claviger replay` over the same lines.
fn replayed(folder: &Path, lines: &[String], by: By) -> BTreeSet<String> {
    let log = folder.join("all.log");
    std::fs::write(&log, lines.concat()).unwrap();
    let names = replayed_files(folder, &[&log], by);
    for key in [LEAKED, UNKNOWN] {
        assert!(names.iter().any(|name| name.contains(key)), "{key}: {names:?}");
    }
    names
}

fn replayed_files(folder: &Path, logs: &[&Path], by: By) -> BTreeSet<String> {
    let leaks = folder.join("leaks.jsonl");
    let leak = json!({ "access_key_id": LEAKED, "leaked_at": LEAKED_AT, "source": "self_managed" });
    std::fs::write(&leaks, leak.to_string()).unwrap();
    let leaks = leaks.to_str().unwrap();
    let mut words = vec!["replay", "--format", "jsonl", "--alarms-per-day", DIAL, "--leaks", leaks];
    words.extend(logs.iter().map(|log| log.to_str().unwrap()));
    let ran = crate::claviger(&words);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let alarms = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    names(&Value::Array(alarms), by)
}

/// The alarms that stand, by the API.
async fn live(client: &Client, by: By) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for event in rows(&client.get("/api/v1/events").await) {
        let path = format!("/api/v1/events/{}/alarms", text(event, "id"));
        all.extend(names(&client.get(&path).await, by));
    }
    all
}

async fn leak(client: &Client) {
    client.leak(&json!({ "access_key_id": LEAKED, "seen_at": LEAKED_AT })).await;
}

fn shuffle(numbers: &mut Numbers, lines: &mut [String]) {
    for at in (1..lines.len()).rev() {
        let other = usize::try_from(numbers.below(at as u64 + 1)).unwrap();
        lines.swap(at, other);
    }
}

/// Waits until the live alarms are these.
async fn become_equal(client: &Client, expected: &BTreeSet<String>, by: By) {
    let started = std::time::Instant::now();
    loop {
        let now = live(client, by).await;
        if now == *expected {
            return;
        }
        if started.elapsed() > super::client::PATIENCE {
            let missing: Vec<_> = expected.difference(&now).collect();
            let more: Vec<_> = now.difference(expected).collect();
            let said = live(client, By::All).await;
            panic!("missing: {missing:#?}\nnot in the replay: {more:#?}\nlive: {said:#?}");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// All lines, shuffled and some twice, to a service with a lateness window of so many seconds.
async fn out_of_order(lateness: &str, leak_first: bool, seed: u64, by: By) {
    let mut numbers = Numbers::of(seed);
    let folder = tempfile::tempdir().unwrap();
    let mut lines = month();
    let expected = replayed(folder.path(), &lines, by);
    let mut serve = Serve::in_folder(folder.path())
        .with("CLAVIGER_LATENESS_SECONDS", lateness)
        .with("CLAVIGER_ALARMS_PER_DAY", DIAL);
    let client = serve.open().await;
    if leak_first {
        leak(&client).await;
    }
    let (path, sender) = add_source(&client, "rgw").await;
    shuffle(&mut numbers, &mut lines);
    let repeats: Vec<String> = lines.iter().step_by(5).cloned().collect();
    for part in lines.chunks(37).chain(repeats.chunks(50)) {
        let answer = push(&sender, &path, part.concat().into_bytes()).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    if !leak_first {
        leak(&client).await;
    }
    become_equal(&client, &expected, by).await;
    let said = serve.said();
    assert!(!said.contains("panicked"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_in_any_order_within_the_window_give_the_alarms_of_a_replay() {
    let seed = seed();
    println!("CLAVIGER_TEST_SEED={seed}");
    out_of_order(WIDE, true, seed, By::All).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_later_than_the_window_correct_the_answer() {
    let seed = seed();
    println!("CLAVIGER_TEST_SEED={seed}");
    out_of_order("600", true, seed, By::Hour).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_becomes_known_as_leaked_is_judged_from_its_whole_past() {
    let seed = seed();
    println!("CLAVIGER_TEST_SEED={seed}");
    out_of_order("600", false, seed, By::Hour).await;
}

/// Kills of one run.
const KILLS: usize = 52;

#[tokio::test(flavor = "multi_thread")]
async fn killed_fifty_times_under_load_nothing_is_lost_or_counted_twice() {
    let seed = seed();
    println!("CLAVIGER_TEST_SEED={seed}");
    killed("86400", By::Hour, seed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_fifty_times_the_alarms_are_those_of_a_replay_to_the_last_digit() {
    let seed = seed();
    println!("CLAVIGER_TEST_SEED={seed}");
    killed(WIDE, By::All, seed).await;
}

async fn killed(lateness: &str, by: By, seed: u64) {
    let mut numbers = Numbers::of(seed);
    let folder = tempfile::tempdir().unwrap();
    let mut lines = month();
    let expected = replayed(folder.path(), &lines, by);
    let mut serve = Serve::in_folder(folder.path())
        .with("CLAVIGER_LATENESS_SECONDS", lateness)
        .with("CLAVIGER_ALARMS_PER_DAY", DIAL);
    let client = serve.open().await;
    leak(&client).await;
    let (path, sender) = add_source(&client, "rgw").await;
    shuffle(&mut numbers, &mut lines);
    // Every piece is sent until it is answered well, and then again until the last kill: what comes twice
    // counts once.
    let pieces: Arc<Vec<String>> = Arc::new(lines.chunks(9).map(<[String]>::concat).collect());
    let (next, killed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let (sender, path) = (sender.clone(), path.clone());
        let (pieces, next, killed) = (pieces.clone(), next.clone(), killed.clone());
        senders.spawn(async move {
            let mut resent = 0;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= pieces.len() && killed.load(Ordering::Relaxed) >= KILLS {
                    return resent;
                }
                let piece = &pieces[number % pieces.len()];
                let once = || push(&sender, &path, piece.clone().into_bytes());
                while !once().await.is_ok_and(|answer| answer.status == 200) {
                    resent += 1;
                    tokio::time::sleep(Duration::from_millis(15)).await;
                }
            }
        });
    }
    for _ in 0..KILLS {
        // It answers again, and is at work for a moment.
        until("it answers", async || {
            let health = client.once(Method::GET, "/api/v1/health", None).await;
            health.is_ok().then_some(())
        })
        .await;
        tokio::time::sleep(Duration::from_millis(numbers.below(120))).await;
        serve.kill();
        serve.start();
        killed.fetch_add(1, Ordering::Relaxed);
    }
    let mut resent = 0;
    while let Some(one) = senders.join_next().await {
        resent += one.unwrap();
    }
    assert!(resent > KILLS / 4, "few kills hit a sender: {resent}");
    become_equal(&client, &expected, by).await;
    everything_is_there_once(&client, &lines).await;
    let fared = source(&client, "rgw").await;
    assert_eq!((&fared["rejected"], &fared["state"]), (&json!(0), &json!("reading")));
    assert!(fared["events"].as_u64().unwrap() >= lines.len() as u64);
    let said = serve.said();
    assert!(!said.contains("panicked"), "{said}");
}

/// The uses of the leaked key since the leak, exactly.
async fn everything_is_there_once(client: &Client, lines: &[String]) {
    let since = lines
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|one| one["access_key_id"] == LEAKED && text(one, "time").as_str() >= LEAKED_AT)
        .count();
    let event = until("the uses are counted", async || {
        let events = client.get("/api/v1/events").await;
        let event = rows(&events).find(|event| {
            event["access_key_id"] == LEAKED && event["risk_type"] == "access_key_pair_leak"
        })?;
        (event["uses"] == since).then_some(event.clone())
    })
    .await;
    let details = client.get(&format!("/api/v1/events/{}", text(&event, "id"))).await;
    assert_eq!(details["usage"]["allowed"], since);
    let told: u64 = rows(&details["timeline"])
        .filter(|line| line["kind"] == "used")
        .map(|line| line["details"]["requests"].as_u64().unwrap())
        .sum();
    assert_eq!(told, since as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_raid_killed_in_its_middle_has_the_alarms_of_a_replay_to_the_last_digit() {
    let folder = tempfile::tempdir().unwrap();
    let raid = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../watch/fixtures/cloudtrail/stratus_run.jsonl.gz");
    let expected = replayed_files(folder.path(), &[&raid], By::All);
    let mut lines = String::new();
    let packed = std::fs::File::open(&raid).unwrap();
    flate2::read::MultiGzDecoder::new(packed).read_to_string(&mut lines).unwrap();
    let lines: Vec<&str> = lines.split_inclusive('\n').collect();
    let mut serve = Serve::in_folder(folder.path()).with("CLAVIGER_ALARMS_PER_DAY", DIAL);
    let client = serve.open().await;
    let (path, sender) = add_source(&client, "trail").await;
    for (number, part) in lines.chunks(lines.len().div_ceil(23)).enumerate() {
        let answer = push(&sender, &path, part.concat().into_bytes()).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        if number % 5 == 3 {
            serve.kill();
            serve.start();
            serve.sign_in().await;
        }
    }
    become_equal(&client, &expected, By::All).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_use_of_a_canary_is_an_alarm_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    let body = json!({ "name": "build server", "place": "wiki page of the build server",
        "access_key_id": UNKNOWN, "access_key_secret": "made-up/secret/of/a/canary+0123456789ab" });
    let canary = client.post("/api/v1/canaries", &body).await;
    assert_eq!(canary["state"], "armed");
    let again = client.refused(Method::POST, "/api/v1/canaries", Some(&body)).await;
    assert_eq!((again.status, &again.body["code"]), (409, &json!("conflict")));
    let path = format!("/api/v1/canaries/{}/plants", text(&canary, "id"));
    let plants = client.get(&path).await;
    assert!(rows(&plants).count() >= 5);
    assert!(rows(&plants).all(|plant| text(plant, "text").contains(UNKNOWN)));
    // Planted and not used: there is nothing to handle.
    assert_eq!(client.get("/api/v1/events").await, json!([]));
    let (path, sender) = add_source(&client, "rgw").await;
    let now = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(1);
    let mut used: Value =
        serde_json::from_str(&line(UNKNOWN, 1, 1, 1, ("203.0.113.9", 10))).unwrap();
    used["time"] = now.to_string().into();
    let answer = push(&sender, &path, format!("{used}\n").into_bytes()).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    // Committed with the line: no job has to run for it.
    let events = client.get("/api/v1/events").await;
    let event = rows(&events).next().unwrap();
    assert_eq!((&event["access_key_id"], &event["uses"]), (&json!(UNKNOWN), &json!(1)));
    assert_eq!(event["sources"], json!(["canary"]));
    let alarms = client.get(&format!("/api/v1/events/{}/alarms", text(event, "id"))).await;
    assert_eq!(rows(&alarms).count(), 1, "{alarms}");
    let retire = format!("/api/v1/canaries/{}", text(&canary, "id"));
    client.insist(Method::DELETE, &retire, None).await;
    assert_eq!(rows(&client.get("/api/v1/canaries").await).next().unwrap()["state"], "retired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_made_with_a_leaked_one_is_on_its_event_and_judged_as_leaked() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path()).with("CLAVIGER_ALARMS_PER_DAY", DIAL);
    let client = serve.open().await;
    leak(&client).await;
    let body = json!({ "name": "trail", "feed": { "kind": "push" } });
    let mut sender = client.clone();
    sender.token = text(&client.post("/api/v1/sources", &body).await, "token");
    let child = "AKIAFAKECHILD0000001";
    let record = |id: &str, name: &str, key: &str, answer: Value| {
        let source = if name == "GetObject" { "s3" } else { "iam" };
        json!({ "eventVersion": "1.08", "eventTime": format!("2026-01-25T10:00:0{id}Z"),
            "eventSource": format!("{source}.amazonaws.com"), "eventName": name,
            "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.9", "userAgent": "made up",
            "userIdentity": { "type": "IAMUser", "userName": "leaky", "accessKeyId": key },
            "requestParameters": { "bucketName": "b", "key": "o" }, "responseElements": answer,
            "requestID": format!("r{id}"), "eventID": format!("e{id}"), "eventType": "AwsApiCall" })
    };
    let made =
        json!({ "accessKey": { "accessKeyId": child, "userName": "other", "status": "Active" } });
    let records = json!({ "Records": [
        record("1", "CreateAccessKey", LEAKED, made), record("2", "GetObject", child, Value::Null),
    ] });
    let answer = push(&sender, "/ingest/trail", records.to_string().into_bytes()).await.unwrap();
    assert_eq!((answer.status, &answer.body["events"]), (200, &json!(2)), "{answer:?}");
    let events = client.get("/api/v1/events").await;
    let all: Vec<&Value> = rows(&events).collect();
    assert_eq!((all.len(), &all[0]["access_key_id"]), (1, &json!(LEAKED)));
    let event = text(all[0], "id");
    let details = client.get(&format!("/api/v1/events/{event}")).await;
    let told = |kind: &str, of: &str| {
        rows(&details["timeline"])
            .any(|line| line["kind"] == kind && line["details"].to_string().contains(of))
    };
    assert!(told("child_made", child) && told("used", child), "{}", details["timeline"]);
    let alarms = client.get(&format!("/api/v1/events/{event}/alarms")).await;
    assert!(rows(&alarms).any(|alarm| alarm["access_key_id"] == child), "{alarms}");
}
