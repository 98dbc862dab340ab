//! Sources of log lines: who may send to them, what they are sent, and the commands around them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use base64::Engine;
use serde_json::{Value, json};

use crate::Ran;
use crate::served::{PASSWORD, Served};

/// A service, and somebody who is signed in to it.
pub(crate) struct Serving {
    served: Served,
    kept: tempfile::TempDir,
}

impl Serving {
    pub(crate) fn start() -> Self {
        let serving = Self { served: Served::start(), kept: tempfile::tempdir().unwrap() };
        assert_eq!(serving.run(&["sign-in", "admin"], PASSWORD).code, 0);
        serving
    }

    pub(crate) fn run(&self, args: &[&str], input: &str) -> Ran {
        self.run_with(args, input, &[])
    }

    fn run_with(&self, args: &[&str], input: &str, variables: &[(&str, &str)]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
        command
            .args(args)
            .env("CLAVIGER_SERVER", self.served.url())
            .env("XDG_CONFIG_HOME", self.kept.path())
            .env_remove("CLAVIGER_TOKEN")
            .envs(variables.iter().copied());
        crate::ran(command, input.as_bytes())
    }

    /// What a command says as data.
    pub(crate) fn data(&self, args: &[&str]) -> Vec<Value> {
        let ran = self.run(&[args, &["--json"]].concat(), "");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// How a source fares.
    pub(crate) fn source(&self, name: &str) -> Value {
        let all = self.data(&["sources", "list"]);
        all.into_iter().find(|source| source["name"] == name).unwrap()
    }

    /// Sends a body with headers. The status, and the answer as JSON.
    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
        let host = self.served.url().replace("http://", "");
        let mut stream = TcpStream::connect(&host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let headers: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    /// Adds a source to send to; its token.
    fn add(&self, name: &str) -> String {
        let added = self.data(&["sources", "add", name]);
        assert!(added[0]["address"].as_str().unwrap().ends_with(&format!("/ingest/{name}")));
        added[0]["token"].as_str().unwrap().to_owned()
    }
}

/// A record as `MinIO`'s audit webhook sends it, alone in its body.
fn minio(request: &str) -> String {
    json!({
        "version": "1", "deploymentid": "made-up", "time": "2026-01-02T03:04:05.000000006Z",
        "event": "", "trigger": "incoming", "api": { "name": "GetObject", "bucket": "b",
            "object": "o", "status": "OK", "statusCode": 200, "rx": 0, "tx": 12 },
        "remotehost": "192.0.2.7", "requestID": request, "userAgent": "made up",
        "accessKey": "AKFAKEMINIO000000001",
    })
    .to_string()
}

#[test]
fn a_token_lets_lines_in_and_nothing_else_does() {
    let serving = Serving::start();
    let token = serving.add("minio");
    let bearer = |token: &str| format!("Bearer {token}");
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("any:{token}"));
    for (number, header) in [
        ("Authorization", bearer(&token)),
        ("Authorization", format!("Basic {basic}")),
        ("X-Api-Key", token.clone()),
    ]
    .iter()
    .enumerate()
    {
        let (name, value) = header;
        let record = minio(&number.to_string());
        let (status, taken) = serving.post("/ingest/minio", &[(name, value.as_str())], &record);
        assert_eq!((status, &taken["events"], &taken["rejected"]), (200, &json!(1), &json!(0)));
    }
    let other = serving.add("other");
    for (path, headers) in [
        ("/ingest/minio", vec![]),
        ("/ingest/minio", vec![("Authorization", bearer("wrong"))]),
        ("/ingest/minio", vec![("Authorization", bearer(&other))]),
        ("/ingest/nobody", vec![("Authorization", bearer(&token))]),
    ] {
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (status, problem) = serving.post(path, &headers, "{}");
        assert_eq!((status, &problem["code"]), (401, &json!("not_signed_in")), "{path}");
    }
    let send =
        |token: &str| serving.post("/ingest/minio", &[("Authorization", &bearer(token))], "{}").0;
    let rotate = |grace: &str| {
        let told = serving.data(&["sources", "rotate", "minio", "--grace-seconds", grace]);
        told[0]["token"].as_str().unwrap().to_owned()
    };
    let second = rotate("600");
    assert_eq!((send(&token), send(&second)), (200, 200));
    let third = rotate("0");
    assert_eq!((send(&token), send(&second), send(&third)), (401, 401, 200));
    let fared = serving.source("minio");
    assert_eq!((&fared["lines"], &fared["events"]), (&json!(3), &json!(3)));
    assert_eq!(fared["last_line_at"], "2026-01-02T03:04:05Z");
    let again = serving.run(&["sources", "add", "minio"], "");
    assert!(again.code == 2 && again.stderr.contains("hint:"), "{}", again.stderr);
    assert_eq!(serving.run(&["sources", "remove", "minio"], "").code, 0);
    assert_eq!(send(&third), 401);
    assert_eq!(serving.run(&["sources", "add", "a/b"], "").code, 2);
    let audit = serving.data(&["audit", "list"]);
    assert!(audit.iter().any(|line| line["act"] == "set_source" && line["subject"] == "minio"));
}

#[test]
fn what_clouds_wrap_around_lines_is_taken_off_and_an_address_is_shown_not_opened() {
    let serving = Serving::start();
    let token = serving.add("sns");
    let bearer = format!("Bearer {token}");
    let post = |body: &Value| {
        let (status, taken) =
            serving.post("/ingest/sns", &[("Authorization", &bearer)], &body.to_string());
        assert_eq!(status, 200, "{taken}");
        taken
    };
    let confirm = |address: &str| {
        post(&json!({ "Type": "SubscriptionConfirmation", "TopicArn": "arn:aws:sns:x:1:t",
            "SubscribeURL": address }));
        serving.source("sns")["confirmation"].as_str().unwrap().to_owned()
    };
    // Nothing listens there: that it is quick says that nobody dialled.
    let shown = confirm("https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=1");
    assert!(shown.contains("?Action=ConfirmSubscription"), "{shown}");
    let hidden = confirm("https://sns.us-east-1.amazonaws.com.evil.example/?Token=1");
    assert!(!hidden.contains("evil"), "{hidden}");
    let taken = post(&json!({ "Type": "Notification", "TopicArn": "arn:aws:sns:x:1:t",
        "Message": minio("wrapped") }));
    assert_eq!((&taken["lines"], &taken["events"]), (&json!(1), &json!(1)));
    assert_eq!(serving.source("sns")["confirmation"], Value::Null);
    let taken = post(&json!({ "Records": [{ "eventSource": "aws:s3", "s3": {
        "bucket": { "name": "nobody-watches" }, "object": { "key": "x" } } }] }));
    assert_eq!((&taken["lines"], &taken["notices"]), (&json!(0), &json!(1)));
    // What MinIO sends to see whether somebody is there.
    for empty in ["", "{}"] {
        let (status, taken) = serving.post("/ingest/sns", &[("Authorization", &bearer)], empty);
        assert_eq!((status, &taken["lines"]), (200, &json!(0)));
    }
}

#[test]
fn files_are_sent_whole_and_again_without_counting_twice() {
    let serving = Serving::start();
    let token = serving.add("archive");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.log");
    let lines: String = (0..500).map(|number| minio(&number.to_string()) + "\n").collect();
    std::fs::write(&path, format!("{lines}no line\n")).unwrap();
    let name = path.to_str().unwrap();
    // By whoever is signed in, and by the source's own token.
    for token in [None, Some(("CLAVIGER_SOURCE_TOKEN", token.as_str()))] {
        let variables: Vec<_> = token.into_iter().collect();
        let ran =
            serving.run_with(&["ingest", name, "--source", "archive", "--json"], "", &variables);
        assert_eq!(ran.code, 4, "{}", ran.stderr);
        let told: Value = serde_json::from_str(ran.stdout.trim()).unwrap();
        assert_eq!((&told["events"], &told["rejected"]), (&json!(500), &json!(1)), "{told}");
        assert!(ran.stderr.ends_with("500 events, 1 rejected\n"), "{}", ran.stderr);
    }
    let ran = serving.run(&["ingest", "-", "--source", "archive"], &minio("0"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = serving.run(&["ingest", "-", "--source", "nobody"], &minio("0"));
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let wrong = [("CLAVIGER_SOURCE_TOKEN", "wrong")];
    let ran = serving.run_with(&["ingest", name, "--source", "archive"], "", &wrong);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let ran = serving.run(&["ingest", "nothing.log", "--source", "archive"], "");
    assert!(ran.code == 2 && ran.stderr.contains("hint:"), "{}", ran.stderr);
    assert_eq!(serving.source("archive")["lines"], 1003);
}

#[test]
fn without_a_service_lines_go_straight_into_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let ingest = |input: &str| {
        let args = ["ingest", "-", "--source", "archive", "--data-dir", data];
        crate::claviger_with(&args, input.as_bytes())
    };
    let lines: String = (0..20).map(|number| minio(&number.to_string()) + "\n").collect();
    for _ in 0..2 {
        let ran = ingest(&lines);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    let ran =
        crate::claviger(&["hunt", "AKFAKEMINIO000000001", "--data-dir", data, "--format", "jsonl"]);
    let events = ran.stdout.lines().filter(|line| line.contains("GetObject")).count();
    assert!(events >= 20, "{} {}", ran.stdout, ran.stderr);
}

#[test]
fn how_sources_fare_is_a_metric_for_who_is_signed_in() {
    let serving = Serving::start();
    let token = serving.add("minio");
    serving.post("/ingest/minio", &[("X-Api-Key", &token)], &minio("1"));
    let browser = serving.served.browser_of("admin", PASSWORD);
    let settings = browser.get("/settings");
    for words in ["Log sources", "minio", "push", "Reading"] {
        assert!(settings.says(words), "{words}: {}", settings.body);
    }
    let metrics = browser.get("/metrics").body;
    for line in [
        "claviger_source_lines_total{source=\"minio\",kind=\"push\"} 1",
        "claviger_source_failing{source=\"minio\",kind=\"push\"} 0",
        "claviger_source_gap_seconds{source=\"minio\",kind=\"push\",gap=\"lost\"} 0",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    assert_eq!(serving.served.stranger().get("/metrics").status, 401);
}
