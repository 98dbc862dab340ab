//! Runs a confirmed plan step by step, or takes it back: each step tells what stands, is applied, and is seen
//! to hold.
//!
//! The plan is saved around each step, so that a killed run goes on with the step it stood at; a step that
//! is applied twice leaves the same result. A step that takes its time is held: the plan is saved and looked
//! at again later.

use std::time::Duration;

use claviger_model::{Action, Kept, Plan, PlanId, PlanState, StepKind, StepState};
use claviger_respond::life_cycle::Happening;
use claviger_store::{plans, risk_events};
use serde_json::json;

use super::Ending;
use crate::clouds::Area;
use crate::gather::{alert, risk_event};
use crate::step::{self, Ground, Progress, StepError};
use crate::{Service, ServiceError, chain};

/// After how long a step is tried again that met what passes by itself.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// A plan while it runs.
struct Run<'a> {
    service: &'a Service,
    plan: Plan,
    /// As it was last read or saved: where it stands differently, a person has turned it meanwhile.
    saved: Plan,
}

pub(super) async fn run(service: &Service, id: &PlanId) -> Result<Ending, ServiceError> {
    let mut reader = service.store().read().await?;
    let plan =
        plans::get(&mut reader, id).await?.ok_or_else(|| ServiceError::not_found("plan", id))?;
    drop(reader);
    let run = Run { service, saved: plan.clone(), plan };
    match run.plan.state {
        PlanState::Confirmed => run.apply().await,
        PlanState::Undoing => run.undo().await,
        PlanState::Drafted | PlanState::Done | PlanState::Failed | PlanState::Undone => {
            Ok(Ending::Done)
        }
    }
}

/// What became of one step.
enum Stood {
    /// The next one can begin.
    On,
    /// The run ends here.
    Ends(Ending),
}

