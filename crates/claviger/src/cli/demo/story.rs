//! The story, step by step.

use std::time::Instant;

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::client::Client;
use super::allowed;
use super::asking::{PATIENCE, milliseconds, plain, plan_in, text, until};
use super::handling::{self, Found};
use super::scene::{BUCKET, DATA, Thief, download, furnish};
use super::stage::Stage;
use super::teller::Teller;

/// Tells the whole story.
pub(super) async fn tell(stage: &Stage, teller: &mut Teller) -> anyhow::Result<()> {
    let started = Instant::now();
    let client = stage.client().await?;
    let endpoints = stage.endpoints();
    teller
        .step(
            "sandbox",
            "A practice cloud, a mail receiver and the service run on this machine",
            &[
                format!("OSS {} · S3 {} · RAM {}", endpoints.oss, endpoints.s3, endpoints.ram),
                format!("service {} · mail {}", stage.url(), stage.mailbox.address()),
            ],
            json!({ "endpoints": endpoints, "service": stage.url(),
                "mail": stage.mailbox.address().to_string() }),
        )
        .await?;
    let thief = furnish(stage, teller).await?;
    let asset_id = connect(stage, &client, teller).await?;
    let event_id = identify(&client, teller, &asset_id, &thief).await?;
    set_policy_and_alert(stage, &client, teller).await?;
    let request_to_mail_ms = misuse(stage, teller, &thief).await?;
    let status_before = details(&client, teller, &event_id).await?;
    let (plan, confirm_to_refused_ms) = stop(stage, &client, teller, &event_id, &thief).await?;
    let status_after = key_status(&client, &event_id).await?;
    undo(&client, teller, &event_id, &plan).await?;
    let found = Found { stage, client: &client, event_id: &event_id, thief: &thief };
    handling::tell(&found, teller).await?;
    allowed::tell(stage, &client, teller).await?;
    teller
        .step(
            "summary",
            "From the thief's request to the mail, and from the confirmation to the refusal",
            &[
                format!("request → mail {request_to_mail_ms} ms"),
                format!("confirm → refused {confirm_to_refused_ms} ms"),
                format!("the key was {status_before}, then {status_after}"),
            ],
            json!({ "request_to_mail_ms": request_to_mail_ms,
                "confirm_to_refused_ms": confirm_to_refused_ms,
                "status_before": status_before, "status_after": status_after,
                "seconds": started.elapsed().as_secs_f64() }),
        )
        .await
}

/// Connects the account, synchronizes, authorizes the bucket. Returns the asset.
async fn connect(stage: &Stage, client: &Client, teller: &mut Teller) -> anyhow::Result<String> {
    let (id, secret) = stage.sandbox.root_key().context("the account has no key")?;
    let connection = client
        .post(
            "/api/v1/connections",
            &json!({ "name": "practice", "provider": "aliyun", "region": stage.sandbox.region(),
                "endpoint": stage.endpoints().oss, "accounts_endpoint": stage.endpoints().ram,
                "access_key_id": id, "access_key_secret": secret.reveal() }),
        )
        .await?;
    let connection_id = text(&connection, "id")?;
    client.post(&format!("/api/v1/connections/{connection_id}/synchronize"), &json!({})).await?;
    let asset = until("the bucket is listed", || async {
        let all = client.get("/api/v1/assets?authorization=not_authorized").await?;
        let found = all.as_array().into_iter().flatten().find(|asset| asset["bucket"] == BUCKET);
        Ok(found.filter(|asset| asset["log_target"].is_string()).cloned())
    })
    .await?;
    teller
        .step(
            "connect",
            "The account is connected, and its buckets and keys are synchronized",
            &[format!(
                "{BUCKET}: not authorized, ACL {}, log to {}",
                plain(&asset["acl"]),
                plain(&asset["log_target"])
            )],
            json!({ "connection": connection, "asset": asset }),
        )
        .await?;
    let asset_id = text(&asset, "id")?;
    client.post("/api/v1/assets/authorize", &json!({ "ids": [asset_id] })).await?;
    let overview = client.get("/api/v1/overview").await?;
    teller
        .step(
            "authorize",
            "The bucket is authorized; identification begins at once",
            &statistics(&overview["assets"]),
            json!({ "asset_id": asset_id, "statistics": overview["assets"] }),
        )
        .await?;
    Ok(asset_id)
}

