//! Canaries that are made at a cloud: once, whoever confirms them, and never with somebody's user.

use claviger_model::ConnectionId;
use claviger_service::{CanaryOrigin, NewCanary, ServiceError};
use claviger_store::CanaryState;

use crate::stage::{Stage, USER};

const BAIT: &str = "backup-reader";

async fn connected() -> (Stage, ConnectionId) {
    let stage = Stage::set().await;
    let root = stage.sandbox.root_key().unwrap();
    let connection = stage.connect(root).await;
    (stage, connection.id)
}

/// A draft of a canary of a user.
async fn drafted(stage: &Stage, id: &ConnectionId, user: &str) -> String {
    let origin = CanaryOrigin::Connection { id: id.clone(), user_name: user.to_owned() };
    let new = NewCanary { name: "bait".to_owned(), place: "a wiki page".to_owned(), origin };
    stage.service.add_canary(&stage.actor, new).await.unwrap().canary.id
}

fn told(error: &ServiceError) -> String {
    format!("{error}; {}", error.hint().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_people_who_confirm_a_canary_one_makes_it_and_the_other_is_told_who() {
    let (stage, connection) = connected().await;
    let id = drafted(&stage, &connection, BAIT).await;
    let confirm = || stage.service.confirm_canary(&stage.actor, &id);
    let (one, other) = tokio::join!(confirm(), confirm());
    assert_eq!(one.is_ok() as u8 + other.is_ok() as u8, 1, "{one:?} {other:?}");
    let refused = one.as_ref().err().or(other.as_ref().err()).unwrap();
    assert!(
        told(refused).contains("confirmed by claviger") || told(refused).contains("only a draft")
    );
    let keys = stage.owner().keys_of_user(BAIT).await.unwrap();
    let canary = stage.service.canaries().await.unwrap().remove(0).canary;
    assert_eq!(canary.state, CanaryState::Armed);
    assert_eq!(canary.confirmed_by.as_deref(), Some("claviger"));
    let ids: Vec<_> = keys.into_iter().map(|key| Some(key.access_key_id)).collect();
    assert_eq!(ids, [canary.access_key_id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_takes_no_user_that_is_somebodys() {
    let (stage, connection) = connected().await;
    let id = drafted(&stage, &connection, USER).await;
    let before = stage.owner().keys_of_user(USER).await.unwrap().len();
    let refused = stage.service.confirm_canary(&stage.actor, &id).await.unwrap_err();
    assert!(told(&refused).contains("with another name"), "{refused}");
    assert_eq!(stage.owner().keys_of_user(USER).await.unwrap().len(), before);
    let canary = stage.service.canaries().await.unwrap().remove(0).canary;
    assert_eq!(canary.state, CanaryState::Drafted);
}
