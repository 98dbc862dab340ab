//! The Log Service and `ActionTrail` of the practice cloud, which the official clients judge.

use std::time::Duration;

use claviger_cloud::{BucketRef, Cloud, Trail};
use claviger_sandbox::Sandbox;
use serde_json::json;

use super::{cloud, leak, practice, source, uses};
use crate::bad_days::client::{text, until};
use crate::bad_days::serve::Serve;

#[tokio::test(flavor = "multi_thread")]
async fn a_leaked_key_is_seen_by_log_service_and_actiontrail_through_a_kill() {
    let sandbox = Sandbox::start(claviger_sandbox::Settings::default()).await.unwrap();
    let (id, secret) = sandbox.root_key().unwrap();
    let root = cloud(practice(&sandbox), id.as_str(), &secret);
    let bucket = BucketRef {
        name: "watched-live".to_owned(),
        region: sandbox.region().to_owned(),
        endpoint: None,
    };
    root.create_bucket(&bucket).await.unwrap();
    root.create_user("leaky").await.unwrap();
    let (thief_id, thief_secret) = root.create_key("leaky").await.unwrap();
    let thief = cloud(practice(&sandbox), thief_id.as_str(), &thief_secret);

    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    let endpoints = sandbox.endpoints();
    let body = json!({ "name": "practice", "provider": "aliyun", "region": sandbox.region(),
        "endpoint": endpoints.oss, "accounts_endpoint": endpoints.ram,
        "access_key_id": id, "access_key_secret": secret.reveal() });
    let connection = text(&client.post("/api/v1/connections", &body).await, "id");
    leak(&client, thief_id.as_str()).await;
    let add = async |name: &str, feed: serde_json::Value| {
        let body = json!({ "name": name, "feed": feed, "connection_id": connection });
        client.post("/api/v1/sources", &body).await;
    };
    // The account's number stands in the project's name; its owner knows it.
    let users = root.list_keys().await.unwrap();
    assert!(users.iter().any(|key| key.access_key_id == thief_id));
    add("trail", json!({ "kind": "actiontrail", "endpoint": endpoints.ram })).await;

    // Refused: the user may do nothing. That somebody tried is seen all the same.
    drop(thief.list_keys().await);
    until("the trail tells", async || (uses(&client, thief_id.as_str()).await == 1).then_some(()))
        .await;
    let account = account_of(&sandbox, &root).await;
    let project = format!("oss-log-{account}-{}", sandbox.region());
    add(
        "live",
        json!({ "kind": "sls", "endpoint": endpoints.sls, "project": project,
        "logstore": "oss-log-store" }),
    )
    .await;
    for turn in 0..4_u64 {
        drop(thief.read_object(&bucket, "a.txt", 0..7).await);
        tokio::time::sleep(Duration::from_millis(turn * 31)).await;
        serve.kill();
        serve.start();
    }
    until("each request is seen once", async || {
        (uses(&client, thief_id.as_str()).await == 5).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(uses(&client, thief_id.as_str()).await, 5);
    for name in ["trail", "live"] {
        let fared = source(&client, name).await;
        assert_eq!((&fared["rejected"], &fared["failure"]), (&json!(0), &json!(null)), "{fared}");
    }
    add(
        "wrong",
        json!({ "kind": "sls", "endpoint": endpoints.sls, "project": "nobody",
        "logstore": "nothing" }),
    )
    .await;
    until("what is not there is told", async || {
        let fared = source(&client, "wrong").await;
        (fared["state"] == "failing" && fared["failure"]["hint"].is_string()).then_some(())
    })
    .await;
}

/// The account's number, as an event of its trail tells it.
async fn account_of(sandbox: &Sandbox, root: &std::sync::Arc<dyn Cloud>) -> String {
    let now = jiff::Timestamp::now();
    let between = (now - jiff::SignedDuration::from_hours(1), now);
    let trail = Trail { endpoint: Some(sandbox.endpoints().ram.clone()), region: None };
    let page = root.lookup_events(&trail, between, None).await.unwrap();
    page.events[0]["recipientAccountId"].as_str().unwrap().to_owned()
}
