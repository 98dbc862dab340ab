//! The access log of buckets.

use claviger_cloud::sign::{Credentials, encode};

use crate::client::{Ask, Practice, credentials, fields};

const BUCKET: &str = "watched";
const LOGS: &str = "watched-logs";

async fn practice() -> (Practice, Credentials) {
    let practice = Practice::start().await;
    practice.logged_bucket(BUCKET, LOGS).await;
    let reader = practice.user("reader", "AliyunOSSReadOnlyAccess").await;
    practice.done(Ask::new("PUT", BUCKET, "exampledir/userdata.csv").body(b"made up")).await;
    (practice, reader)
}

#[tokio::test]
async fn a_download_is_logged_in_29_fields_with_its_key() {
    let (practice, reader) = practice().await;
    let get = Ask::new("GET", BUCKET, "exampledir/userdata.csv")
        .header("user-agent", "thief/1.0")
        .header("x-sandbox-source-ip", "203.0.113.9");
    let answer = practice.oss(&reader, get).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "made up"));
    let line = practice.log_line(BUCKET, LOGS, &answer).await;
    let fields = fields(&line);
    assert_eq!(fields.len(), 29, "{line}");
    let user = practice.ram("GetUser", &[("UserName", "reader")]).await;
    let host = practice.sandbox.endpoints().oss.strip_prefix("http://").unwrap().to_owned();
    let expected = [
        (1, "203.0.113.9"),
        (2, "-"),
        (5, "GET /watched/exampledir%2Fuserdata.csv HTTP/1.1"),
        (6, "200"),
        (7, "7"),
        (9, "-"),
        (10, "thief/1.0"),
        (11, &host),
        (12, answer.header("x-oss-request-id").unwrap()),
        (13, "true"),
        (14, user["User"]["UserId"].as_str().unwrap()),
        (15, "GetObject"),
        (16, BUCKET),
        (17, "exampledir%2Fuserdata.csv"),
        (18, "7"),
        (20, "-"),
        (23, "-"),
        (25, "standard"),
        (28, &reader.access_key_id),
    ];
    for (number, value) in expected {
        assert_eq!(fields[number - 1], value, "field {number} of {line}");
    }
    assert!(fields[3].ends_with(" +0800"), "{line}");
    assert!(fields[20].parse::<u64>().unwrap() > 100, "{line}");
    assert!(fields[28].starts_with("acs:oss:cn-hangzhou:"), "{line}");
}

#[tokio::test]
async fn a_refused_request_is_logged_with_the_key_it_names() {
    let (practice, reader) = practice().await;
    let update = [("UserName", "reader"), ("UserAccessKeyId", &reader.access_key_id)];
    practice.ram("UpdateAccessKey", &[update[0], update[1], ("Status", "Inactive")]).await;
    let unknown = credentials("LTAI5tMadeUpUnknownKey01", "made-up");
    let wrong = credentials(&practice.root.access_key_id, "wrong");
    for (key, code) in [
        (&reader, "InvalidAccessKeyId"),
        (&unknown, "InvalidAccessKeyId"),
        (&wrong, "SignatureDoesNotMatch"),
    ] {
        let answer = practice.oss(key, Ask::new("GET", BUCKET, "exampledir/userdata.csv")).await;
        assert_eq!(answer.status, 403);
        let line = practice.log_line(BUCKET, LOGS, &answer).await;
        let fields = fields(&line);
        assert_eq!((fields[5].as_str(), fields[19].as_str()), ("403", code), "{line}");
        assert_eq!(fields[27], key.access_key_id, "{line}");
    }
    let answer = practice.anonymous(Ask::new("GET", BUCKET, "exampledir/userdata.csv")).await;
    let line = practice.log_line(BUCKET, LOGS, &answer).await;
    let fields = fields(&line);
    assert_eq!((fields[5].as_str(), fields[19].as_str()), ("403", "AccessDenied"), "{line}");
    assert_eq!((fields[13].as_str(), fields[27].as_str()), ("-", "-"), "{line}");
}

#[tokio::test]
async fn a_hostile_name_stays_one_line_and_decodes_back() {
    let (practice, _) = practice().await;
    for key in ["two\nlines\r\n\"q\" ].csv", "..%2f../%41+ b=c?d#e&f", "猫/é/🔑", "a", " x "] {
        let put = practice.done(Ask::new("PUT", BUCKET, key).body(b"1")).await;
        let line = practice.log_line(BUCKET, LOGS, &put).await;
        let fields = fields(&line);
        assert_eq!(fields.len(), 29, "{line}");
        assert_eq!(fields[16], encode(key), "{line}");
        assert_eq!(fields[22], "1", "{line}");
    }
}

#[tokio::test]
async fn quotes_of_a_user_agent_stay_as_they_came() {
    let (practice, _) = practice().await;
    let agent = "a\" \"- \"LTAI5tForgedForgedForged1\" ]";
    let answer = practice.done(Ask::new("PUT", BUCKET, "a").header("user-agent", agent)).await;
    let line = practice.log_line(BUCKET, LOGS, &answer).await;
    assert!(line.contains(&format!("\"{agent}\"")), "{line}");
    let own = format!("\"{}\" \"acs:oss:", practice.root.access_key_id);
    assert!(line.contains(&own), "{line}");
}

