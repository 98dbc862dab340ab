//! Files in a followed folder that cannot be read: the others are read all the same, and it is told which
//! could not.

use std::fs::File;
use std::io::Write;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::client::{rows, text, until};
use super::ingest::{gzip, line, source};
use super::serve::Serve;

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_stops_no_other_and_is_told_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    let logs = folder.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    let lines = |from: usize| (from..from + 50).map(line).collect::<String>().into_bytes();
    let cut = gzip(&lines(100));
    let files = [
        ("a.log", lines(0)),
        ("b.log.gz", [&gzip(b"")[..10], &[0xff; 64]].concat()),
        ("c.log.gz", cut[..cut.len() - 12].to_vec()),
        ("d.log", lines(50)),
    ];
    // Nobody writes to them any more: a file that is still packed breaks off for a while.
    let past = SystemTime::now() - Duration::from_secs(3_600);
    for (name, content) in &files {
        let mut file = File::create(logs.join(name)).unwrap();
        file.write_all(content).unwrap();
        file.set_modified(past).unwrap();
    }
    let feed = json!({ "kind": "folder", "path": logs });
    let added = client.post("/api/v1/sources", &json!({ "name": "rgw", "feed": feed })).await;
    let id = text(&added, "id");
    let rejects = until("both broken files are told", async || {
        let all = client.get(&format!("/api/v1/rejects?source={id}")).await;
        let told = |file: &str| {
            rows(&all).any(|one| {
                let names = one["name"].as_str().is_some_and(|name| name.ends_with(file));
                names && one["why"].as_str().is_some_and(|why| why.contains("damaged here"))
            })
        };
        (told("b.log.gz") && told("c.log.gz")).then_some(all)
    })
    .await;
    assert!(rows(&rejects).all(|one| !text(one, "name").ends_with(".log")), "{rejects}");
    // What comes later is read, too.
    std::fs::write(logs.join("e.log"), lines(200)).unwrap();
    let fared = until("every sound line is read", async || {
        let fared = source(&client, "rgw").await;
        (fared["events"].as_u64().unwrap() >= 150).then_some(fared)
    })
    .await;
    let number = |name: &str| fared[name].as_u64().unwrap();
    assert_eq!(number("lines"), number("events") + number("rejected"), "{fared}");
    assert_eq!(fared["failure"], Value::Null, "{fared}");
}