/// Storage authorization statistics, a line a provider.
fn statistics(rows: &Value) -> Vec<String> {
    let line = |row: &Value| {
        format!(
            "{}: {} authorized, {} not authorized, {} failed, {} bytes protected",
            plain(&row["provider"]),
            row["authorized"],
            row["not_authorized"],
            row["failed"],
            row["bytes_authorized"]
        )
    };
    rows.as_array().into_iter().flatten().map(line).collect()
}

/// Waits for the scan to find the pair and the sensitivity. Returns the risk event.
async fn identify(
    client: &Client,
    teller: &mut Teller,
    asset_id: &str,
    thief: &Thief,
) -> anyhow::Result<String> {
    let task = until("the identification task ends", || async {
        let tasks = client.get(&format!("/api/v1/tasks?asset_id={asset_id}")).await?;
        Ok(tasks.get(0).filter(|task| task["state"] == "done").cloned())
    })
    .await?;
    let event = until("the leaked key is found", || async {
        let events = client.get("/api/v1/events?risk_type=access_key_pair_leak").await?;
        let id = thief.access_key_id.as_str();
        let found = events.as_array().into_iter().flatten().find(|e| e["access_key_id"] == id);
        Ok(found.filter(|event| event["key_status"] == "active").cloned())
    })
    .await?;
    let objects = client.get(&format!("/api/v1/assets/{asset_id}/objects")).await?;
    let lines: Vec<String> = objects
        .as_array()
        .into_iter()
        .flatten()
        .map(|object| {
            let kinds: Vec<&str> = object["data"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|data| data["data_type"].as_str())
                .collect();
            format!(
                "{} {}: {}",
                plain(&object["sensitivity"]),
                plain(&object["name"]),
                kinds.join(", ")
            )
        })
        .collect();
    teller
        .step(
            "identify",
            &format!("{} finds the key pair and what is sensitive", plain(&task["template_title"])),
            &lines,
            json!({ "task": task, "objects": objects, "event": event }),
        )
        .await?;
    text(&event, "id")
}

/// Sets the risk policy and who is told.
async fn set_policy_and_alert(
    stage: &Stage,
    client: &Client,
    teller: &mut Teller,
) -> anyhow::Result<()> {
    let policy = client
        .put("/api/v1/policies/access_key_pair_leak", &json!({ "level": "high", "enabled": true }))
        .await?;
    teller
        .step(
            "policy",
            "AccessKey Pair Leak is enabled with level High",
            &[],
            json!({ "policy": policy }),
        )
        .await?;
    let address = stage.mailbox.address();
    let alert = client
        .post(
            "/api/v1/alerts",
            &json!({ "name": "on call", "level_min": "high", "language": "en", "email": {
                "host": address.ip().to_string(), "port": address.port(), "security": "none",
                "from": "claviger@example.com", "to": ["oncall@example.com"] } }),
        )
        .await?;
    teller
        .step(
            "alert",
            "oncall@example.com is told by e-mail of every event of level High",
            &[],
            json!({ "alert": alert }),
        )
        .await
}

/// A separate process downloads the file with the leaked key; the mail arrives. Returns the
/// milliseconds from the request to the mail.
async fn misuse(stage: &Stage, teller: &mut Teller, thief: &Thief) -> anyhow::Result<i64> {
    let before = stage.mailbox.messages().len();
    let asked_at = Timestamp::now();
    let (code, words) = download(stage, thief).await?;
    if code != 0 {
        bail!("the thief's download failed: {words}");
    }
    teller
        .step(
            "misuse",
            "Somebody downloads the file with the leaked key, from a process of their own",
            std::slice::from_ref(&words),
            json!({ "command": format!("claviger fetch oss://{BUCKET}/{DATA}"), "exit": code,
                "said": words }),
        )
        .await?;
    if !stage.mailbox.wait_for(before + 1, PATIENCE).await {
        bail!("no mail arrived within {} s", PATIENCE.as_secs());
    }
    let mail = stage.mailbox.messages().swap_remove(before);
    let milliseconds = milliseconds(asked_at, mail.received_at);
    let body = mail.text();
    let lines: Vec<String> = std::iter::once(format!("Subject: {}", mail.subject()))
        .chain(body.lines().map(str::to_owned))
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "seconds for a reader")]
    let seconds = milliseconds as f64 / 1000.0;
    teller
        .step(
            "mail",
            &format!("The mail arrives {seconds:.1} s after the request"),
            &lines,
            json!({ "subject": mail.subject(), "text": body, "to": mail.to,
                "message_id": mail.header("Message-ID"), "request_to_mail_ms": milliseconds }),
        )
        .await?;
    Ok(milliseconds)
}

