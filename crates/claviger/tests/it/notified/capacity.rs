//! A capacity that comes near its limit, or is used up: people are told by mail, once for each threshold, each in
//! their language.

use claviger_dial::reqwest::Method;
use claviger_sandbox::mail::Mail;
use serde_json::json;

use crate::bad_days::client::{rows, text, until};
use crate::bad_days::owner::{BUCKET, DATA, bucket};
use crate::bad_days::stage::Stage;

/// Bytes that may be protected: some more than what the practice bucket holds at first.
const LIMIT: u64 = 1_000;

/// The mails about a capacity, oldest first.
fn told(stage: &Stage) -> Vec<Mail> {
    let is_about = |mail: &Mail| {
        let subject = mail.subject();
        subject.contains("capacity") || subject.contains("容量")
    };
    stage.mailbox.messages().into_iter().filter(is_about).collect()
}

async fn subjects(stage: &Stage, count: usize) -> Vec<String> {
    until(&format!("{count} mails about capacity arrived"), async || {
        let all = told(stage);
        (all.len() >= count).then(|| all.iter().map(Mail::subject).collect())
    })
    .await
}

/// The bucket holds so many bytes, and Claviger knows it.
async fn grow_to(stage: &Stage, connection: &str, bytes: u64) {
    let used = async || {
        let all = stage.client.get("/api/v1/capacity").await;
        rows(&all).find(|one| one["kind"] == "protection").unwrap()["used"].as_u64().unwrap()
    };
    stage.owner.delete("filler").await;
    let (own, place) = (stage.owner.cloud(), bucket(BUCKET));
    let page = own.list_objects(&place, "", None, None, 1000).await.unwrap();
    let there: u64 = page.objects.iter().map(|object| object.bytes).sum();
    stage.owner.put("filler", &"x".repeat((bytes - there) as usize)).await;
    stage.client.post(&format!("/api/v1/connections/{connection}/synchronize"), &json!({})).await;
    until("the bucket's size is known", async || (used().await == bytes).then_some(())).await;
}

/// The health page tells it, and whoever shares out requests by it goes on sending them here.
async fn is_told_and_stays_in_service(stage: &Stage, code: &str) {
    let told = async || {
        let health = stage.client.insist(Method::GET, "/api/v1/health", None).await;
        assert_eq!(health.status, 200, "{}", health.text);
        let mut all = rows(&health.body["conditions"]).map(|one| (&one["code"], &one["gravity"]));
        let is_told = all.any(|one| one == (&json!(code), &json!("warning")));
        (is_told && health.body["status"] == "warning").then_some(())
    };
    until(&format!("{code} is told"), told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_threshold_is_told_once_in_each_language_with_what_happens_then() {
    let limit = LIMIT.to_string();
    let stage = Stage::set_with(|serve| {
        serve
            .with("CLAVIGER_PROTECTION_MAX_BYTES", &limit)
            .with("CLAVIGER_CAPACITY_ALERT_PERCENTS", "80")
            .with("CLAVIGER_PUBLIC_URL", super::PUBLIC)
    })
    .await;
    let address = stage.mailbox.address();
    for (name, language, level) in [("on call", "en", "low"), ("值班", "zh-CN", "high")] {
        let alert = json!({ "name": name, "level_min": level, "language": language, "email": {
            "host": address.ip().to_string(), "port": address.port(), "security": "none",
            "from": "claviger@example.com", "to": ["oncall@example.com"] } });
        stage.client.post("/api/v1/alerts", &alert).await;
    }
    stage.owner.furnish().await;
    assert!(stage.owner.names().await.iter().any(|name| name == DATA));
    stage.owner.authorize(&stage.client).await;
    let connections = stage.client.get("/api/v1/connections").await;
    let connection = text(rows(&connections).next().unwrap(), "id");

    grow_to(&stage, &connection, 700).await;
    grow_to(&stage, &connection, 850).await;
    assert_eq!(subjects(&stage, 1).await, ["Medium: Protection capacity is 85 % used"]);
    let body = told(&stage)[0].text();
    assert!(body.contains("850 B of 1000 B are used"), "{body}");
    assert!(body.contains("At the limit no further bucket is authorized"), "{body}");
    assert!(body.contains("https://claviger.example.com/settings#capacity"), "{body}");

    is_told_and_stays_in_service(&stage, "capacity_near").await;

    grow_to(&stage, &connection, 900).await;
    grow_to(&stage, &connection, LIMIT).await;
    let mut all = subjects(&stage, 3).await;
    all[1..].sort();
    assert_eq!(
        all[1..],
        ["High: Protection capacity is used up", "高危：OSS 防护容量已用尽"],
        "what is level High reaches whoever wants to hear of that alone"
    );
    let chinese = told(&stage).into_iter().find(|mail| mail.subject().contains("容量")).unwrap();
    assert!(chinese.text().contains("达到上限后不再授权新的存储桶"), "{}", chinese.text());

    grow_to(&stage, &connection, 970).await;
    grow_to(&stage, &connection, LIMIT + 20).await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert_eq!(told(&stage).len(), 3, "once a threshold");
    is_told_and_stays_in_service(&stage, "capacity_full").await;
    let overview = stage.client.get("/api/v1/overview").await;
    assert!(rows(&overview["conditions"]).any(|one| one["code"] == "capacity_full"), "{overview}");
    let metrics = stage.client.insist(Method::GET, "/metrics", None).await;
    assert!(
        metrics.text.contains("claviger_capacity_used_bytes{kind=\"protection\"} 1020"),
        "{}",
        metrics.text
    );
}
