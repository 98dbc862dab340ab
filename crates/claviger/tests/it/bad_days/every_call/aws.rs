//! AWS, as far as moto knows it.

use claviger_cloud::{Credentials, Settings};
use claviger_model::{Acl, Provider, Secret};
use serde_json::{Value, json};

use super::gate::Gate;
use super::{BUCKET, Leaked, OBJECT, Scene};
use crate::bad_days::client::guard;
use crate::sources_live::{Ended, moto};

/// The account itself; made up.
const ROOT: (&str, &str) = ("AKIAMADEUPOFTHETESTS", "madeUpSecretOfTheTestsMadeUpSecret000001");

const REGION: &str = "us-east-1";

/// `None` where moto is not installed.
async fn scene() -> Option<(Ended, Scene)> {
    let (moto, endpoint) = moto::start().await?;
    let settings = Settings {
        provider: Provider::Aws,
        region: REGION.to_owned(),
        endpoint: Some(endpoint.clone()),
        accounts_endpoint: Some(endpoint.clone()),
        credentials: Some(Credentials {
            access_key_id: ROOT.0.to_owned(),
            secret: Secret::new(ROOT.1.to_owned()),
            security_token: None,
        }),
    };
    let cloud = claviger_cloud::connect(settings, &guard()).unwrap();
    let gate = Gate::open(&endpoint, None).await;
    let connection = json!({ "name": "practice", "provider": "aws", "region": REGION,
        "endpoint": gate.url, "accounts_endpoint": gate.url,
        "access_key_id": ROOT.0, "access_key_secret": ROOT.1 });
    Some((moto, Scene::set(cloud, gate, &connection, REGION).await))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_plan_on_aws_goes_on_after_a_kill_at_every_call() {
    let Some((_moto, mut scene)) = scene().await else { return };
    let leaked = scene.leak("billing-export").await;
    let (sibling, _) = scene.cloud.create_key(&leaked.user).await.unwrap();
    let of_bucket = claviger_cloud::Listed { bucket: &scene.place.clone(), object: None };
    scene.cloud.set_acl(of_bucket, Acl::PublicRead).await.unwrap();
    let elsewhere = ["203.0.113.7"];
    for ask in [
        json!({ "action": "disable" }),
        json!({ "action": "restrict_network", "addresses": elsewhere }),
        json!({ "action": "deny_policy", "addresses": elsewhere }),
        json!({ "action": "revoke_sessions" }),
        json!({ "action": "deny_bucket", "bucket": BUCKET, "addresses": elsewhere }),
        json!({ "action": "bucket_acl", "bucket": BUCKET, "acl": "private" }),
        json!({ "action": "object_acl", "bucket": BUCKET, "object": OBJECT, "acl": "public-read" }),
        json!({ "action": "block_public_access", "bucket": BUCKET }),
        json!({ "action": "block_account_public_access" }),
    ] {
        scene.goes_on_there_and_back(&leaked, Some(&sibling), &ask).await;
    }
    scene.enabling_goes_on(&leaked, Some(&sibling)).await;
}

/// More plans than there are kills of one kind.
const PLANS_MAX: usize = 16;

/// What a secret of Secrets Manager hands out.
async fn handed_out(scene: &Scene, name: &str) -> Option<Value> {
    let version = scene.cloud.stored_secret(name).await.unwrap()?.current.unwrap();
    let value = scene.cloud.stored_value(name, &version).await.unwrap();
    Some(serde_json::from_str(value.reveal()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_into_a_secret_goes_on_after_a_kill_at_every_call() {
    let Some((_moto, mut scene)) = scene().await else { return };
    let leaked = scene.leak("billing-export").await;
    let before = json!({ "key_id": leaked.pair.id, "secret": "old" });
    // Each plan has a secret of its own: moto forgets which version a secret hands out once that was taken back.
    let name_of = |what: &str, turn: usize| format!("app/{what}-{turn}");
    for turn in 0..PLANS_MAX {
        let value = Secret::new(before.to_string());
        let name = name_of("old", turn);
        scene
            .cloud
            .create_stored(&name, "made-up-version-of-the-tests-0001", &value)
            .await
            .unwrap();
    }
    for (what, stood) in [("old", Some(before)), ("new", None)] {
        let mut turn = 0;
        // Until the old key is deleted all of it can be taken back.
        let next = || {
            let name = name_of(what, turn);
            turn += 1;
            json!({ "action": "rotate_stored", "secret_name": name, "quiet_seconds": 0,
                "keep_seconds": 3600 })
        };
        scene.all_go_on_there_and_back(&leaked, None, next).await;
        assert!(turn <= PLANS_MAX, "{turn}");
        for turn in 0..turn {
            assert_eq!(handed_out(&scene, &name_of(what, turn)).await, stood);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_back_on_aws_goes_on_to_its_end_after_a_kill_at_every_call() {
    let Some((_moto, mut scene)) = scene().await else { return };
    let fresh = async |scene: &Scene, turn: usize, what: &str| -> Leaked {
        scene.leak(&format!("{what}-{turn}")).await
    };
    let deleted = async |scene: &Scene, turn: usize| fresh(scene, turn, "deleted").await;
    scene.goes_on_to_its_end(&json!({ "action": "delete" }), deleted).await;
    let rotated = async |scene: &Scene, turn: usize| fresh(scene, turn, "rotated").await;
    let ask = json!({ "action": "rotate", "quiet_seconds": 0, "keep_seconds": 0 });
    scene.goes_on_to_its_end(&ask, rotated).await;
    scene.deleting_a_file_goes_on().await;
}
