//! `claviger logs`

use std::fs;

use crate::claviger;

/// A sample log of the watch engine.
pub(crate) fn fixture(name: &str) -> String {
    format!("{}/../watch/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_event_is_a_json_line_with_the_contracts_fields() {
    let ran = claviger(&["logs", &fixture("oss/basic.log"), &fixture("cloudtrail/basic.jsonl")]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count(), 11);
    for line in ran.stdout.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        let mut fields: Vec<&String> = event.as_object().unwrap().keys().collect();
        fields.sort();
        assert_eq!(
            fields,
            [
                "access_key_id",
                "account",
                "bucket",
                "bytes_in",
                "bytes_out",
                "error",
                "event_id",
                "object",
                "operation",
                "request_id",
                "source_ip",
                "status",
                "time",
                "user_agent",
            ]
        );
    }
    assert_eq!(ran.stderr.lines().last(), Some("11 events, 0 rejected"));
}

#[test]
fn rejected_lines_are_named_and_the_exit_tells() {
    let path = fixture("oss/recoverable_errors.log");
    let ran = claviger(&["logs", &path]);
    assert_eq!(ran.code, 4);
    assert!(ran.stderr.contains(&format!("{path}:5: ")), "{}", ran.stderr);
    assert_eq!(ran.stderr.lines().last(), Some("1 events, 3 rejected"));
}

#[test]
fn many_rejected_lines_are_counted_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.log");
    fs::write(&path, "rubbish\n".repeat(100)).unwrap();
    let ran = claviger(&["logs", path.to_str().unwrap()]);
    assert_eq!(ran.code, 4);
    assert_eq!(ran.stderr.lines().count(), 22);
    assert!(ran.stderr.contains("… and 80 more"));
    assert!(ran.stderr.contains("oss, sls") && ran.stderr.contains("--log-format"));
}

#[test]
fn folders_are_read_with_all_below_them_in_the_order_of_names() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("b")).unwrap();
    let basic = fs::read_to_string(fixture("oss/basic.log")).unwrap();
    let lines: Vec<&str> = basic.lines().collect();
    for (name, line) in [("c.log", 2), ("b/x.log", 1), ("a.log", 0)] {
        fs::write(folder.path().join(name), lines[line]).unwrap();
    }
    fs::copy(fixture("cloudtrail/stratus_run.jsonl.gz"), folder.path().join("d.gz")).unwrap();
    let ran = claviger(&["logs", folder.path().to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stderr.lines().last(), Some("303 events, 0 rejected"));
    let operations: Vec<String> = ran
        .stdout
        .lines()
        .take(3)
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["operation"].to_string()
        })
        .collect();
    assert_eq!(operations, ["\"GetObject\"", "\"PutObject\"", "\"GetBucketInfo\""]);
}

#[test]
fn of_a_damaged_file_what_can_be_read_is_read_and_the_rest_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(fixture("cloudtrail/stratus_run.jsonl.gz")).unwrap();
    fs::write(folder.path().join("cut.gz"), &whole[..whole.len() / 2]).unwrap();
    fs::copy(fixture("oss/basic.log"), folder.path().join("good.log")).unwrap();
    let ran = claviger(&["logs", folder.path().to_str().unwrap()]);
    assert_eq!(ran.code, 4);
    assert!(ran.stderr.contains("cut.gz:99: the gzip stream breaks off"), "{}", ran.stderr);
    // 98 records before the damage and one cut by it, and five of the file that is whole.
    assert_eq!(ran.stderr.lines().last(), Some("103 events, 2 rejected"));
}

#[test]
fn an_unknown_format_names_the_known_ones_and_a_missing_file_the_way_out() {
    let ran = claviger(&["logs", "--log-format", "nginx", &fixture("oss/basic.log")]);
    assert_eq!(ran.code, 2);
    for word in ["hint:", "--log-format", "`oss`", "`cloudtrail`"] {
        assert!(ran.stderr.contains(word), "{word} in {}", ran.stderr);
    }
    let ran = claviger(&["logs", "no-such.log"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("hint:") && ran.stderr.contains("no-such.log"));
}

#[test]
fn standard_input_is_a_log_too() {
    let bytes = fs::read(fixture("cloudtrail/stratus_run.jsonl.gz")).unwrap();
    let ran = crate::claviger_with(&["logs", "-"], &bytes);
    assert_eq!(ran.stderr.lines().last(), Some("300 events, 0 rejected"));
}
