//! MinIO, as the practice cloud plays it.

use claviger_cloud::{Credentials, PolicyOwner, Settings};
use claviger_model::Provider;
use claviger_sandbox::Sandbox;
use serde_json::json;

use super::Scene;
use super::gate::Gate;
use crate::bad_days::client::guard;

async fn scene() -> (Sandbox, Scene) {
    let sandbox = Sandbox::start(claviger_sandbox::Settings::default()).await.unwrap();
    let (id, secret) = sandbox.root_key().unwrap();
    let endpoint = sandbox.endpoints().s3.clone();
    let settings = Settings {
        provider: Provider::Minio,
        region: String::new(),
        endpoint: Some(endpoint.clone()),
        accounts_endpoint: None,
        credentials: Some(Credentials {
            access_key_id: id.as_str().to_owned(),
            secret: secret.clone(),
            security_token: None,
        }),
    };
    let cloud = claviger_cloud::connect(settings, &guard()).unwrap();
    let gate = Gate::open(&endpoint, None).await;
    let connection = json!({ "name": "practice", "provider": "minio", "region": "",
        "endpoint": gate.url, "access_key_id": id, "access_key_secret": secret.reveal() });
    let scene = Scene::set(cloud, gate, &connection, "").await;
    (sandbox, scene)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_plan_on_minio_goes_on_after_a_kill_at_every_call() {
    let (_sandbox, mut scene) = scene().await;
    let leaked = scene.leak("billing-export").await;
    let read = "readwrite";
    scene.cloud.attach_policy(&leaked.user, PolicyOwner::Provider, read).await.unwrap();
    let (sibling, _) = scene.cloud.create_key(&leaked.user).await.unwrap();
    let elsewhere = ["203.0.113.7"];
    for ask in [
        json!({ "action": "disable" }),
        json!({ "action": "restrict_network", "addresses": elsewhere }),
        json!({ "action": "deny_policy", "addresses": elsewhere }),
    ] {
        scene.goes_on_there_and_back(&leaked, Some(&sibling), &ask).await;
    }
    scene.enabling_goes_on(&leaked, Some(&sibling)).await;
    let alone = scene.leak("rotated").await;
    let ask = json!({ "action": "rotate", "quiet_seconds": 0, "keep_seconds": 3600 });
    scene.goes_on_there_and_back(&alone, None, &ask).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_back_on_minio_goes_on_to_its_end_after_a_kill_at_every_call() {
    let (_sandbox, mut scene) = scene().await;
    let fresh = async |scene: &Scene, turn: usize| scene.leak(&format!("deleted-{turn}")).await;
    scene.goes_on_to_its_end(&json!({ "action": "delete" }), fresh).await;
    scene.deleting_a_file_goes_on().await;
}
