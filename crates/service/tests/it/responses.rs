//! Response rules: what runs by itself, what does not, and the veto.

use std::time::Duration;

use claviger_model::{Action, KeyStatus, Level, PlanState, ResponseRule, ResponseState, WorkState};
use claviger_service::ServiceError;
use jiff::Timestamp;

use crate::stage::{BUCKET, Stage, until};

fn rule(grace_seconds: u32) -> ResponseRule {
    ResponseRule {
        id: "leaks".to_owned(),
        name: "leaks".to_owned(),
        enabled: true,
        action: Action::Disable,
        risk_types: Vec::new(),
        level_min: Level::Low,
        sources: Vec::new(),
        assets: Vec::new(),
        only_used: false,
        hours: None,
        grace_seconds,
        made_by: String::new(),
        made_at: Timestamp::UNIX_EPOCH,
    }
}

async fn authorized(rule: Option<ResponseRule>) -> Stage {
    let stage = Stage::set().await;
    if let Some(rule) = rule {
        stage.service.set_response_rule(&stage.actor, rule).await.unwrap();
    }
    let key = stage.keeper(&["AliyunOSSFullAccess", "AliyunRAMFullAccess"]).await;
    stage.connect(key).await;
    stage.authorize().await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_runs_its_plan_after_the_grace_in_its_own_name_and_the_plan_can_be_undone() {
    let stage = authorized(Some(rule(1))).await;
    let event = stage.event().await;
    let stopped = async || {
        let event = stage.event_now(&event.id).await;
        let closed = event.work_state == WorkState::Disposed;
        (closed && event.key_state.status == KeyStatus::Inactive).then_some(())
    };
    until("the key is disabled", stopped).await;
    let details = stage.service.event_details(&event.id).await.unwrap();
    let plan = &details.plans[0];
    assert_eq!(plan.confirmed_by.as_deref(), Some("rule `leaks` of claviger"));
    let all = stage.service.responses_of(&event.id).await.unwrap();
    assert_eq!((all.len(), all[0].state), (1, ResponseState::Run));
    let kinds: Vec<&str> = details.timeline.iter().map(|line| line.kind.as_str()).collect();
    assert!(kinds.contains(&"plan_announced"), "{kinds:?}");
    stage.service.undo_plan(&stage.actor, &plan.id).await.unwrap();
    let back = async || {
        let event = stage.event_now(&event.id).await;
        (event.key_state.status == KeyStatus::Active).then_some(())
    };
    until("the key is given back", back).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_veto_stops_what_a_rule_is_about_to_do() {
    let stage = authorized(Some(rule(4))).await;
    let event = stage.event().await;
    let announced = async || {
        let all = stage.service.responses_of(&event.id).await.unwrap();
        all.into_iter().next()
    };
    let response = until("the plan is announced", announced).await;
    stage.service.veto(&stage.actor, &response.id).await.unwrap();
    let twice = stage.service.veto(&stage.actor, &response.id).await;
    assert!(matches!(twice, Err(ServiceError::Conflict { .. })), "{twice:?}");
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(stage.event_now(&event.id).await.key_state.status, KeyStatus::Active);
    let all = stage.service.responses_of(&event.id).await.unwrap();
    assert_eq!((all.len(), all[0].state), (1, ResponseState::Vetoed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_does_what_it_says_where_the_evidence_lies() {
    for action in [Action::BlockPublicAccess, Action::ObjectAcl] {
        let stage = authorized(Some(ResponseRule { action, ..rule(1) })).await;
        let event = stage.event().await;
        let plan = until("the plan is done", async || {
            let details = stage.service.event_details(&event.id).await.unwrap();
            details.plans.into_iter().find(|plan| plan.state == PlanState::Done)
        })
        .await;
        assert_eq!(plan.action, action);
        assert!(plan.steps[0].title.contains(BUCKET), "{}", plan.steps[0].title);
        stage.service.undo_plan(&stage.actor, &plan.id).await.unwrap();
        until("the plan is taken back", async || {
            let now = stage.service.plan(&plan.id).await.unwrap();
            (now.state == PlanState::Undone).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_cannot_have_its_plan_says_why_and_changes_nothing() {
    let action = Action::DenyBucket;
    let stage = authorized(Some(ResponseRule { action, ..rule(1) })).await;
    let event = stage.event().await;
    let why = until("the timeline says why", async || {
        let details = stage.service.event_details(&event.id).await.unwrap();
        details.timeline.into_iter().find(|line| line.kind == "plan_dropped")
    })
    .await;
    assert!(why.text.contains("nobody knows who may go on"), "{}", why.text);
    assert!(stage.service.event_details(&event.id).await.unwrap().plans.is_empty());
    let deletes = ResponseRule { action: Action::Delete, ..rule(1) };
    let refused = stage.service.set_response_rule(&stage.actor, deletes).await.unwrap_err();
    assert!(refused.hint().unwrap().contains("can be taken back"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_runs_by_itself_unless_a_rule_was_made() {
    let stage = authorized(None).await;
    let event = stage.event().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let details = stage.service.event_details(&event.id).await.unwrap();
    assert!(details.plans.is_empty());
    assert!(stage.service.responses_of(&event.id).await.unwrap().is_empty());
}
