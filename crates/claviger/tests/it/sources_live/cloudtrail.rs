//! `CloudTrail` of the practice cloud, which boto3 judges: a leaked key is seen in both regions, however late its
//! events come and however often the process is killed.

use std::process::Command;
use std::time::Duration;

use claviger_cloud::Settings;
use claviger_model::{Provider, Secret};
use claviger_sandbox::Sandbox;
use serde_json::json;

use super::{cloud, leak, practice, source, uses};
use crate::Ran;
use crate::bad_days::client::{rows, text, until};
use crate::bad_days::serve::{PASSWORD, Serve};

const REGION: &str = "eu-central-1";

/// A dial at which any use of a leaked key is worth an alarm.
const DIAL: &str = "1000";

/// The AWS half of a practice cloud.
fn aws(sandbox: &Sandbox) -> Settings {
    Settings {
        provider: Provider::Aws,
        region: REGION.to_owned(),
        endpoint: Some(sandbox.endpoints().s3.clone()),
        accounts_endpoint: Some(sandbox.endpoints().aws.clone()),
        credentials: None,
    }
}

/// A key of somebody who may do nothing.
async fn thief(sandbox: &Sandbox, id: &str, secret: &Secret) -> (String, Secret) {
    let owner = cloud(practice(sandbox), id, secret);
    owner.create_user("leaky").await.unwrap();
    let (id, secret) = owner.create_key("leaky").await.unwrap();
    (id.to_string(), secret)
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

#[tokio::test(flavor = "multi_thread")]
async fn a_leaked_key_is_seen_by_cloudtrail_in_both_regions_late_and_through_a_kill() {
    let sandbox = Sandbox::start(claviger_sandbox::Settings {
        trail_delay: Duration::from_secs(2),
        ..claviger_sandbox::Settings::default()
    })
    .await
    .unwrap();
    let (id, secret) = sandbox.root_key().unwrap();
    let (thief_id, thief_secret) = thief(&sandbox, id.as_str(), &secret).await;
    let thief = cloud(aws(&sandbox), &thief_id, &thief_secret);

    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path()).with("CLAVIGER_ALARMS_PER_DAY", DIAL);
    let client = serve.open().await;
    assert_eq!(run(&serve, &["sign-in", "admin"], PASSWORD).code, 0);
    let endpoints = sandbox.endpoints();
    let body = json!({ "name": "practice", "provider": "aws", "region": REGION,
        "endpoint": endpoints.s3, "accounts_endpoint": endpoints.aws,
        "access_key_id": id, "access_key_secret": secret.reveal() });
    let connection = text(&client.post("/api/v1/connections", &body).await, "id");
    leak(&client, &thief_id).await;
    // Before the source is there: the past is read as well.
    drop(thief.stored_secret("app/s3").await);
    let add = ["sources", "add", "trail", "--cloudtrail", "--connection", &connection];
    let added = run(&serve, &add, "");
    assert_eq!(added.code, 0, "{}", added.stderr);
    until("the past is read", async || (uses(&client, &thief_id).await == 1).then_some(())).await;
    // `GetCallerIdentity` is told by us-east-1, the block of the account by the region of the connection. Reading
    // an object is told by no look-up.
    drop(thief.public_access_block(None).await);
    drop(thief.list_buckets().await);
    until("both regions are read", async || (uses(&client, &thief_id).await == 4).then_some(()))
        .await;
    for turn in 0..3_u64 {
        drop(thief.stored_secret("app/s3").await);
        tokio::time::sleep(Duration::from_millis(turn * 47)).await;
        serve.kill();
        serve.start();
    }
    until("each call is seen once", async || (uses(&client, &thief_id).await == 7).then_some(()))
        .await;
    let data = folder.path().join("data");
    let hunt = ["hunt", &thief_id, "--data-dir", data.to_str().unwrap(), "--format", "jsonl"];
    let found = run(&serve, &hunt, "");
    for operation in [
        "sts.amazonaws.com:GetCallerIdentity",
        "s3.amazonaws.com:GetAccountPublicAccessBlock",
        "s3.amazonaws.com:ListBuckets",
        "secretsmanager.amazonaws.com:DescribeSecret",
    ] {
        assert!(found.stdout.contains(operation), "{operation}: {} {}", found.stdout, found.stderr);
    }
    let fared = source(&client, "trail").await;
    assert_eq!((&fared["rejected"], &fared["failure"]), (&json!(0), &json!(null)), "{fared}");
    assert_eq!((&fared["kind"], &fared["state"]), (&json!("cloudtrail"), &json!("reading")));
    assert!(fared["gaps"].as_array().unwrap().is_empty(), "{fared}");
    assert_eq!(uses(&client, &thief_id).await, 7);
    let events = client.get("/api/v1/events").await;
    let event = rows(&events).find(|event| event["access_key_id"] == *thief_id).unwrap();
    let path = format!("/api/v1/events/{}/alarms", text(event, "id"));
    until("a stranger with a leaked key raises an alarm", async || {
        rows(&client.get(&path).await).next().is_some().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trail_is_read_with_a_connection_of_its_provider() {
    let sandbox = Sandbox::start(claviger_sandbox::Settings::default()).await.unwrap();
    let (id, secret) = sandbox.root_key().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    assert_eq!(run(&serve, &["sign-in", "admin"], PASSWORD).code, 0);
    let endpoints = sandbox.endpoints();
    let body = json!({ "name": "practice", "provider": "aliyun", "region": sandbox.region(),
        "endpoint": endpoints.oss, "accounts_endpoint": endpoints.ram,
        "access_key_id": id, "access_key_secret": secret.reveal() });
    let connection = text(&client.post("/api/v1/connections", &body).await, "id");
    let add = ["sources", "add", "trail", "--cloudtrail", "--connection", &connection];
    let refused = run(&serve, &add, "");
    assert_eq!(refused.code, 2, "{}", refused.stdout);
    assert!(refused.stderr.contains("is read at AWS"), "{}", refused.stderr);
    assert!(refused.stderr.contains("hint:"), "{}", refused.stderr);
    let policy = |words: &[&str]| run(&serve, &[&["connections", "policy"], words].concat(), "");
    let all = policy(&["aliyun", "disable", "read_sls:p/l", "read_actiontrail"]);
    assert_eq!(all.code, 0, "{}", all.stderr);
    for part in ["actiontrail:LookupEvents", "project/p/logstore/l", "ram:UpdateAccessKey"] {
        assert!(all.stdout.contains(part), "{part}: {}", all.stdout);
    }
    assert!(policy(&["aws", "read_cloudtrail"]).stdout.contains("cloudtrail:LookupEvents"));
    let wrong = policy(&["aws", "read_sls"]);
    assert_eq!(wrong.code, 2, "{}", wrong.stdout);
    assert!(wrong.stderr.contains("a source of Alibaba Cloud"), "{}", wrong.stderr);
    let unknown = policy(&["aws", "read_everything"]);
    assert!(unknown.stderr.contains("`read_cloudtrail`"), "{}", unknown.stderr);
}