impl Run<'_> {
    async fn apply(mut self) -> Result<Ending, ServiceError> {
        let (connection, cloud) = self.service.cloud(&self.plan.connection_id).await?;
        for index in 0..self.plan.steps.len() {
            if matches!(self.plan.steps[index].state, StepState::Verified { .. }) {
                continue;
            }
            match self.apply_step(cloud.as_ref(), index).await? {
                Stood::On => {}
                Stood::Ends(ending) => return Ok(ending),
            }
        }
        self.service.note_news(&connection, Area::Plans, None).await?;
        self.plan.state = PlanState::Done;
        let happening = done(self.plan.action);
        self.end(happening, "plan_done").await
    }

    async fn apply_step(
        &mut self,
        cloud: &dyn claviger_cloud::Cloud,
        index: usize,
    ) -> Result<Stood, ServiceError> {
        let service = self.service;
        if self.plan.steps[index].kept.is_none() {
            let ground = Ground { service, cloud, plan: &self.plan };
            match step::before(&ground, &self.plan.steps[index].kind).await {
                Ok(kept) => self.plan.steps[index].kept = Some(kept),
                Err(error) => return self.fail(index, &error).await.map(Stood::Ends),
            }
            if !self.save().await? {
                return Ok(Stood::Ends(again()));
            }
        }
        let ground = Ground { service, cloud, plan: &self.plan };
        let proof = match step::apply(&ground, &self.plan.steps[index]).await {
            Ok(Progress::Done(proof)) => proof,
            Ok(Progress::Held { why, look_after }) => {
                self.hold(index, why);
                let saved = self.save().await?;
                let after = if saved { look_after } else { Duration::ZERO };
                return Ok(Stood::Ends(Ending::Again { after }));
            }
            Err(error) => return self.fail(index, &error).await.map(Stood::Ends),
        };
        step::keep(&ground, &self.plan.steps[index].kind, &proof).await?;
        let at = service.now();
        let step = &mut self.plan.steps[index];
        step.state = StepState::Verified { proof: proof.words, at };
        if let StepKind::HostSecret { sealed, .. } = &mut step.kind {
            // Handed over: nobody needs it any more.
            sealed.clear();
        }
        if proof.kept.is_some() {
            step.kept = proof.kept;
        }
        if matches!(step.kind, StepKind::StorePair { .. }) {
            forget_made_pair(&mut self.plan);
        }
        match self.save().await? {
            true => Ok(Stood::On),
            false => Ok(Stood::Ends(again())),
        }
    }

    /// A step waits; the instant since when it does stays.
    fn hold(&mut self, index: usize, why: String) {
        let now = self.service.now();
        let step = &mut self.plan.steps[index];
        let at = match step.state {
            StepState::Held { at, .. } => at,
            _ => now,
        };
        step.state = StepState::Held { why, at };
    }

    async fn undo(mut self) -> Result<Ending, ServiceError> {
        let service = self.service;
        let (_, cloud) = service.cloud(&self.plan.connection_id).await?;
        for index in (0..self.plan.steps.len()).rev() {
            if !self.plan.steps[index].has_begun() {
                continue;
            }
            let ground = Ground { service, cloud: cloud.as_ref(), plan: &self.plan };
            match step::undo(&ground, &self.plan.steps[index]).await {
                Ok(proof) => {
                    step::keep(&ground, &self.plan.steps[index].kind, &proof).await?;
                    let step = &mut self.plan.steps[index];
                    step.state = StepState::Undone { proof: proof.words, at: service.now() };
                    if proof.kept.is_some() {
                        step.kept = proof.kept;
                    }
                    if !self.save().await? {
                        return Ok(again());
                    }
                }
                Err(error) => return self.fail(index, &error).await,
            }
        }
        self.plan.state = PlanState::Undone;
        let happening = undone(self.plan.action);
        self.end(happening, "plan_undone").await
    }

    /// Saves the plan, unless a person has turned it since it was read: what they did stands.
    async fn save(&mut self) -> Result<bool, ServiceError> {
        let mut tx = self.service.store().write().await?;
        if !self.is_unturned(&mut tx).await? {
            return Ok(false);
        }
        plans::update(&mut tx, &self.plan).await?;
        tx.commit().await?;
        self.saved = self.plan.clone();
        self.service.tell_pages(self.plan.risk_event_id.as_str());
        Ok(true)
    }

    async fn is_unturned(
        &self,
        tx: &mut claviger_store::sqlx::AnyConnection,
    ) -> Result<bool, ServiceError> {
        // Whoever turns a plan holds its event first.
        risk_events::for_update(tx, &self.plan.risk_event_id).await?;
        let stands = plans::get(tx, &self.plan.id).await?;
        Ok(stands
            .is_some_and(|plan| plan.state == self.saved.state && plan.steps == self.saved.steps))
    }

    /// Writes down how a plan ended, with its proofs.
    async fn end(mut self, happening: Happening, kind: &str) -> Result<Ending, ServiceError> {
        let service = self.service;
        let now = service.now();
        self.plan.ended_at = Some(now);
        let mut tx = service.store().write().await?;
        if !self.is_unturned(&mut tx).await? {
            return Ok(again());
        }
        let plan = &self.plan;
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
                    StepState::Failed { message, .. } => {
                        Some((step.title.as_str(), message.as_str()))
                    }
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

    /// A refusal ends the plan and says the way out; anything that may pass by itself is tried again.
    async fn fail(&mut self, index: usize, error: &StepError) -> Result<Ending, ServiceError> {
        let service = self.service;
        let message = chain(error);
        if let StepError::Cloud(error) = error {
            service.note_health(&self.plan.connection_id, Area::Plans, Some(error)).await?;
        }
        let at = service.now();
        let hint = error.hint();
        self.plan.steps[index].state = StepState::Failed { message: message.clone(), hint, at };
        if error.is_retryable() {
            self.save().await?;
            return Ok(Ending::Retry { after: RETRY_AFTER, why: message });
        }
        self.plan.state = PlanState::Failed;
        let run = Run { service, plan: self.plan.clone(), saved: self.saved.clone() };
        run.end(Happening::HandlingFailed, "plan_failed").await
    }
}

/// The new pair stands in its secret: nobody needs to take it any more.
fn forget_made_pair(plan: &mut Plan) {
    for step in &mut plan.steps {
        if let Some(Kept::Keys { made: Some(made), .. }) = &mut step.kept {
            made.sealed = None;
        }
    }
}

/// The plan stands differently than it was read: it is read again.
fn again() -> Ending {
    Ending::Again { after: Duration::ZERO }
}

/// What the end of an action means for the work on the event.
fn done(action: Action) -> Happening {
    match action {
        Action::Enable => Happening::HandlingUndone,
        action if action.contains_key() => Happening::KeyContained,
        // The key opens as many doors as before: somebody has looked at the event.
        _ => Happening::Acknowledge,
    }
}

/// What taking an action back means for the work on the event.
fn undone(action: Action) -> Happening {
    match action {
        Action::Enable => Happening::KeyContained,
        action if action.contains_key() => Happening::HandlingUndone,
        _ => Happening::Acknowledge,
    }
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
            StepState::Held { why, .. } => format!("{}: {why}", step.title),
            StepState::Waiting | StepState::Applied { .. } => step.title.clone(),
        })
        .collect();
    words.join("; ")
}