/// Shows the event's details. Returns the key's status.
async fn details(client: &Client, teller: &mut Teller, id: &str) -> anyhow::Result<String> {
    let details = client.get(&format!("/api/v1/events/{id}")).await?;
    let event = &details["event"];
    let mut lines = vec![
        format!("AccessKey ID: {}", plain(&event["access_key_id"])),
        format!("Account of AccessKey Pair: {}", plain(&event["account"])),
        format!("AccessKey Pair Status: {}", plain(&event["key_status"])),
        format!("First Detection Time: {}", plain(&event["first_detected_at"])),
        format!("Latest Detection Time: {}", plain(&event["latest_detected_at"])),
        format!("Intelligence Source: {}", plain(&details["evidence"][0]["source_title"])),
    ];
    for bucket in details["usage"]["buckets"].as_array().into_iter().flatten() {
        for file in bucket["files"].as_array().into_iter().flatten() {
            lines.push(format!(
                "accessed: {} {}/{}, {} carried out, {} bytes",
                plain(&file["sensitivity"]),
                plain(&bucket["bucket"]),
                plain(&file["object"]),
                file["allowed"],
                file["bytes_out"]
            ));
        }
    }
    let status = text(event, "key_status")?;
    teller
        .step(
            "event",
            "The risk event tells whose key, where it leaked, what it touched",
            &lines,
            details,
        )
        .await?;
    Ok(status)
}

/// Disables the key by a plan, and sees the thief refused. Returns the plan and the milliseconds from
/// the confirmation to the refusal.
async fn stop(
    stage: &Stage,
    client: &Client,
    teller: &mut Teller,
    id: &str,
    thief: &Thief,
) -> anyhow::Result<(String, i64)> {
    let path = format!("/api/v1/events/{id}/plans");
    let plan = client.post(&path, &json!({ "action": "disable" })).await?;
    let step = &plan["steps"][0];
    let mut lines = vec![
        format!("{}: {}", plain(&step["call"]), plain(&step["title"])),
        plain(&step["changes"]),
        format!("undo: {}", plain(&step["undo"])),
        plain(&step["command"]),
    ];
    lines.extend(plan["breaks"].as_array().into_iter().flatten().map(plain));
    let plan_id = text(&plan, "id")?;
    teller
        .step(
            "plan",
            "The plan to disable it: nothing is changed yet",
            &lines,
            json!({ "plan": plan }),
        )
        .await?;
    let confirmed_at = Timestamp::now();
    client.post(&format!("/api/v1/plans/{plan_id}/confirm"), &json!({})).await?;
    let done = plan_in(client, &plan_id, "done").await?;
    let proof = plain(&done["steps"][0]["proof"]);
    teller
        .step("disable", "Confirmed, done, and verified", &[proof], json!({ "plan": done }))
        .await?;
    let (code, words) = download(stage, thief).await?;
    let milliseconds = milliseconds(confirmed_at, Timestamp::now());
    if code == 0 {
        bail!("the thief's download was not refused");
    }
    let refusal = until("the refusal is on the timeline", || async {
        let details = client.get(&format!("/api/v1/events/{id}")).await?;
        let timeline = details["timeline"].as_array().into_iter().flatten();
        Ok(timeline.rev().find(|entry| entry["kind"] == "refused").cloned())
    })
    .await?;
    teller
        .step(
            "refused",
            "The thief's next download is refused, and that stands on the timeline",
            &[words.clone(), plain(&refusal["text"])],
            json!({ "exit": code, "said": words, "timeline": refusal,
                "status": refusal["details"]["status"], "confirm_to_refused_ms": milliseconds }),
        )
        .await?;
    Ok((plan_id, milliseconds))
}

/// Takes the plan back, to show that it can be.
async fn undo(
    client: &Client,
    teller: &mut Teller,
    event_id: &str,
    plan_id: &str,
) -> anyhow::Result<()> {
    client.post(&format!("/api/v1/plans/{plan_id}/undo"), &json!({})).await?;
    let undone = plan_in(client, plan_id, "undone").await?;
    let status = key_status(client, event_id).await?;
    teller
        .step(
            "undo",
            "What was done can be taken back, and is",
            &[plain(&undone["steps"][0]["proof"]), format!("the key is {status} again")],
            json!({ "plan": undone, "status": status }),
        )
        .await
}

async fn key_status(client: &Client, event_id: &str) -> anyhow::Result<String> {
    let details = client.get(&format!("/api/v1/events/{event_id}")).await?;
    text(&details["event"], "key_status")
}
