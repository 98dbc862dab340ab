//! How connections and installations fare, as they say.

use claviger_cloud::PolicyOwner;
use std::time::Duration;

use claviger_model::{ConnectionHealth, KeyStatus};
use claviger_service::{Service, ServiceError};

use super::stage::{KEEPER, Stage, USER, settings, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_right_stays_told_while_other_calls_succeed() {
    let stage = Stage::set().await;
    let key = stage.keeper(&["AliyunOSSReadOnlyAccess"]).await;
    let connection = stage.connect(key).await;
    let asset = stage.authorize().await;
    let failing = async || {
        let now = stage.service.connection(&connection.id).await.unwrap().health;
        match now {
            ConnectionHealth::Failing { code, hint, .. } => Some((code, hint)),
            ConnectionHealth::Untested | ConnectionHealth::Healthy { .. } => None,
        }
    };
    let (code, hint) = until("the missing right is told", failing).await;
    assert_eq!(code, "denied");
    assert!(hint.contains("`ram:ListUsers`"), "{hint}");
    // Logs are read all the while, and say nothing of keys.
    let files = async || {
        let totals = stage.service.log_totals(&asset.id).await.unwrap();
        (totals.files > 2).then_some(())
    };
    until("log files are read", files).await;
    for _ in 0..20 {
        assert!(failing().await.is_some());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stage
        .owner()
        .attach_policy(KEEPER, PolicyOwner::Provider, "AliyunRAMReadOnlyAccess")
        .await
        .unwrap();
    until("the connection is healthy", async || failing().await.is_none().then_some(())).await;
    // A cloud that fails is no fault of the installation.
    assert!(stage.service.conditions_now().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_proved_of_a_key_stands_while_nobody_answers() {
    let stage = Stage::set().await;
    let key = stage.keeper(&["AliyunOSSReadOnlyAccess", "AliyunRAMReadOnlyAccess"]).await;
    let connection = stage.connect(key.clone()).await;
    stage.authorize().await;
    let event = stage.event().await;
    let id = event.access_key_id.clone().unwrap();
    let inactive = claviger_model::CloudKeyStatus::Inactive;
    stage.owner().set_key_status(USER, &id, inactive).await.unwrap();
    let proved = until("the key is seen inactive", async || {
        let now = stage.event_now(&event.id).await;
        (now.key_state.status == KeyStatus::Inactive).then_some(now)
    })
    .await;
    stage.owner().set_key_status(KEEPER, &key.0, inactive).await.unwrap();
    until("the connection fails", async || {
        let now = stage.service.connection(&connection.id).await.unwrap().health;
        matches!(now, ConnectionHealth::Failing { .. }).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let now = stage.event_now(&event.id).await;
    assert_eq!(now.key_state.status, KeyStatus::Inactive);
    assert!(now.key_state.checked_at >= proved.key_state.checked_at);
    assert!(now.key_state.proof.contains("ListAccessKeys"), "{}", now.key_state.proof);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_do_not_work_in_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = Service::open(settings(folder.path())).await.unwrap();
    let second = Service::open(settings(folder.path())).await;
    let Err(error) = second else { panic!("a second service works in the folder") };
    assert!(matches!(error, ServiceError::Occupied(_)), "{error}");
    assert!(error.hint().unwrap().contains("--data-dir"));
    drop(first);
    Service::open(settings(folder.path())).await.unwrap();
}
