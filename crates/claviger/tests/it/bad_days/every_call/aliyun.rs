//! Alibaba Cloud, as the practice cloud plays it.

use std::time::Duration;

use claviger_dial::reqwest::Method;
use claviger_model::Acl;
use claviger_sandbox::{Sandbox, Settings};
use serde_json::{Value, json};

use super::gate::{Gate, Side, Trap};
use super::{BUCKET, Leaked, OBJECT, Scene};
use crate::bad_days::client::{rows, text, until};
use crate::bad_days::owner::{Owner, Pair, REGION};

async fn scene() -> (Sandbox, Scene) {
    let sandbox = Sandbox::start(Settings {
        rotation_delay: Duration::from_millis(100),
        rotation_window: Duration::from_millis(500),
        ..Settings::default()
    })
    .await
    .unwrap();
    let owner = Owner::of(&sandbox);
    let gate = Gate::open(&owner.oss, None).await;
    let accounts = Gate::open(&owner.ram, Some(&gate)).await;
    let behind =
        Owner { oss: gate.url.clone(), ram: accounts.url.clone(), root: owner.root.clone() };
    let connection = behind.connection(&owner.root);
    let scene = Scene::set(owner.cloud(), gate, &connection, REGION).await;
    (sandbox, scene)
}

fn elsewhere(action: &str) -> Value {
    json!({ "action": action, "addresses": ["203.0.113.7"] })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plan_does_to_a_key_or_its_user_goes_on_after_a_kill_at_every_call() {
    let (_sandbox, mut scene) = scene().await;
    let leaked = scene.leak("billing-export").await;
    let (sibling, _) = scene.cloud.create_key(&leaked.user).await.unwrap();
    for ask in [
        json!({ "action": "disable" }),
        json!({ "action": "delete" }),
        elsewhere("restrict_network"),
        elsewhere("deny_policy"),
    ] {
        scene.goes_on_there_and_back(&leaked, Some(&sibling), &ask).await;
    }
    scene.enabling_goes_on(&leaked, Some(&sibling)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plan_does_to_storage_goes_on_after_a_kill_at_every_call() {
    let (_sandbox, mut scene) = scene().await;
    let leaked = scene.leak("billing-export").await;
    let (sibling, _) = scene.cloud.create_key(&leaked.user).await.unwrap();
    let of_bucket = claviger_cloud::Listed { bucket: &scene.place.clone(), object: None };
    scene.cloud.set_acl(of_bucket, Acl::PublicRead).await.unwrap();
    for ask in [
        json!({ "action": "deny_bucket", "bucket": BUCKET, "addresses": ["203.0.113.7"] }),
        json!({ "action": "bucket_acl", "bucket": BUCKET, "acl": "private" }),
        json!({ "action": "object_acl", "bucket": BUCKET, "object": OBJECT, "acl": "private" }),
        json!({ "action": "block_public_access", "bucket": BUCKET }),
        json!({ "action": "block_account_public_access" }),
    ] {
        scene.goes_on_there_and_back(&leaked, Some(&sibling), &ask).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_goes_on_after_a_kill_at_every_call() {
    let (_sandbox, mut scene) = scene().await;
    let leaked = scene.leak("billing-export").await;
    let ask = json!({ "action": "rotate", "quiet_seconds": 0, "keep_seconds": 0 });
    scene.goes_on_there_and_back(&leaked, None, &ask).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hosting_a_key_and_rotating_it_by_kms_go_on_after_a_kill_at_every_call() {
    let (_sandbox, mut scene) = scene().await;
    let leaked = scene.leak("billing-export").await;
    let pair = |pair: &Pair| json!([{ "access_key_id": pair.id, "access_key_secret": pair.secret.reveal() }]);
    let ask = json!({ "action": "host_managed", "pairs": pair(&leaked.pair) });
    scene.goes_on_there_and_back(&leaked, None, &ask).await;

    let hosted = async |scene: &Scene, turn: usize| -> Leaked {
        let user = format!("hosted-{turn}");
        let leaked = scene.leak(&user).await;
        let secret = leaked.pair.secret.clone();
        let given = claviger_model::GivenPair { access_key_id: leaked.pair.id.clone(), secret };
        scene.cloud.host_secret(&user, &[given], "made-up-version-0001").await.unwrap();
        leaked
    };
    let ask = json!({ "action": "rotate_managed", "disable_first": true });
    scene.goes_on_to_its_end(&ask, hosted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_deleted_after_a_kill_at_every_call() {
    let (_sandbox, mut scene) = scene().await;
    scene.deleting_a_file_goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_one_persons_plan_runs_another_plan_of_the_key_is_refused_and_told_whose_runs() {
    let (_sandbox, scene) = scene().await;
    let leaked = scene.leak("billing-export").await;
    let first = scene.draft(&leaked, &json!({ "action": "disable" })).await;
    let second = scene.draft(&leaked, &json!({ "action": "delete" })).await;
    scene.gate.set(Some(Trap { number: 1, side: Side::Before }));
    scene.client.post(&format!("/api/v1/plans/{first}/confirm"), &json!({})).await;
    until("the plan is at its call", || async { scene.gate.is_sprung().then_some(()) }).await;
    let path = format!("/api/v1/plans/{second}/confirm");
    let told = scene.client.refused(Method::POST, &path, Some(&json!({}))).await;
    assert_eq!(told.status, 409, "{}", told.text);
    assert!(
        told.text.contains("another plan runs: Disable the key, confirmed by admin"),
        "{}",
        told.text
    );
    scene.gate.release();
    let done = until("the first plan ends", || scene.ended_at(&first)).await;
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(
        scene.gate.calls(),
        ["UpdateAccessKey", "UpdateAccessKey"],
        "a cut call is made again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_whose_making_was_cut_off_is_made_by_confirming_it_again() {
    let (_sandbox, mut scene) = scene().await;
    let connections = scene.client.get("/api/v1/connections").await;
    let connection = text(rows(&connections).next().unwrap(), "id");
    let mut cut_off = Vec::new();
    // Both on the far side: the cloud has made the user, and of the second one its key, too.
    for (user, number) in [("backup-reader", 1), ("report-reader", 2)] {
        let canary = json!({ "name": user, "place": "a wiki page", "connection_id": connection,
            "user_name": user });
        let id = text(&scene.client.post("/api/v1/canaries", &canary).await, "id");
        let path = format!("/api/v1/canaries/{id}/confirm");
        scene.gate.set(Some(Trap { number, side: Side::After }));
        let nothing = json!({});
        let asked = scene.client.once(Method::POST, &path, Some(&nothing));
        let killed = async {
            until("it is being made", || async { scene.gate.is_sprung().then_some(()) }).await;
            let told = scene.client.refused(Method::POST, &path, Some(&json!({}))).await;
            assert!(
                told.status == 409 && told.text.contains("confirmed by admin"),
                "{}",
                told.text
            );
            scene.serve.kill();
            scene.gate.release();
        };
        let (asked, ()) = tokio::join!(asked, killed);
        assert!(asked.is_err(), "{asked:?}");
        scene.serve.start();
        cut_off.push(path);
    }
    let again = async |path: &str| {
        until("nobody is taken to be at it any more", || async {
            let answer = scene.client.insist(Method::POST, path, Some(&json!({}))).await;
            (!answer.text.contains("confirmed by admin")).then_some(answer)
        })
        .await
    };
    let made = again(&cut_off[0]).await;
    assert_eq!((made.status, &made.body["state"]), (200, &json!("armed")), "{}", made.text);
    assert_eq!(scene.cloud.keys_of_user("backup-reader").await.unwrap().len(), 1);

    let told = again(&cut_off[1]).await;
    let unknown = scene.cloud.keys_of_user("report-reader").await.unwrap().remove(0);
    let unknown = unknown.access_key_id;
    assert!(told.status == 409 && told.text.contains(unknown.as_str()), "{}", told.text);
    scene.cloud.delete_key("report-reader", &unknown).await.unwrap();
    assert_eq!(again(&cut_off[1]).await.body["state"], "armed");
    let keys = scene.cloud.keys_of_user("report-reader").await.unwrap();
    assert!(keys.len() == 1 && keys[0].access_key_id != unknown, "{keys:?}");
}
