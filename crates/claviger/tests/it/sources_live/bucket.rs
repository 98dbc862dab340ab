//! Buckets of the practice cloud that a trail writes into: its files are read once, whatever comes when, how late and
//! under which name, and however often the process is killed.

use std::io::Write;
use std::process::Command;
use std::sync::Arc;

use claviger_cloud::{BucketRef, Cloud, PolicyOwner, Settings};
use claviger_model::{Provider, Secret};
use claviger_sandbox::Sandbox;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{cloud, leak, practice, source, uses};
use crate::Ran;
use crate::bad_days::client::{Client, rows, text, until};
use crate::bad_days::serve::{PASSWORD, Serve};

const REGION: &str = "eu-central-1";
const BUCKET: &str = "acme-trail";
const ACCOUNT: &str = "123837392027";

/// The key that the recorded events were signed with.
const KEY: &str = "AKIATFQR7NSC8Q4X20BJ";

/// Recorded events, one a line.
const TRAIL: &str = include_str!("../../../../watch/fixtures/cloudtrail/basic.jsonl");
const DIGEST: &str = include_str!("../../../../watch/fixtures/cloudtrail/digest.json");
const ACTIONTRAIL: &str = include_str!("../../../../watch/fixtures/actiontrail/basic.jsonl");

fn packed(text: &str) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

