//! Plans: drafted, shown, confirmed, taken back.

use claviger_model::{Action, KeyStatus, Plan, PlanId, PlanState, RiskEvent, RiskEventId};
use claviger_respond::life_cycle::Happening;
use claviger_respond::plan::{self, DisableInput};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{plans, risk_events};
use serde_json::json;

use crate::gather::risk_event;
use crate::job::{Kind, enqueue};
use crate::vault::entropy;
use crate::{Act, Actor, Service, ServiceError};

impl Service {
    /// One plan.
    ///
    /// # Errors
    /// It does not exist.
    pub async fn plan(&self, id: &PlanId) -> Result<Plan, ServiceError> {
        let mut reader = self.store().read().await?;
        plans::get(&mut reader, id).await?.ok_or_else(|| ServiceError::not_found("plan", id))
    }

    /// Drafts the plan of an action: every call, what it changes, what may break. Changes nothing.
    ///
    /// # Errors
    /// The event does not exist, or nobody knows whose the key is.
    pub async fn draft_plan(
        &self,
        actor: &Actor,
        id: &RiskEventId,
        action: Action,
    ) -> Result<Plan, ServiceError> {
        self.perform(actor, Act::DraftPlan, id.as_str(), async {
            let event = self.risk_event(id).await?;
            let plan = match action {
                Action::Disable => self.plan_to_disable(actor, &event).await?,
            };
            let mut tx = self.store().write().await?;
            plans::insert(&mut tx, &plan).await?;
            tx.commit().await?;
            self.tell_pages(id.as_str());
            Ok(plan)
        })
        .await
    }

    async fn plan_to_disable(
        &self,
        actor: &Actor,
        event: &RiskEvent,
    ) -> Result<Plan, ServiceError> {
        let owner = event.connection_id.clone().zip(event.account.clone());
        let Some((connection_id, user_name)) = owner else {
            return Err(ServiceError::Conflict {
                message: format!("no connection's account lists the key {}", event.subject),
                hint:
                    "connect the account it belongs to with the right `ram:ListAccessKeys`, then \
                       synchronize; or disable it in the provider's own console"
                        .to_owned(),
            });
        };
        match event.key_state.status {
            KeyStatus::Active | KeyStatus::Unknown => {}
            KeyStatus::Inactive | KeyStatus::Rotated | KeyStatus::Deleted => {
                return Err(ServiceError::Conflict {
                    message: format!(
                        "the key is {} already: {}",
                        event.key_state.status.title(),
                        event.key_state.proof
                    ),
                    hint: "nothing is left to disable".to_owned(),
                });
            }
        }
        let usage = self.usage_of(event).await?;
        let connection = self.connection(&connection_id).await?;
        Ok(plan::disable(&DisableInput {
            plan_id: PlanId::from_entropy(entropy()?),
            event,
            user_name: &user_name,
            provider: connection.provider,
            connection_id,
            usage: &usage,
            drafted_by: &actor.name,
            now: self.now(),
        }))
    }

    /// Confirms a plan: it runs at once.
    ///
    /// # Errors
    /// The plan does not exist, or is not a draft any more.
    pub async fn confirm_plan(&self, actor: &Actor, id: &PlanId) -> Result<Plan, ServiceError> {
        let change = Turn {
            from: &[PlanState::Drafted, PlanState::Failed],
            to: PlanState::Confirmed,
            happening: Happening::StartHandling,
            kind: "plan_confirmed",
        };
        self.turn_plan(actor, id, &change).await
    }

    /// Takes a plan back: its undo runs at once.
    ///
    /// # Errors
    /// The plan does not exist, was not carried out, or cannot be undone.
    pub async fn undo_plan(&self, actor: &Actor, id: &PlanId) -> Result<Plan, ServiceError> {
        let plan = self.plan(id).await?;
        if let Some(step) = plan.steps.iter().find(|step| step.undo.is_none()) {
            return Err(ServiceError::Conflict {
                message: format!("`{}` cannot be taken back", step.title),
                hint: "see the plan for what else helps".to_owned(),
            });
        }
        let change = Turn {
            from: &[PlanState::Done, PlanState::Failed],
            to: PlanState::Undoing,
            happening: Happening::StartHandling,
            kind: "plan_undo",
        };
        self.turn_plan(actor, id, &change).await
    }

    async fn turn_plan(
        &self,
        actor: &Actor,
        id: &PlanId,
        turn: &Turn<'_>,
    ) -> Result<Plan, ServiceError> {
        self.perform(actor, Act::RunPlan, id.as_str(), async {
            let mut tx = self.store().write().await?;
            let mut plan = plans::get(&mut tx, id)
                .await?
                .ok_or_else(|| ServiceError::not_found("plan", id))?;
            if !turn.from.contains(&plan.state) {
                return Err(ServiceError::Conflict {
                    message: format!("the plan is {} already", plan.state.title()),
                    hint: "look at the plan again, or draft a new one".to_owned(),
                });
            }
            plan.state = turn.to;
            if turn.to == PlanState::Confirmed {
                plan.confirmed_by = Some(actor.name.clone());
                plan.confirmed_at = Some(self.now());
            }
            plans::update(&mut tx, &plan).await?;
            self.tell_turn(&mut tx, actor, &plan, turn).await?;
            enqueue(&mut tx, &Kind::RunPlan { plan_id: id.clone() }, self.now()).await?;
            tx.commit().await?;
            self.wake_workers();
            self.tell_pages(plan.risk_event_id.as_str());
            Ok(plan)
        })
        .await
    }

    async fn tell_turn(
        &self,
        tx: &mut AnyConnection,
        actor: &Actor,
        plan: &Plan,
        turn: &Turn<'_>,
    ) -> Result<(), ServiceError> {
        let Some(mut event) = risk_events::for_update(tx, &plan.risk_event_id).await? else {
            return Ok(());
        };
        risk_event::happen(&mut event, turn.happening);
        risk_events::update(tx, &event).await?;
        let now = self.now();
        let titles: Vec<&str> = plan.steps.iter().map(|step| step.title.as_str()).collect();
        let text = match turn.to {
            PlanState::Undoing => format!("asked to take back: {}", titles.join("; ")),
            _ => format!("confirmed: {}", titles.join("; ")),
        };
        let details = json!({ "plan_id": plan.id, "action": plan.action });
        let occasion = format!("{} {now}", plan.id);
        let by = Some(actor.name.as_str());
        risk_event::tell_as(tx, &event.id, turn.kind, &occasion, now, &text, details, by).await
    }
}

/// How a person turns a plan.
struct Turn<'a> {
    from: &'a [PlanState],
    to: PlanState,
    happening: Happening,
    kind: &'static str,
}