#[tokio::test]
async fn every_request_is_logged_once_and_the_delivery_is_not() {
    let (practice, reader) = practice().await;
    let mut ids = Vec::new();
    for _ in 0..20 {
        let answer =
            practice.oss(&reader, Ask::new("HEAD", BUCKET, "exampledir/userdata.csv")).await;
        ids.push(answer.header("x-oss-request-id").unwrap().to_owned());
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let last = practice.done(Ask::new("GET", BUCKET, "").query("list-type", "2")).await;
    practice.log_line(BUCKET, LOGS, &last).await;
    let lines = practice.log_lines(BUCKET, LOGS).await;
    for id in &ids {
        assert_eq!(lines.iter().filter(|line| line.contains(id.as_str())).count(), 1);
    }
    assert!(
        lines.iter().all(|line| !line.contains(LOGS) || line.contains("?logging")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_batch_of_deletes_names_no_object() {
    let (practice, _) = practice().await;
    let body = b"<Delete><Object><Key>exampledir/userdata.csv</Key></Object></Delete>";
    let ask = Ask::new("POST", BUCKET, "").query("delete", "").body(body);
    let answer = practice.done(ask).await;
    let fields = fields(&practice.log_line(BUCKET, LOGS, &answer).await);
    assert_eq!((fields[14].as_str(), fields[16].as_str()), ("DeleteObjects", "-"));
}

#[tokio::test]
async fn files_are_named_after_prefix_bucket_and_beijing_time_and_hold_one_bucket_each() {
    let practice = Practice::start().await;
    practice.logged_bucket(BUCKET, LOGS).await;
    practice.logged_bucket("second", LOGS).await;
    for bucket in [BUCKET, "second"] {
        let put = practice.done(Ask::new("PUT", bucket, "a").body(b"1")).await;
        practice.log_line(bucket, LOGS, &put).await;
    }
    let list = Ask::new("GET", LOGS, "").query("list-type", "2").query("max-keys", "1000");
    let answer = practice.done(list).await.text();
    let names: Vec<&str> =
        answer.split("<Key>").skip(1).map(|rest| rest.split_once("</Key>").unwrap().0).collect();
    for name in &names {
        let rest = name.strip_prefix("log/").unwrap();
        let (bucket, time) = rest.split_at(rest.len() - "2026-01-02-03-04-05-0000".len());
        let shape: String =
            time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(shape, "0000-00-00-00-00-00-0000", "{name}");
        let file = practice.done(Ask::new("GET", LOGS, name)).await.text();
        for line in file.lines() {
            assert_eq!(fields(line)[15], bucket, "{name}: {line}");
        }
    }
    assert!(
        ["watched2", "second2"]
            .iter()
            .all(|start| { names.iter().any(|name| name.starts_with(&format!("log/{start}"))) })
    );
}

#[test]
fn logs_are_delivered_every_second_unless_told_otherwise() {
    let settings = claviger_sandbox::Settings::default();
    assert_eq!(settings.log_interval, std::time::Duration::from_secs(1));
}

#[tokio::test]
async fn a_referer_stands_as_it_came_and_a_lone_hyphen_means_none() {
    let (practice, reader) = practice().await;
    let referer = "https://example.com/a?b=\"c\" d";
    let get = Ask::new("GET", BUCKET, "exampledir/userdata.csv").header("referer", referer);
    let answer = practice.oss(&reader, get.header("user-agent", "")).await;
    let line = practice.log_line(BUCKET, LOGS, &answer).await;
    let host = practice.sandbox.endpoints().oss.strip_prefix("http://").unwrap();
    assert!(line.contains(&format!(" \"{referer}\" \"-\" \"{host}\" ")), "{line}");
    let answer = practice.done(Ask::new("DELETE", BUCKET, "exampledir/userdata.csv")).await;
    let fields = fields_of(&practice, &answer).await;
    assert_eq!((fields[14].as_str(), fields[5].as_str()), ("DeleteObject", "204"));
    assert_eq!(fields[22], "-", "only an upload changes a size");
}

async fn fields_of(practice: &Practice, answer: &crate::client::Answer) -> Vec<String> {
    fields(&practice.log_line(BUCKET, LOGS, answer).await)
}

#[tokio::test]
async fn a_signed_address_is_logged_with_its_key() {
    let (practice, reader) = practice().await;
    let ask = Ask::new("GET", BUCKET, "exampledir/userdata.csv");
    let mut parts = ask.parts();
    let (region, now) = (practice.sandbox.region(), jiff::Timestamp::now());
    claviger_cloud::sign::oss_v4::presign(&mut parts, &reader, region, now, 60);
    let answer = practice.oss_unsigned(&ask, &parts).await;
    assert_eq!(answer.status, 200);
    let fields = fields_of(&practice, &answer).await;
    assert_eq!(fields[27], reader.access_key_id);
    assert!(fields[4].contains("x-oss-signature="), "{}", fields[4]);
}
