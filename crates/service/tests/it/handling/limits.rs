//! Plans that let a key or its user do less: by network, by policy.

use claviger_model::{Ask, WorkState};

use super::{Leak, cloud_of, opens, with_a_file};
use crate::stage::{BUCKET, USER, bucket, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_restricted_key_works_from_its_addresses_alone_and_its_sibling_from_everywhere() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let owner = leak.stage.owner();
    let sibling = owner.create_key(USER).await.unwrap();
    // What stood before is put back, not merely lifted.
    let before = r#"{"Version":1,"Status":"Active","Statements":[{"Type":"ClassicWhiteList","IPList":["127.0.0.0/8"]}]}"#;
    owner.set_key_restriction(USER, &leak.pair.0, Some(before)).await.unwrap();
    let addresses = vec!["203.0.113.7".to_owned()];
    let plan = leak.carry_out(Ask::RestrictNetwork { addresses }).await;
    assert!(!leak.opens().await);
    assert!(opens(&leak.stage, &sibling).await);
    leak.take_back(&plan).await;
    assert!(leak.opens().await);
    let restored = owner.key_restriction(USER, &leak.pair.0).await.unwrap();
    assert_eq!(restored.as_deref(), Some(before));
}

#[tokio::test(flavor = "multi_thread")]
async fn use_from_an_address_that_a_restriction_lets_pass_does_not_open_the_event_again() {
    let leak = Leak::found().await;
    let addresses = vec!["127.0.0.0/8".to_owned()];
    leak.carry_out(Ask::RestrictNetwork { addresses }).await;
    with_a_file(&leak).await;
    let event = until("the use is seen", async || {
        let event = leak.stage.event_now(&leak.event.id).await;
        (event.uses > 0).then_some(event)
    })
    .await;
    assert_eq!(event.work_state, WorkState::Disposed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_prefix_is_refused_and_everything_else_goes_on() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let prefixes = vec![format!("{BUCKET}/secret/")];
    let owner = leak.stage.owner();
    owner.put_object(&bucket(BUCKET), "secret/a", b"x".to_vec(), None).await.unwrap();
    let thief = cloud_of(&leak.stage, &leak.pair);
    let reads = async || thief.read_object(&bucket(BUCKET), "secret/a", 0..1).await.is_ok();
    assert!(reads().await);
    let plan = leak.carry_out(Ask::DenyPolicy { addresses: Vec::new(), prefixes }).await;
    assert!(!reads().await);
    assert!(leak.opens().await);
    leak.take_back(&plan).await;
    assert!(reads().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_binds_the_siblings_too_says_whom() {
    let leak = Leak::found().await;
    let sibling = leak.stage.owner().create_key(USER).await.unwrap();
    let addresses = vec!["203.0.113.7".to_owned()];
    let plan = leak.draft(Ask::DenyPolicy { addresses, prefixes: Vec::new() }).await;
    assert!(plan.breaks.iter().any(|line| line.contains(sibling.0.as_str())), "{:?}", plan.breaks);
}
