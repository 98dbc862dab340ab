//! Plans that replace a key: by hand, and by KMS.

use claviger_model::{Ask, GivenPair, KeyStatus, Language, PlanState, StepState, WorkState};

use super::{Leak, opens, with_a_file};
use crate::stage::{USER, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_hands_the_new_pair_over_once_and_then_lets_the_old_one_go() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let plan = leak.draft(Ask::Rotate { quiet_seconds: 1, keep_seconds: 1 }).await;
    leak.confirm(&plan).await;
    let Leak { stage, .. } = &leak;
    until("the new pair waits to be taken", async || {
        let plan = stage.service.plan(&plan.id).await.unwrap();
        matches!(plan.steps[1].state, StepState::Held { .. }).then_some(())
    })
    .await;
    // Nothing goes on before somebody has it.
    assert!(leak.opens().await);
    let new = stage.service.take_new_pair(&stage.actor, &plan.id).await.unwrap();
    assert!(opens(stage, &new).await);
    let again = stage.service.take_new_pair(&stage.actor, &plan.id).await.unwrap_err();
    assert!(again.to_string().contains("taken already"), "{again}");
    leak.in_state(&plan.id, PlanState::Done).await;
    assert_eq!(leak.status().await, None);
    assert!(opens(stage, &new).await);
    let event = stage.event_now(&leak.event.id).await;
    assert_eq!(event.key_state.status, KeyStatus::Rotated);
    assert_eq!(event.work_state, WorkState::Disposed);
    let kept = serde_json::to_string(&stage.service.plan(&plan.id).await.unwrap()).unwrap();
    assert!(!kept.contains(new.1.reveal()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_waits_can_be_taken_back_whole() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let plan = leak.draft(Ask::Rotate { quiet_seconds: 0, keep_seconds: 3600 }).await;
    leak.confirm(&plan).await;
    let Leak { stage, .. } = &leak;
    let new = until("the new pair can be taken", async || {
        stage.service.take_new_pair(&stage.actor, &plan.id).await.ok()
    })
    .await;
    until("the old key is disabled and kept", async || {
        let plan = stage.service.plan(&plan.id).await.unwrap();
        matches!(plan.steps[4].state, StepState::Held { .. }).then_some(())
    })
    .await;
    assert!(!leak.opens().await);
    leak.take_back(&plan).await;
    assert!(leak.opens().await);
    assert!(!opens(stage, &new).await);
    assert_eq!(stage.owner().keys_of_user(USER).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hosted_key_is_rotated_by_kms_and_a_thief_is_stopped_first() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let wrong = Ask::HostManaged { pairs: Vec::new() };
    let drafted =
        leak.stage.service.draft_plan(&leak.stage.actor, &leak.event.id, &wrong, Language::English);
    assert!(drafted.await.unwrap_err().to_string().contains("every pair"));
    let (access_key_id, secret) = leak.pair.clone();
    let pairs = vec![GivenPair { access_key_id, secret }];
    let hosted = leak.carry_out(Ask::HostManaged { pairs }).await;
    let kept = serde_json::to_string(&hosted).unwrap();
    assert!(!kept.contains(leak.pair.1.reveal()));
    let ask = Ask::RotateManaged { disable_first: Some(true) };
    let plan = leak.draft(ask).await;
    leak.confirm(&plan).await;
    let Leak { stage, .. } = &leak;
    until("KMS has made the new pair", async || {
        let plan = stage.service.plan(&plan.id).await.unwrap();
        matches!(plan.steps[2].state, StepState::Held { .. }).then_some(())
    })
    .await;
    assert!(!leak.opens().await);
    let managed = stage.owner().managed_secret(USER).await.unwrap().unwrap();
    assert_ne!(managed.current.as_ref(), Some(&leak.pair.0));
    leak.in_state(&plan.id, PlanState::Done).await;
    assert_eq!(leak.status().await, None);
}
