//! `claviger replay`

use std::fs;

use serde_json::Value;

use crate::claviger;
use crate::logs::fixture;

const STRANGER: &str = "AKIATFQR7NSC8Q4X20BJ";

fn leaks(folder: &tempfile::TempDir, text: &str) -> String {
    let path = folder.path().join("leaks.jsonl");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn leak() -> String {
    let when = "2023-07-10T11:54:33Z";
    format!(r#"{{"access_key_id":"{STRANGER}","leaked_at":"{when}","source":"code_host"}}"#) + "\n"
}

/// The sessions of a role to which the stranger gave a policy: that of the machine which got it, and the
/// one that the stranger stole there.
fn check_heirs(alarms: &[Value]) {
    let keys: Vec<&Value> = alarms.iter().map(|alarm| &alarm["access_key_id"]).collect();
    assert_eq!(keys, ["ASIATFQR7NSCSHSEVYP5", "ASIATFQR7NSC36DZQP7P"]);
    for alarm in alarms {
        let said = alarm["reasons"].to_string();
        assert!(said.contains("was given rights (PutRolePolicy)"), "{said}");
        assert!(said.contains(&format!("before by {STRANGER}, which a stranger")), "{said}");
    }
}

#[test]
fn a_leaked_key_the_key_it_made_and_those_it_gave_rights_are_an_alarm_each_with_the_contracts_fields()
 {
    let folder = tempfile::tempdir().unwrap();
    let leaks = leaks(&folder, &leak());
    let log = fixture("cloudtrail/stratus_run.jsonl.gz");
    let ran = claviger(&["replay", &log, "--leaks", &leaks, "--format", "jsonl"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let alarms: Vec<Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [alarm, surer, child, heirs @ ..] = &alarms[..] else { panic!("{}", ran.stdout) };
    check_heirs(heirs);
    let mut fields: Vec<&String> = alarm.as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(
        fields,
        [
            "access_key_id",
            "bytes_out",
            "event_ids",
            "families",
            "first_event_id",
            "reasons",
            "score",
            "sources",
            "time",
        ]
    );
    assert_eq!(alarm["access_key_id"], STRANGER);
    assert_eq!(alarm["time"], "2023-07-10T11:54:33Z");
    // It was hardly sure at the first call, and says so again once it is.
    assert_eq!(surer["access_key_id"], STRANGER);
    let score = |alarm: &Value| alarm["score"].as_f64().unwrap();
    assert!(score(alarm) < 0.0 && score(surer) >= score(alarm) + 2.0);
    assert_eq!(child["access_key_id"], "ASIATFQR7NSCWLLE7IWW");
    // Its role got a policy from the stranger, too, which is known a moment before its making is.
    assert!(
        child["reasons"].to_string().contains(&format!("before by {STRANGER}, which a stranger"))
    );
    let last = ran.stderr.lines().last().unwrap();
    assert!(last.starts_with("300 events, 0 rejected, ") && last.ends_with(" keys, 5 alarms"));
}

#[test]
fn without_a_leak_the_changes_of_rights_and_those_who_got_them_are_alarms() {
    let log = fixture("cloudtrail/stratus_run.jsonl.gz");
    let ran = claviger(&["replay", &log, "--format", "jsonl"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let alarms: Vec<Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [alarm, child, heirs @ ..] = &alarms[..] else { panic!("{}", ran.stdout) };
    check_heirs(heirs);
    let made = format!("was made 1 second before by {STRANGER}");
    assert!(child["reasons"].to_string().contains(&made), "{child}");
    assert_eq!(alarm["access_key_id"], STRANGER);
    assert!(alarm["families"].as_array().unwrap().contains(&"control".into()), "{alarm}");
}

#[test]
fn ordinary_use_raises_nothing() {
    let ran = claviger(&["replay", &fixture("cloudtrail/basic.jsonl")]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
}

#[test]
fn the_order_and_the_repeats_of_files_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let leaks = leaks(&folder, &leak());
    let run = fixture("cloudtrail/stratus_run.jsonl.gz");
    let (basic, oss) = (fixture("cloudtrail/basic.jsonl"), fixture("oss/basic.log"));
    let told = |files: &[&str]| {
        let mut args = vec!["replay", "--leaks", &leaks, "--format", "jsonl"];
        args.extend_from_slice(files);
        claviger(&args).stdout
    };
    let once = told(&[&run, &basic, &oss]);
    assert!(!once.is_empty());
    assert_eq!(once, told(&[&oss, &run, &basic]));
    assert_eq!(once, told(&[&basic, &run, &oss, &run, &basic]));
}

#[test]
fn a_bad_leak_is_an_error_that_names_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let bad = format!("{}\n{}", leak(), leak().replace("code_host", "rumour"));
    let leaks = leaks(&folder, &bad);
    let ran = claviger(&["replay", &fixture("oss/basic.log"), "--leaks", &leaks]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains(&format!("{leaks}:3: ")), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint:") && ran.stderr.contains("private_plaintext"));
}

#[test]
fn the_text_is_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let leaks = leaks(&folder, &leak());
    let log = fixture("cloudtrail/stratus_run.jsonl.gz");
    let ran = claviger(&["replay", &log, "--leaks", &leaks]);
    assert!(ran.stdout.starts_with(&format!("2023-07-10T11:54:33Z {STRANGER} score ")));
    assert!(ran.stdout.contains("public source code"));
    let ran = claviger(&["replay", &log, "--alarms-per-day", "-1"]);
    assert_eq!(ran.code, 2);
}

#[test]
fn what_could_not_be_read_shows_in_the_exit_when_nothing_was_found() {
    let ran = claviger(&["replay", &fixture("oss/recoverable_errors.log")]);
    assert_eq!(ran.code, 4);
    assert_eq!(ran.stderr.lines().last(), Some("1 events, 3 rejected, 1 keys, 0 alarms"));
}

/// A line of an S3 server access log, which names who asked and no key.
fn s3_line(day: usize, second: usize, (source, agent): (&str, &str), bytes: u64) -> String {
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let time = format!("[{day:02}/Jan/2026:{hour:02}:{minute:02}:{second:02} +0000]");
    let request = format!("{:016X}", day * 100_000 + hour * 3_600 + minute * 60 + second);
    format!(
        "79a59df900b949e5 b {time} {source} arn:aws:iam::111122223333:user/backup {request} \
         REST.GET.OBJECT o/{second} \"GET /o/{second} HTTP/1.1\" 200 - {bytes} {bytes} 6 6 \"-\" \"{agent}\" \
         - abc= SigV4 TLS_AES_128_GCM_SHA256 AuthHeader b.s3.us-east-1.amazonaws.com TLSv1.3 - -\n"
    )
}

#[test]
fn where_a_log_names_no_key_the_account_is_watched() {
    let folder = tempfile::tempdir().unwrap();
    let (owner, thief) = (("192.0.2.10", "aws-sdk-java/1.12"), ("203.0.113.7", "rclone/1.64"));
    let mut log = String::new();
    for day in 1..=20 {
        (0..8).for_each(|turn| log += &s3_line(day, turn * 3_600, owner, 20_000));
    }
    (0..59).for_each(|second| log += &s3_line(20, 70_000 + second, thief, 40_000_000));
    let path = folder.path().join("s3.log");
    fs::write(&path, log).unwrap();
    let path = path.to_str().unwrap();
    let ran = claviger(&["replay", path, "--format", "jsonl"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let alarm: Value = serde_json::from_str(ran.stdout.lines().next().unwrap()).unwrap();
    let account = "arn:aws:iam::111122223333:user/backup";
    assert_eq!(alarm["access_key_id"], account);
    let told = alarm["reasons"][0].as_str().unwrap();
    assert!(told.starts_with(&format!("account {account} was used from 203.0.113.7")), "{told}");
    let hunted = claviger(&["hunt", account, "--logs", path]);
    assert!(hunted.stdout.contains("203.0.113.7"), "{}", hunted.stdout);
    let listed = claviger(&["logs", path]);
    assert!(listed.stdout.contains(r#""access_key_id":null"#), "{}", listed.stdout);
}
