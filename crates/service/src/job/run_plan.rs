//! Runs a confirmed plan step by step, or takes it back: each step is applied, then seen to hold.
//!
//! The plan is saved after each step, so that a killed run goes on with the step it stood at; a step
//! that is applied twice leaves the same result.

use claviger_model::{Plan, PlanId, PlanState, StepState};
use claviger_respond::life_cycle::Happening;
use claviger_store::{plans, risk_events};
use serde_json::json;

use super::Ending;
use crate::clouds::Area;
use crate::gather::{alert, risk_event};
use crate::step::{self, StepError};
use crate::{Service, ServiceError, chain};

pub(super) async fn run(service: &Service, id: &PlanId) -> Result<Ending, ServiceError> {
    let mut reader = service.store().read().await?;
    let plan =
        plans::get(&mut reader, id).await?.ok_or_else(|| ServiceError::not_found("plan", id))?;
    drop(reader);
    match plan.state {
        PlanState::Confirmed => apply(service, plan).await,
        PlanState::Undoing => undo(service, plan).await,
        PlanState::Drafted | PlanState::Done | PlanState::Failed | PlanState::Undone => {
            Ok(Ending::Done)
        }
    }
}

async fn apply(service: &Service, mut plan: Plan) -> Result<Ending, ServiceError> {
    let (connection, cloud) = service.cloud(&plan.connection_id).await?;
    for index in 0..plan.steps.len() {
        if matches!(plan.steps[index].state, StepState::Verified { .. }) {
            continue;
        }
        match step::apply(cloud.as_ref(), &plan.steps[index].kind).await {
            Ok(proof) => {
                let at = service.now();
                plan.steps[index].state = StepState::Verified { proof: proof.words.clone(), at };
                step::keep(service, &proof).await?;
                save(service, &plan).await?;
            }
            Err(error) => return fail(service, plan, index, &error).await,
        }
    }
    service.note_news(&connection, Area::Plans, None).await?;
    plan.state = PlanState::Done;
    plan.ended_at = Some(service.now());
    end(service, &plan, Happening::KeyContained, "plan_done").await
}

async fn undo(service: &Service, mut plan: Plan) -> Result<Ending, ServiceError> {
    let (_, cloud) = service.cloud(&plan.connection_id).await?;
    for index in (0..plan.steps.len()).rev() {
        let done = matches!(
            plan.steps[index].state,
            StepState::Applied { .. } | StepState::Verified { .. } | StepState::Failed { .. }
        );
        if !done {
            continue;
        }
        match step::undo(cloud.as_ref(), &plan.steps[index].kind).await {
            Ok(proof) => {
                let at = service.now();
                plan.steps[index].state = StepState::Undone { proof: proof.words.clone(), at };
                step::keep(service, &proof).await?;
                save(service, &plan).await?;
            }
            Err(error) => return fail(service, plan, index, &error).await,
        }
    }
    plan.state = PlanState::Undone;
    plan.ended_at = Some(service.now());
    end(service, &plan, Happening::HandlingUndone, "plan_undone").await
}

async fn save(service: &Service, plan: &Plan) -> Result<(), ServiceError> {
    let mut tx = service.store().write().await?;
    plans::update(&mut tx, plan).await?;
    tx.commit().await?;
    service.tell_pages(plan.risk_event_id.as_str());
    Ok(())
}

/// Writes down how a plan ended, with its proofs.
async fn end(
    service: &Service,
    plan: &Plan,
    happening: Happening,
    kind: &str,
) -> Result<Ending, ServiceError> {
    let now = service.now();
    let mut tx = service.store().write().await?;
    plans::update(&mut tx, plan).await?;
    if let Some(mut event) = risk_events::for_update(&mut tx, &plan.risk_event_id).await? {
        risk_event::happen(&mut event, happening);
        risk_events::update(&mut tx, &event).await?;
        let text = format!("{}: {}", plan.state.title(), proof_of(plan));
        let details = json!({ "plan_id": plan.id, "action": plan.action });
        let occasion = format!("{} {now}", plan.id);
        risk_event::tell(&mut tx, &event, kind, &occasion, now, &text, details).await?;
        if happening == Happening::HandlingFailed {
            let failed = plan.steps.iter().find_map(|step| match &step.state {
                StepState::Failed { message, .. } => Some((step.title.as_str(), message.as_str())),
                _ => None,
            });
            let failed = failed.unwrap_or_default();
            alert::raise_handling_failed(service, &mut tx, &event, failed, &occasion).await?;
        }
    }
    tx.commit().await?;
    service.tell_pages(plan.risk_event_id.as_str());
    Ok(Ending::Done)
}

fn proof_of(plan: &Plan) -> String {
    let words: Vec<String> = plan
        .steps
        .iter()
        .map(|step| match &step.state {
            StepState::Verified { proof, .. } | StepState::Undone { proof, .. } => {
                format!("{} ({proof})", step.title)
            }
            StepState::Failed { message, hint, .. } => {
                format!("{}: {message} ({hint})", step.title)
            }
            StepState::Waiting | StepState::Applied { .. } => step.title.clone(),
        })
        .collect();
    words.join("; ")
}

/// A refusal ends the plan and says the way out; anything that may pass by itself is tried again.
async fn fail(
    service: &Service,
    mut plan: Plan,
    index: usize,
    error: &StepError,
) -> Result<Ending, ServiceError> {
    let message = chain(error);
    if let StepError::Cloud(error) = error {
        service.note_health(&plan.connection_id, Area::Plans, Some(error)).await?;
    }
    let at = service.now();
    let hint = error.hint();
    plan.steps[index].state = StepState::Failed { message: message.clone(), hint, at };
    if error.is_retryable() {
        save(service, &plan).await?;
        return Ok(Ending::Retry { after: std::time::Duration::from_secs(2), why: message });
    }
    plan.state = PlanState::Failed;
    plan.ended_at = Some(at);
    end(service, &plan, Happening::HandlingFailed, "plan_failed").await
}
