//! An action carried out on an event and taken back, as a try of what it needs.

use claviger_model::{AccessKeyId, Action, Ask, Language, Plan, PlanState, RiskEventId, StepState};
use claviger_service::{Actor, Service, ServiceError, chain};

use super::stage::until;

/// Who tries, and on what.
pub(crate) struct Attempt<'a> {
    pub(crate) service: &'a Service,
    pub(crate) actor: &'a Actor,
    pub(crate) event: &'a RiskEventId,
    /// The key of the event.
    pub(crate) key: &'a AccessKeyId,
}

impl Attempt<'_> {
    /// Carries an action out and takes it back, or says what refused it.
    pub(crate) async fn of(&self, ask: &Ask) -> Result<(), String> {
        let (service, actor) = (self.service, self.actor);
        let drafted = service.draft_plan(actor, self.event, ask, Language::English).await;
        let plan = drafted.map_err(|error| told(&error))?;
        let typed = Some(self.key.as_str());
        service.confirm_plan(actor, &plan.id, typed).await.map_err(|error| told(&error))?;
        let done = self.ended(&plan).await;
        if done.state == PlanState::Failed {
            return Err(format!("{:?}", done.steps));
        }
        if done.state == PlanState::Done && done.steps.iter().any(|step| step.undo.is_none()) {
            return Ok(());
        }
        service.undo_plan(actor, &plan.id).await.map_err(|error| told(&error))?;
        let undone = until("the plan is taken back", async || {
            let now = service.plan(&plan.id).await.unwrap();
            matches!(now.state, PlanState::Undone | PlanState::Failed).then_some(now)
        })
        .await;
        match undone.state {
            PlanState::Undone => Ok(()),
            _ => Err(format!("{:?}", undone.steps)),
        }
    }

    /// Waits until a plan ended, or only waits to let the old key go, taking over what it hands over meanwhile.
    async fn ended(&self, plan: &Plan) -> Plan {
        until("the plan ends", async || {
            let now = self.service.plan(&plan.id).await.unwrap();
            let held = now.steps.iter().position(|one| matches!(one.state, StepState::Held { .. }));
            let rotates = matches!(now.action, Action::Rotate | Action::RotateStored)
                && now.state == PlanState::Confirmed;
            if rotates && held == Some(1) {
                drop(self.service.take_new_pair(self.actor, &plan.id).await);
            }
            let over = !matches!(now.state, PlanState::Confirmed | PlanState::Undoing);
            (over || (rotates && held == Some(4))).then_some(now)
        })
        .await
    }
}

fn told(error: &ServiceError) -> String {
    format!("{} {}", chain(error), error.hint().unwrap_or_default())
}