/// A file as a trail writes it, with two recorded events that have ids of their own.
fn records(unique: usize, at: Timestamp) -> Vec<u8> {
    let record = |number: usize| {
        let mut record: Value = serde_json::from_str(TRAIL.lines().next().unwrap()).unwrap();
        record["eventID"] = json!(format!("{unique}-{number}"));
        record["eventTime"] = json!(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        record
    };
    packed(&json!({ "Records": [record(0), record(1)] }).to_string())
}

fn named(kind: &str, region: &str, at: Timestamp, unique: usize) -> String {
    let (day, stamp) = (at.strftime("%Y/%m/%d"), at.strftime("%Y%m%dT%H%MZ"));
    let own = format!("{ACCOUNT}_{kind}_{region}_{stamp}_{unique:016}.json.gz");
    format!("AWSLogs/{ACCOUNT}/{kind}/{region}/{day}/{own}")
}

/// A trail and the bucket that it writes into.
struct Trail {
    owner: Arc<dyn Cloud>,
    bucket: BucketRef,
    written: usize,
}

impl Trail {
    async fn in_bucket(owner: Arc<dyn Cloud>, region: &str) -> Self {
        let bucket = BucketRef { name: BUCKET.into(), region: region.into(), endpoint: None };
        owner.create_bucket(&bucket).await.unwrap();
        Self { owner, bucket, written: 0 }
    }

    async fn put(&self, name: &str, content: Vec<u8>) {
        self.owner.put_object(&self.bucket, name, content, None).await.unwrap();
    }

    /// Writes a file of a region that is named by a time.
    async fn write(&mut self, region: &str, at: Timestamp) -> String {
        self.written += 1;
        let name = named("CloudTrail", region, at, self.written);
        self.put(&name, records(self.written, at)).await;
        name
    }

    /// Waits until all that was written is read, and nothing twice.
    async fn is_read(&self, client: &Client, what: &str) {
        let expected = json!(self.written * 2);
        until(what, async || (source(client, "trail").await["events"] == expected).then_some(()))
            .await;
    }
}

/// Runs the binary as a person who works from a terminal.
fn run(serve: &Serve, args: &[&str], input: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
    command
        .args(args)
        .env("CLAVIGER_SERVER", serve.url())
        .env("XDG_CONFIG_HOME", &serve.folder)
        .env_remove("CLAVIGER_TOKEN");
    tokio::task::block_in_place(|| crate::ran(command, input.as_bytes()))
}

/// A connection of the AWS half of a practice cloud, and its owner.
async fn connect(sandbox: &Sandbox, client: &Client) -> (String, Arc<dyn Cloud>) {
    let (id, secret) = sandbox.root_key().unwrap();
    let endpoints = sandbox.endpoints();
    let settings = Settings {
        provider: Provider::Aws,
        region: REGION.to_owned(),
        endpoint: Some(endpoints.s3.clone()),
        accounts_endpoint: Some(endpoints.aws.clone()),
        credentials: None,
    };
    let body = json!({ "name": "practice", "provider": "aws", "region": REGION,
        "endpoint": endpoints.s3, "accounts_endpoint": endpoints.aws,
        "access_key_id": id, "access_key_secret": secret.reveal() });
    let connection = text(&client.post("/api/v1/connections", &body).await, "id");
    (connection, cloud(settings, id.as_str(), &secret))
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_trail_are_read_once_whatever_comes_when_and_through_kills() {
    let sandbox = Sandbox::start(claviger_sandbox::Settings::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path())
        .with("CLAVIGER_LOG_SWEEP_SECONDS", "1")
        .with("CLAVIGER_LOG_AUDIT_SECONDS", "1");
    let client = serve.open().await;
    assert_eq!(run(&serve, &["sign-in", "admin"], PASSWORD).code, 0);
    let (connection, owner) = connect(&sandbox, &client).await;
    leak(&client, KEY).await;

    let mut trail = Trail::in_bucket(owner, REGION).await;
    let now = Timestamp::now();
    for back in [0, 1, 30, 60, 100, 6 * 24] {
        trail.write("eu-west-1", now - hours(back)).await;
    }
    let digest = named("CloudTrail-Digest", "eu-west-1", now, 1);
    trail.put(&digest, packed(DIGEST)).await;
    let broken = named("CloudTrail", "eu-west-1", now, 900);
    let torn = [&packed(TRAIL)[..10], &[0xff; 20]].concat();
    trail.put(&broken, torn).await;
    // Older than what a new source begins with, and of another service.
    trail
        .put(&named("CloudTrail", "eu-west-1", now - hours(10 * 24), 901), records(901, now))
        .await;
    trail.put(&named("vpcflowlogs", "eu-west-1", now, 902), packed("2 1 eni-1 - - - -\n")).await;

    let place = format!("s3://{BUCKET}/AWSLogs/");
    let add = ["sources", "add", "trail", "--bucket", &place, "--connection", &connection];
    let added = run(&serve, &add, "");
    assert_eq!(added.code, 0, "{}", added.stderr);
    trail.is_read(&client, "the past week is read").await;

    trail.write("eu-west-1", Timestamp::now()).await;
    trail.is_read(&client, "what is new is read").await;
    trail.write("eu-west-1", now - hours(47)).await;
    trail.is_read(&client, "a late file with an early name is read").await;
    trail.write("us-east-1", Timestamp::now()).await;
    trail.is_read(&client, "a region that begins is read").await;
    for turn in 0..4_i64 {
        for back in 0..5 {
            trail.write("us-east-1", now - hours(turn * 7 + back)).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(turn.unsigned_abs() * 61)).await;
        serve.kill();
        serve.start();
    }
    let client = serve.sign_in().await;
    trail.is_read(&client, "each file is read once through kills").await;
    let expected = trail.written as u64;
    let fared = until("all of it is compared", async || {
        let fared = source(&client, "trail").await;
        // The broken one is there as well.
        (fared["audit"]["listed"] == json!(expected + 1)).then_some(fared)
    })
    .await;
    assert_eq!((&fared["audit"]["skipped"], &fared["audit"]["missed"]), (&json!(1), &json!(0)));
    assert_eq!((&fared["events"], &fared["rejected"]), (&json!(expected * 2), &json!(1)));
    assert_eq!((&fared["kind"], &fared["state"]), (&json!("bucket"), &json!("reading")));
    assert_eq!(fared["failure"], json!(null), "{fared}");
    assert_eq!(fared["feed"]["bucket"], json!(BUCKET));
    assert!(fared["last_delivered_at"].is_string() && fared["behind_ms"].is_u64(), "{fared}");
    let rejects = client.get(&format!("/api/v1/rejects?source={}", text(&fared, "id"))).await;
    let names: Vec<String> = rows(&rejects).map(|reject| text(reject, "name")).collect();
    assert_eq!(names, [broken]);
    assert_eq!(uses(&client, KEY).await, expected * 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_a_notification_names_is_read_at_once() {
    let sandbox = Sandbox::start(claviger_sandbox::Settings::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    // Nothing but the first sweep lists what is named so early.
    let mut serve = Serve::in_folder(folder.path()).with("CLAVIGER_LOG_SWEEP_SECONDS", "86400");
    let client = serve.open().await;
    let (connection, owner) = connect(&sandbox, &client).await;
    let mut trail = Trail::in_bucket(owner, REGION).await;
    let now = Timestamp::now();
    trail.write("eu-west-1", now).await;
    let feed = json!({ "kind": "bucket", "bucket": BUCKET, "prefix": "AWSLogs/" });
    let body = json!({ "name": "trail", "feed": feed, "connection_id": connection });
    client.post("/api/v1/sources", &body).await;
    trail.is_read(&client, "the first file is read").await;
    let push = json!({ "name": "told", "feed": { "kind": "push" } });
    let told = client.post("/api/v1/sources", &push).await;

    let name = trail.write("eu-west-1", now - hours(40)).await;
    let of_others = named("vpcflowlogs", "eu-west-1", now, 1);
    let notice = |key: &str| {
        json!({ "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": { "bucket": { "name": BUCKET }, "object": { "key": key } } })
    };
    let body = json!({ "Records": [notice(&name), notice(&of_others)] }).to_string();
    let post = claviger_dial::reqwest::Method::POST;
    let request = client.request(post, "/ingest/told").bearer_auth(text(&told, "token"));
    assert_eq!(client.send(request.body(body)).await.unwrap().status, 200);
    trail.is_read(&client, "the file that was named is read").await;
    assert_eq!(source(&client, "trail").await["rejected"], json!(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_refused_names_the_right_and_the_policy_that_grants_it() {
    let sandbox = Sandbox::start(claviger_sandbox::Settings::default()).await.unwrap();
    let (id, secret) = sandbox.root_key().unwrap();
    let owner = cloud(practice(&sandbox), id.as_str(), &secret);
    let trail = Trail::in_bucket(owner.clone(), sandbox.region()).await;
    let day = Timestamp::now().strftime("%Y/%m/%d").to_string();
    let name = format!("p/AliyunLogs/Actiontrail/cn-hangzhou/{day}/actiontrail_1.gz");
    trail.put(&name, packed(ACTIONTRAIL)).await;
    owner.create_user("keeper").await.unwrap();
    let (keeper, keeper_secret): (_, Secret) = owner.create_key("keeper").await.unwrap();
    let grant = async |name: &str, policy: &str| {
        owner.create_policy(name, policy).await.unwrap();
        owner.attach_policy("keeper", PolicyOwner::Account, name).await.unwrap();
    };
    // Who may list no bucket is no connection.
    grant("buckets", &claviger_cloud::policy_of(Provider::Aliyun, &["oss:ListBuckets"])).await;

    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    assert_eq!(run(&serve, &["sign-in", "admin"], PASSWORD).code, 0);
    let endpoints = sandbox.endpoints();
    let body = json!({ "name": "practice", "provider": "aliyun", "region": sandbox.region(),
        "endpoint": endpoints.oss, "accounts_endpoint": endpoints.ram,
        "access_key_id": keeper, "access_key_secret": keeper_secret.reveal() });
    let connection = text(&client.post("/api/v1/connections", &body).await, "id");
    let place = format!("oss://{BUCKET}/p/");
    let with = ["--connection", &connection, "--log-format", "actiontrail"];
    let add = [&["sources", "add", "trail", "--bucket", &place], &with[..]].concat();
    assert_eq!(run(&serve, &add, "").code, 0);

    let lacks = async |right: &str| {
        until("the source says what it lacks", async || {
            let fared = source(&client, "trail").await;
            let hint = fared["failure"]["hint"].as_str().unwrap_or_default().to_owned();
            let is_told = fared["state"] == "failing" && hint.contains(&format!("`{right}`"));
            is_told.then_some(hint)
        })
        .await
    };
    let hint = lacks("oss:ListObjects").await;
    let (_, policy) = hint.split_once("is granted by ").unwrap();
    let capabilities = ["connections", "capabilities", &connection, "--json"];
    let tried: Value = serde_json::from_str(&run(&serve, &capabilities, "").stdout).unwrap();
    let tried = tried["capabilities"].as_array().unwrap();
    let of_bucket = tried.iter().filter(|one| text(one, "purpose").contains("others write"));
    let verdicts: Vec<(String, String)> =
        of_bucket.map(|one| (text(one, "right"), text(one, "verdict"))).collect();
    let pair = |right: &str, verdict: &str| (right.to_owned(), verdict.to_owned());
    assert_eq!(verdicts, [pair("oss:ListObjects", "refused"), pair("oss:GetObject", "not_tried")]);

    // Listing alone: then each file is refused.
    let whole: Value = serde_json::from_str(policy).unwrap();
    let mut half = whole.clone();
    half["Statement"].as_array_mut().unwrap().truncate(1);
    grant("rights", &half.to_string()).await;
    lacks("oss:GetObject").await;
    grant("rights", policy).await;
    until("the source is read", async || {
        let fared = source(&client, "trail").await;
        (fared["failure"].is_null() && fared["events"] == json!(6)).then_some(())
    })
    .await;
    let word = format!("read_bucket:{BUCKET}/p/");
    let printed = run(&serve, &["connections", "policy", "aliyun", &word], "");
    for statement in whole["Statement"].as_array().unwrap() {
        assert!(printed.stdout.contains(&statement.to_string()), "{}", printed.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_no_bucket_is_refused_with_how_to_write_one() {
    let sandbox = Sandbox::start(claviger_sandbox::Settings::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    assert_eq!(run(&serve, &["sign-in", "admin"], PASSWORD).code, 0);
    let (connection, _) = connect(&sandbox, &client).await;
    for place in ["acme-trail", "s3://", "s3://acme-trail/*", "s3://a b/"] {
        let add = ["sources", "add", "trail", "--bucket", place, "--connection", &connection];
        let refused = run(&serve, &add, "");
        assert_eq!(refused.code, 2, "{place}: {}", refused.stdout);
        assert!(refused.stderr.contains("hint: "), "{place}: {}", refused.stderr);
    }
    let unknown =
        ["sources", "add", "trail", "--bucket", "s3://acme-trail", "--connection", "con_no"];
    let unknown = run(&serve, &unknown, "");
    assert_eq!(unknown.code, 2, "{}", unknown.stdout);
    assert!(unknown.stderr.contains("`claviger connections list`"), "{}", unknown.stderr);
    let without = run(&serve, &["sources", "add", "trail", "--bucket", "s3://acme-trail"], "");
    assert_eq!(without.code, 2, "{}", without.stdout);
}
