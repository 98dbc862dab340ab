//! Torn log lines: counted, kept by reference, shown. Events and rejected lines make up the lines.

use claviger_dial::reqwest::Method;
use serde_json::{Value, json};

use super::client::{rows, text, until};
use super::ingest::{add_source, line, push};
use super::owner::{DATA, LEAK, LOG_BUCKET, bucket, event_of};
use super::stage::Stage;

/// What real logs hold now and then: cut lines, other formats, bytes that are no text, empty lines.
const TORN: [&[u8]; 7] = [
    b"192.0.2.7 - - [03/Jan/2021:14:59:49 +0800] \"GET /examplebucket/a HTTP/1.1\" 200",
    b"this is no log line",
    b"\xff\xfe\x00\x01 no text",
    b"{\"eventVersion\": \"1.08\"}",
    b"",
    b"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"",
    b"<Error><Code>AccessDenied</Code></Error>",
];

/// How much of the bucket's log was read.
async fn totals(stage: &Stage, asset: &str) -> Value {
    stage.client.get(&format!("/api/v1/assets/{asset}/log")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn torn_log_lines_are_counted_and_kept_by_reference() {
    let stage = Stage::set().await;
    let thief = stage.owner.furnish().await;
    let asset = stage.owner.authorize(&stage.client).await;
    event_of(&stage.client, &thief).await;
    stage.scanned(&asset, &[LEAK, DATA]).await;
    // A real line among the torn ones, out of the bucket's own log.
    let cloud = stage.owner.cloud();
    let files = until("a log file is delivered", || async {
        let page = cloud.list_objects(&bucket(LOG_BUCKET), "", None, None, 1000).await.unwrap();
        (!page.objects.is_empty()).then_some(page.objects)
    })
    .await;
    let real = cloud.read_object(&bucket(LOG_BUCKET), &files[0].name, 0..files[0].bytes).await;
    let real = real.unwrap();
    let real_line = real.split(|byte| *byte == b'\n').next().unwrap();
    let mut file = Vec::new();
    let mut spans = Vec::new();
    for line in TORN {
        spans.push((file.len(), file.len() + line.len()));
        file.extend_from_slice(line);
        file.push(b'\n');
        file.extend_from_slice(real_line);
        file.push(b'\n');
    }
    let name = "oss-log/examplebucket2030-01-02-03-04-05-0001";
    cloud.put_object(&bucket(LOG_BUCKET), name, file, None).await.unwrap();
    let torn = TORN.iter().filter(|line| !line.is_empty()).count();
    let rejects = until("the torn lines are shown", || async {
        let all = stage.client.get(&format!("/api/v1/rejects?source={asset}")).await;
        (rows(&all).count() == torn).then_some(all)
    })
    .await;
    for reject in rows(&rejects) {
        assert_eq!(reject["name"], name);
        assert!(!reject["why"].as_str().unwrap().is_empty());
        let span = |name: &str| usize::try_from(reject[name].as_u64().unwrap()).unwrap();
        let (start, end, line) = (span("start"), span("end"), span("line"));
        // Torn lines stand at 1, 3, 5, …
        assert_eq!(spans[(line - 1) / 2], (start, end), "{reject}");
        assert!(reject["why"].as_str().is_some_and(|why| !why.contains("no text")), "{reject}");
    }
    let totals = totals(&stage, &asset).await;
    let number = |name: &str| totals[name].as_u64().unwrap();
    assert_eq!(number("events") + number("rejected"), number("lines"), "{totals}");
    assert_eq!(number("rejected"), torn as u64, "{totals}");
    assert!(number("files") >= 2 && totals["read_at"].is_string(), "{totals}");
    let overview = stage.client.get("/api/v1/overview").await;
    let unwatched = &overview["unwatched"];
    let why = rows(unwatched).find(|one| one["asset_id"] == asset.as_str()).unwrap();
    assert!(why["why"].as_str().unwrap().contains("could not be read"), "{unwatched}");
    // The next file is read all the same.
    assert_eq!(stage.owner.fetch(&thief, DATA).await.0, 0);
    let event = event_of(&stage.client, &thief).await;
    until("the use is seen", || async {
        let told = stage.client.get(&format!("/api/v1/events/{event}")).await;
        (told["event"]["uses"] == 1).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_file_that_is_none_at_all_is_counted_too() {
    let stage = Stage::set().await;
    stage.owner.furnish().await;
    let asset = stage.owner.authorize(&stage.client).await;
    let cloud = stage.owner.cloud();
    let gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], b"torn"].concat();
    let files: [(&str, &[u8]); 3] = [
        ("oss-log/examplebucket2030-01-02-03-04-05-0001", b"one\ntwo\nthree\n"),
        ("oss-log/examplebucket2030-01-02-03-04-05-0002", &gzip),
        ("oss-log/examplebucket2030-01-02-03-04-05-0003", b""),
    ];
    for (name, content) in files {
        cloud.put_object(&bucket(LOG_BUCKET), name, content.to_vec(), None).await.unwrap();
    }
    until("all lines are counted", || async {
        let all = stage.client.get(&format!("/api/v1/rejects?source={asset}&limit=100")).await;
        (rows(&all).count() == 4).then_some(())
    })
    .await;
    // Far more torn lines than are kept one by one: the rest is one reference, and all are counted.
    let name = "oss-log/examplebucket2030-01-02-03-04-05-0004";
    let torn = "torn\n".repeat(1_234);
    cloud.put_object(&bucket(LOG_BUCKET), name, torn.into_bytes(), None).await.unwrap();
    let totals = until("the torn lines are counted", || async {
        let totals = totals(&stage, &asset).await;
        (totals["rejected"] == 4 + 1_234).then_some(totals)
    })
    .await;
    let number = |name: &str| totals[name].as_u64().unwrap();
    assert_eq!(number("events") + number("rejected"), number("lines"), "{totals}");
    let all = stage.client.get(&format!("/api/v1/rejects?source={asset}&limit=1000")).await;
    let last = rows(&all).find(|one| one["name"] == name).unwrap();
    assert_eq!((&last["line"], &last["end"]), (&1_001.into(), &(1_234 * 5 - 1).into()), "{last}");
    assert!(last["why"].as_str().unwrap().starts_with("234 lines"), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_whose_lines_come_by_another_way_is_watched() {
    let stage = Stage::set().await;
    stage.owner.furnish().await;
    let other = "without-a-log";
    stage.owner.cloud().create_bucket(&bucket(other)).await.unwrap();
    stage.owner.connect(&stage.client).await;
    let asset = until("the bucket is listed", || async {
        let all = stage.client.get("/api/v1/assets").await;
        rows(&all).find(|asset| asset["bucket"] == other).map(|asset| text(asset, "id"))
    })
    .await;
    stage.client.post("/api/v1/assets/authorize", &json!({ "ids": [asset] })).await;
    let is_unwatched = async || {
        let overview = stage.client.get("/api/v1/overview").await;
        rows(&overview["unwatched"]).any(|one| one["bucket"] == other)
    };
    assert!(is_unwatched().await, "its logging is off");
    let (path, sender) = add_source(&stage.client, "rgw").await;
    let told = line(1).replace("examplebucket", other);
    let answer = push(&sender, &path, told.into_bytes()).await.unwrap();
    assert_eq!((answer.status, &answer.body["events"]), (200, &json!(1)), "{answer:?}");
    assert!(!is_unwatched().await, "its lines are pushed");
    stage.client.insist(Method::DELETE, "/api/v1/sources/rgw", None).await;
    assert!(is_unwatched().await, "nobody sends them any more");
}
