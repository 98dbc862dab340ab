//! What a disabled policy stops, and what is told again when an event is opened again.

use serde_json::{Value, json};

use super::client::{rows, text, until};
use super::owner::{BUCKET, DATA, LEAK, bucket, event_of, leak_of, tell_by_mail};
use super::stage::Stage;

const POLICY: &str = "/api/v1/policies/access_key_pair_leak";

async fn set_policy(stage: &Stage, enabled: bool) {
    stage.client.put(POLICY, &json!({ "level": "high", "enabled": enabled })).await;
}

/// The messages of a kind, sent or not.
async fn messages(stage: &Stage, kind: &str) -> Vec<Value> {
    let all = stage.client.get("/api/v1/deliveries?limit=1000").await;
    rows(&all).filter(|one| one["kind"] == kind).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_policy_raises_no_new_alert() {
    let stage = Stage::set().await;
    let thief = stage.owner.furnish().await;
    let asset = stage.owner.authorize(&stage.client).await;
    let event = event_of(&stage.client, &thief).await;
    tell_by_mail(&stage.client, stage.mailbox.address()).await;
    set_policy(&stage, false).await;
    // An existing event is not affected: it gathers use. Nobody is told of it.
    let (code, words) = stage.owner.fetch(&thief, DATA).await;
    assert_eq!(code, 0, "{words}");
    until("the use is on the event", || async {
        let told = stage.client.get(&format!("/api/v1/events/{event}")).await;
        rows(&told["timeline"]).any(|entry| entry["kind"] == "used").then_some(())
    })
    .await;
    // A key that leaks now opens no event.
    let other = stage.owner.make_user("second").await;
    stage.owner.put("second.txt", &leak_of(&other)).await;
    stage.scanned(&asset, &["second.txt"]).await;
    let events = stage.client.get("/api/v1/events").await;
    assert_eq!(rows(&events).count(), 1, "{events}");
    assert_eq!(stage.client.get("/api/v1/deliveries").await, json!([]));
    // What was found meanwhile is not lost.
    set_policy(&stage, true).await;
    let second = event_of(&stage.client, &other).await;
    until("the second leak is told", || async {
        let all = messages(&stage, "leak_found").await;
        (all.len() == 1 && all[0]["event_id"] == second).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leak_found_again_is_told_once_a_re_opening() {
    let stage = Stage::set().await;
    let thief = stage.owner.furnish().await;
    tell_by_mail(&stage.client, stage.mailbox.address()).await;
    stage.owner.authorize(&stage.client).await;
    let event = event_of(&stage.client, &thief).await;
    let path = format!("/api/v1/events/{event}");
    for round in 1..=2 {
        stage.owner.delete(LEAK).await;
        until("the event is disposed", || async {
            let told = stage.client.get(&path).await;
            (told["event"]["work_state"] == "disposed").then_some(())
        })
        .await;
        // At two places at once: one re-opening, one message.
        let content = leak_of(&thief).into_bytes();
        let cloud = stage.owner.cloud();
        let again = format!("again/{round}.txt");
        for name in [LEAK, &again] {
            cloud.put_object(&bucket(BUCKET), name, content.clone(), None).await.unwrap();
        }
        let told = until("both places are evidence", || async {
            let told = stage.client.get(&path).await;
            let found = rows(&told["evidence"]).filter(|one| one["state"] == "found").count();
            (found == 2).then_some(told)
        })
        .await;
        assert_eq!(told["event"]["work_state"], "pending");
        let reopened = rows(&told["timeline"]).filter(|one| one["kind"] == "reopened").count();
        assert_eq!(reopened, round);
        until("it is told once more", || async {
            (messages(&stage, "leak_found").await.len() > round).then_some(())
        })
        .await;
        stage.owner.delete(&again).await;
        until("the second place is clean", || async {
            let told = stage.client.get(&path).await;
            let found = rows(&told["evidence"]).filter(|one| one["state"] == "found").count();
            (found == 1).then_some(())
        })
        .await;
        assert_eq!(messages(&stage, "leak_found").await.len(), round + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn use_that_a_late_log_tells_does_not_undo_a_containment_unless_it_is_news() {
    // The log is read every few seconds only: what happens before it is read is late.
    let stage = Stage::set_with(|serve| serve.with("CLAVIGER_LOG_POLL_MS", "3000")).await;
    let thief = stage.owner.furnish().await;
    stage.owner.authorize(&stage.client).await;
    let event = event_of(&stage.client, &thief).await;
    let path = format!("/api/v1/events/{event}");
    let uses = async |count: u64| {
        until("the use is known", || async {
            let told = stage.client.get(&path).await;
            (told["event"]["uses"] == count).then_some(told)
        })
        .await
    };
    assert_eq!(stage.owner.fetch(&thief, DATA).await.0, 0);
    uses(1).await;
    assert_eq!(stage.owner.fetch(&thief, DATA).await.0, 0);
    // The next second: logs tell whole ones.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let drafted =
        stage.client.post(&format!("{path}/plans"), &json!({ "action": "disable" })).await;
    let confirm = format!("/api/v1/plans/{}/confirm", text(&drafted, "id"));
    stage.client.post(&confirm, &json!({})).await;
    let told = uses(2).await;
    assert_eq!(told["event"]["key_status"], "inactive");
    assert_eq!(told["event"]["work_state"], "disposed", "{}", told["timeline"]);
}
