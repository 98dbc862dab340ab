//! `claviger hunt`

use claviger_history::History;
use claviger_model::AccessEvent;

use crate::logs::fixture;
use crate::{Ran, claviger};

/// The events of a sample log.
fn sample() -> Vec<AccessEvent> {
    let ran = claviger(&["logs", &fixture("oss/basic.log")]);
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every line as an event.
fn events(ran: &Ran) -> Vec<AccessEvent> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_request_of_the_key_and_no_other_is_told_from_logs_as_from_the_history() {
    let sample = sample();
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap();
    History::open(folder.path().join("history")).unwrap().append(&sample).unwrap();
    let mut keys: Vec<_> = sample.iter().filter_map(|event| event.access_key_id.clone()).collect();
    keys.sort();
    keys.dedup();
    assert!(!keys.is_empty());
    for key in keys {
        let mut wanted: Vec<AccessEvent> = sample
            .iter()
            .filter(|event| event.access_key_id.as_ref() == Some(&key))
            .cloned()
            .collect();
        wanted.sort_by(|a, b| (a.time, &a.event_id).cmp(&(b.time, &b.event_id)));
        let hunt = ["hunt", key.as_str(), "--format", "jsonl"];
        let of_logs = claviger(&[&hunt[..], &["--logs", &fixture("oss/basic.log")]].concat());
        let of_history = claviger(&[&hunt[..], &["--data-dir", data_dir]].concat());
        assert_eq!((of_logs.code, of_history.code), (1, 1), "{}", of_history.stderr);
        assert_eq!(events(&of_logs), wanted);
        assert_eq!(events(&of_history), wanted);
        let last = of_history.stderr.lines().last().unwrap();
        assert!(last.starts_with(&format!("{} request", wanted.len())), "{last}");
    }
}

#[test]
fn the_summary_counts_what_the_requests_are() {
    let sample = sample();
    let key = sample.iter().find_map(|event| event.access_key_id.clone()).unwrap();
    let own: Vec<_> =
        sample.iter().filter(|event| event.access_key_id.as_ref() == Some(&key)).collect();
    let logs = fixture("oss/basic.log");
    let summary =
        claviger(&["hunt", key.as_str(), "--summary", "--format", "jsonl", "--logs", &logs]);
    let summary: serde_json::Value = serde_json::from_str(&summary.stdout).unwrap();
    assert_eq!(summary["requests"], own.len());
    assert_eq!(summary["bytes_out"], own.iter().filter_map(|e| e.bytes_out).sum::<u64>());
    assert_eq!(summary["denied"], own.iter().filter(|event| !event.succeeded()).count());
    let first = own.iter().map(|event| event.time).min().unwrap();
    assert_eq!(summary["first_at"], first.to_string());
    let until = claviger(&["hunt", key.as_str(), "--logs", &logs, "--until", &first.to_string()]);
    assert_eq!(until.code, 0, "{}", until.stdout);
}

#[test]
fn what_people_read_changes_only_on_purpose() {
    let key = sample().iter().find_map(|event| event.access_key_id.clone()).unwrap();
    let ran = claviger(&["hunt", key.as_str(), "--logs", &fixture("oss/basic.log")]);
    insta::assert_snapshot!("hunt", ran.stdout);
}

#[test]
fn a_client_cannot_command_the_terminal() {
    let mut event = sample().remove(0);
    event.user_agent = Some("curl\u{1b}[2J".to_owned());
    let key = event.access_key_id.clone().unwrap();
    let folder = tempfile::tempdir().unwrap();
    History::open(folder.path().join("history")).unwrap().append(&[event]).unwrap();
    let ran = claviger(&["hunt", key.as_str(), "--data-dir", folder.path().to_str().unwrap()]);
    assert!(ran.stdout.contains("curl\\u{1b}[2J"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'));
}

#[test]
fn a_folder_without_a_history_is_an_error_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nothing");
    let ran =
        claviger(&["hunt", "LTAI5tFixtureHunterKey01", "--data-dir", nowhere.to_str().unwrap()]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("hint: name the folder"), "{}", ran.stderr);
    assert!(!nowhere.exists(), "asking must not make the folder");
}

#[test]
fn the_past_of_a_key_is_taken_away_as_parquet() {
    let sample = sample();
    let key = sample.iter().find_map(|event| event.access_key_id.clone()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    History::open(path("history")).unwrap().append(&sample).unwrap();
    let hunt = ["hunt", key.as_str(), "--format", "parquet"];
    let data_dir = path(".");
    let refused = claviger(&[&hunt[..], &["--data-dir", &data_dir]].concat());
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("--output FILE"), "{}", refused.stderr);
    let logs = fixture("oss/basic.log");
    for (name, source) in
        [("a.parquet", ["--data-dir", &data_dir]), ("b.parquet", ["--logs", &logs])]
    {
        let out = path(name);
        let ran = claviger(&[&hunt[..], &["--output", &out], &source].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
        assert!(ran.stderr.trim_end().ends_with("1 request"), "{}", ran.stderr);
        let bytes = std::fs::read(&out).unwrap();
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    }
    assert_eq!(
        std::fs::read(path("a.parquet")).unwrap(),
        std::fs::read(path("b.parquet")).unwrap()
    );
}

#[test]
fn a_hunt_needs_nothing_but_the_right_to_read_while_the_service_writes() {
    let sample = sample();
    let key = sample.iter().find_map(|event| event.access_key_id.clone()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let writer = History::open(folder.path().join("history")).unwrap();
    writer.append(&sample).unwrap();
    let data_dir = folder.path().to_str().unwrap();
    for flushed in [false, true] {
        if flushed {
            writer.compact("2100-01-01T00:00:00Z".parse().unwrap()).unwrap();
        }
        let ran = claviger(&["hunt", key.as_str(), "--data-dir", data_dir, "--format", "jsonl"]);
        assert_eq!((ran.code, events(&ran).len()), (1, 1), "{}", ran.stderr);
    }
}

/// A log of so many reads by one key, in no order and a few of them twice, and those of another.
fn long_log(path: &std::path::Path, requests: u32) {
    let mut log = String::new();
    for n in 0..requests {
        let mixed = n * 7_919 % requests;
        for key in ["LTAI5tFixtureHunterKey01", "LTAI5tFixtureHunterKey02"] {
            let line = format!(
                "203.0.113.{} - - [03/Jan/2021:{:02}:{:02}:{:02} +0800] \"GET /orders/{mixed}.csv HTTP/1.1\" \
                 {} 25 16 \"-\" \"ossutil/2.0\" \"examplebucket.oss-cn-hangzhou.aliyuncs.com\" \
                 \"5FF1{mixed:020X}\" \"true\" \"1571602\" \"GetObject\" \"examplebucket\" \
                 \"orders%2F{mixed}.csv\" 25 11 \"-\" 350 \"1571602\" - \"-\" \"standard\" \"-\" \"-\" \"{key}\"\n",
                mixed % 7,
                mixed / 3_600 % 24,
                mixed / 60 % 60,
                mixed % 60,
                if mixed.is_multiple_of(11) { 403 } else { 200 },
            );
            log.push_str(&line);
            if mixed.is_multiple_of(50) {
                log.push_str(&line);
            }
        }
    }
    std::fs::write(path, log).unwrap();
}

#[test]
fn what_does_not_fit_into_memory_is_told_the_same() {
    const REQUESTS: u32 = 6_000;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let log = path("long.log");
    long_log(folder.path().join("long.log").as_path(), REQUESTS);
    let hunt = |memory: &str, more: &[&str]| {
        let args = ["hunt", "LTAI5tFixtureHunterKey01", "--logs", &log, "--memory", memory];
        let ran = claviger(&[&args[..], more].concat());
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(ran.stderr.trim_end().ends_with(&format!("{REQUESTS} requests")), "{}", ran.stderr);
        ran
    };
    let [held, piled] = ["64", "1"].map(|memory| hunt(memory, &["--format", "jsonl"]));
    assert_eq!(events(&held).len(), REQUESTS as usize);
    assert!(held.stdout == piled.stdout);

    let [held, piled] = ["64", "1"].map(|memory| hunt(memory, &[]));
    let head = |ran: &Ran| ran.stdout.lines().take(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(head(&held), head(&piled));
    assert!(head(&held)[0].contains("6000 requests, 546 refused"), "{:?}", head(&held));
    let told = |ran: &Ran| ran.stdout.split_once("\nRequests (6000)\n").unwrap().1.to_owned();
    assert!(told(&held) == told(&piled));
    for counted in ["Sources (7)", "Operations (1)", "Objects (6000)"] {
        assert!(piled.stdout.contains(counted), "{counted}: {}", &piled.stdout[..2_000]);
    }

    for (memory, name) in [("64", "held.parquet"), ("1", "piled.parquet")] {
        hunt(memory, &["--format", "parquet", "--output", &path(name)]);
    }
    let read = |name| std::fs::read(path(name)).unwrap();
    assert!(read("held.parquet") == read("piled.parquet"));
}

#[test]
fn without_room_for_temporary_files_it_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("long.log");
    long_log(&log, 6_000);
    let nowhere = folder.path().join("nowhere");
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_claviger"))
        .args(["hunt", "LTAI5tFixtureHunterKey01", "--memory", "1", "--logs"])
        .arg(&log)
        .env("TMPDIR", &nowhere)
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert!(said.contains("cannot write a temporary file in"), "{said}");
    assert!(said.contains("by `TMPDIR`"), "{said}");
}
