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

/// Runs a command of the person who is signed in.
fn claviger(stage: &Stage, args: &[&str]) -> crate::Ran {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_claviger"));
    command.args(args);
    command.env("CLAVIGER_SERVER", stage.serve.url()).env("CLAVIGER_TOKEN", &stage.client.token);
    crate::ran(command, b"")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_more_rights_is_handed_the_calls_and_a_new_pair_is_written_for_its_owner_alone()
{
    let stage = Stage::set().await;
    let thief = stage.owner.furnish().await;
    stage.owner.authorize(&stage.client).await;
    let event = event_of(&stage.client, &thief).await;
    drafted(&stage, &event, &json!({ "action": "disable" })).await;
    let key = thief.id.as_str();
    let printed = claviger(&stage, &["plan", "draft", key, "disable", "--as", "aliyun-cli"]);
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    let call = format!(
        "aliyun ram UpdateAccessKey --UserName {USER} --UserAccessKeyId {key} --Status Inactive\n"
    );
    assert!(printed.stdout.ends_with(&call), "{}", printed.stdout);
    let other = claviger(&stage, &["plan", "draft", key, "disable", "--as", "aws-cli"]);
    assert_eq!(other.code, 2);
    assert!(other.stderr.contains("--as aliyun-cli"), "{}", other.stderr);
    let hcl = claviger(&stage, &["plan", "draft", key, "disable", "--as", "terraform"]);
    assert!(hcl.stdout.contains("resource \"alicloud_ram_access_key\""), "{}", hcl.stdout);
    let policy = claviger(&stage, &["connections", "policy", "aliyun", "disable"]);
    assert!(policy.stdout.contains("ram:UpdateAccessKey"), "{}", policy.stderr);

    let ask = json!({ "action": "rotate", "quiet_seconds": 0, "keep_seconds": 0 });
    let plan = drafted(&stage, &event, &ask).await;
    let dry = claviger(&stage, &["plan", "confirm", &plan, "--dry-run"]);
    assert_eq!(dry.code, 0, "{}", dry.stderr);
    let calls =
        ["aliyun ram CreateAccessKey", "aliyun ram UpdateAccessKey", "aliyun ram DeleteAccessKey"];
    let places =
        calls.map(|call| dry.stdout.find(call).unwrap_or_else(|| panic!("{}", dry.stdout)));
    assert!(places.is_sorted(), "{}", dry.stdout);
    assert_eq!(stage.client.get(&format!("/api/v1/plans/{plan}")).await["state"], "drafted");
    let confirmed = claviger(&stage, &["plan", "confirm", &plan]);
    assert_eq!(confirmed.code, 0, "{}", confirmed.stderr);
    assert!(confirmed.stdout.contains("claviger plan take"), "{}", confirmed.stdout);
    let file = stage.folder.path().join("pair.json");
    let path = file.to_str().unwrap();
    let taken = claviger(&stage, &["plan", "take", &plan, "--output", path]);
    assert_eq!(taken.code, 0, "{}", taken.stderr);
    let pair: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let secret = text(&pair, "access_key_secret");
    assert!(!taken.stdout.contains(&secret));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    // A file that is there is not written over, and then nothing is taken.
    assert_eq!(claviger(&stage, &["plan", "take", &plan, "--output", path]).code, 2);
    until("the rotation is done", || async {
        let now = stage.client.get(&format!("/api/v1/plans/{plan}")).await;
        (now["state"] == "done").then_some(())
    })
    .await;
    let dry = claviger(&stage, &["plan", "undo", &plan, "--dry-run"]);
    let places = ["Restore", "to Active again", "Delete the new key"].map(|undo| {
        dry.stdout.find(undo).unwrap_or_else(|| panic!("{}{}", dry.stdout, dry.stderr))
    });
    assert!(places.is_sorted(), "{}", dry.stdout);
    assert_eq!(claviger(&stage, &["plan", "confirm", &plan, "--dry-run"]).code, 2);
    let new =
        Pair { id: text(&pair, "access_key_id").parse().unwrap(), secret: Secret::new(secret) };
    assert_eq!(stage.owner.fetch(&new, DATA).await.0, 0);
}
