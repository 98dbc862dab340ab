//! A plan of many steps is killed at every step: it goes on where it stood and leaves the same result, and so
//! does taking it back.

use std::collections::BTreeSet;
use std::time::Duration;

use claviger_dial::reqwest::Method;
use claviger_model::{CloudKeyStatus, Secret};
use serde_json::{Value, json};

use super::client::{rows, text, until};
use super::owner::{DATA, Pair, USER, event_of};
use super::stage::Stage;

/// Drafts a plan as soon as the key's owner is known.
async fn drafted(stage: &Stage, event: &str, ask: &Value) -> String {
    until("the plan is drafted", || async {
        let path = format!("/api/v1/events/{event}/plans");
        let answer = stage.client.once(Method::POST, &path, Some(ask)).await.ok()?;
        assert!(matches!(answer.status, 201 | 409), "{}", answer.text);
        (answer.status == 201).then(|| text(&answer.body, "id"))
    })
    .await
}

/// Kills the service whenever the plan stands differently than ever before, until it is in a state. Returns the
/// number of kills, and the new pair where the plan handed one over.
async fn killed_until(stage: &mut Stage, plan: &str, wanted: &str) -> (usize, Option<Pair>) {
    let path = format!("/api/v1/plans/{plan}");
    let (mut seen, mut pair) = (BTreeSet::new(), None);
    loop {
        let now = stage.client.get(&path).await;
        let state = text(&now, "state");
        if state == wanted {
            return (seen.len(), pair);
        }
        assert_ne!(state, "failed", "{now}");
        let states: Vec<String> = rows(&now["steps"]).map(|step| text(step, "state")).collect();
        // Before the new key is noted, only a person can judge what a cut-off run has made.
        if states[0] != "waiting" && seen.insert(states.join(" ")) {
            stage.serve.kill();
            stage.serve.start();
        } else if states[1] == "held" && pair.is_none() {
            let taken = stage.client.post(&format!("{path}/take"), &json!({})).await;
            pair = Some(Pair {
                id: text(&taken, "access_key_id").parse().unwrap(),
                secret: Secret::new(text(&taken, "access_key_secret")),
            });
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_goes_on_after_a_kill_at_every_step_and_so_does_its_undo() {
    let mut stage = Stage::set().await;
    let thief = stage.owner.furnish().await;
    stage.owner.authorize(&stage.client).await;
    let event = event_of(&stage.client, &thief).await;
    let ask = json!({ "action": "rotate", "quiet_seconds": 1, "keep_seconds": 1 });
    let plan = drafted(&stage, &event, &ask).await;
    stage.client.post(&format!("/api/v1/plans/{plan}/confirm"), &json!({})).await;
    let (kills, new) = killed_until(&mut stage, &plan, "done").await;
    assert!(kills >= 4, "{kills}");
    let new = new.unwrap();
    let ids = async |stage: &Stage| {
        let keys = stage.owner.cloud().keys_of_user(USER).await.unwrap();
        keys.into_iter().map(|key| key.access_key_id).collect::<Vec<_>>()
    };
    // One new key was made, however often it was begun; the old one is gone.
    assert_eq!(ids(&stage).await, std::slice::from_ref(&new.id));
    assert_eq!(stage.owner.fetch(&new, DATA).await.0, 0);
    assert_eq!(stage.owner.fetch(&thief, DATA).await.0, 3);

    stage.client.post(&format!("/api/v1/plans/{plan}/undo"), &json!({})).await;
    killed_until(&mut stage, &plan, "undone").await;
    assert_eq!(ids(&stage).await, std::slice::from_ref(&thief.id));
    let status = stage.owner.cloud().key_status(USER, &thief.id).await.unwrap();
    assert_eq!(status, Some(CloudKeyStatus::Active));
    let said = stage.serve.said();
    assert!(!said.contains("panicked"), "{said}");
}
