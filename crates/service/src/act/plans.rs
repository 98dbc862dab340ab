//! Plans: drafted, shown, confirmed, taken back.

use claviger_model::{
    AccessKeyId, Action, Ask, Kept, Language, Plan, PlanId, PlanState, RiskEventId, Secret, Step,
    StepKind, StepState,
};
use claviger_respond::life_cycle::Happening;
use claviger_respond::plan::{self, DraftInput};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{plans, risk_events};
use serde_json::json;

use crate::gather::risk_event;
use crate::job::{Kind, enqueue};
use crate::step::seal_name;
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
    /// The event does not exist, nobody knows whose the key is, or there is nothing to do.
    pub async fn draft_plan(
        &self,
        actor: &Actor,
        id: &RiskEventId,
        ask: &Ask,
        language: Language,
    ) -> Result<Plan, ServiceError> {
        self.perform(actor, Act::DraftPlan, id.as_str(), async {
            let event = self.risk_event(id).await?;
            let usage = self.usage_of(&event).await?;
            let plan_id = PlanId::from_entropy(entropy()?);
            let draft = self.steps_of(&event, &usage, &plan_id, ask).await?;
            let judged = self.what_if_of_steps(&event, draft.provider, &draft.kinds).await?;
            let input = DraftInput {
                plan_id,
                event: &event,
                user_name: &draft.user_name,
                siblings: &draft.siblings,
                provider: draft.provider,
                connection_id: draft.connection_id,
                usage: &usage,
                what_if: judged.as_ref(),
                drafted_by: &actor.name,
                now: self.now(),
            };
            let plan = plan::draft(&input, ask.action(), draft.kinds, language);
            let mut tx = self.store().write().await?;
            forget_given_pairs(&mut tx, id).await?;
            plans::insert(&mut tx, &plan).await?;
            tx.commit().await?;
            self.tell_pages(id.as_str());
            Ok(plan)
        })
        .await
    }

    /// Confirms a plan: it runs at once. Where something of it cannot be taken back, what the event is
    /// about (the access key id) is typed.
    ///
    /// # Errors
    /// The plan does not exist, is not a draft any more, another plan of the event runs, or the wrong
    /// thing was typed.
    pub async fn confirm_plan(
        &self,
        actor: &Actor,
        id: &PlanId,
        typed: Option<&str>,
    ) -> Result<Plan, ServiceError> {
        let plan = self.plan(id).await?;
        if plan.steps.iter().any(|step| step.undo.is_none()) {
            let event = self.risk_event(&plan.risk_event_id).await?;
            if typed.map(str::trim) != Some(event.subject.as_str()) {
                return Err(ServiceError::invalid(
                    "key",
                    "something of this plan cannot be taken back",
                    format!("type `{}` to confirm it", event.subject),
                ));
            }
        }
        let change = Turn {
            from: &[PlanState::Drafted, PlanState::Failed],
            to: PlanState::Confirmed,
            happening: started(plan.action),
            kind: "plan_confirmed",
        };
        self.turn_plan(actor, id, &change).await
    }

    /// Takes a plan back: its undo runs at once. A plan that waits can be taken back too.
    ///
    /// # Errors
    /// The plan does not exist, was not carried out, or cannot be undone.
    pub async fn undo_plan(&self, actor: &Actor, id: &PlanId) -> Result<Plan, ServiceError> {
        let plan = self.plan(id).await?;
        let gone = |step: &&Step| step.has_begun() && step.undo.is_none();
        if let Some(step) = plan.steps.iter().find(gone) {
            return Err(ServiceError::Conflict {
                message: format!("`{}` cannot be taken back", step.title),
                hint: "see the plan for what else helps".to_owned(),
            });
        }
        let held = plan.steps.iter().any(|step| matches!(step.state, StepState::Held { .. }));
        let from: &[PlanState] = match held {
            true => &[PlanState::Confirmed, PlanState::Done, PlanState::Failed],
            false => &[PlanState::Done, PlanState::Failed],
        };
        let change = Turn {
            from,
            to: PlanState::Undoing,
            happening: started(plan.action),
            kind: "plan_undo",
        };
        self.turn_plan(actor, id, &change).await
    }

    /// Hands the new pair of a rotation over, once: its secret is forgotten with the answer.
    ///
    /// # Errors
    /// The plan does not exist, has made no pair, or the pair was taken.
    pub async fn take_new_pair(
        &self,
        actor: &Actor,
        id: &PlanId,
    ) -> Result<(AccessKeyId, Secret), ServiceError> {
        self.perform(actor, Act::RunPlan, id.as_str(), async {
            let risk_event_id = self.plan(id).await?.risk_event_id;
            let mut tx = self.store().write().await?;
            let event = risk_events::for_update(&mut tx, &risk_event_id).await?;
            let mut plan = plans::get(&mut tx, id)
                .await?
                .ok_or_else(|| ServiceError::not_found("plan", id))?;
            let made = plan.steps.iter_mut().find_map(|step| match &mut step.kept {
                Some(Kept::Keys { made: Some(made), .. }) => Some(made),
                _ => None,
            });
            let Some(made) = made else {
                return Err(ServiceError::Conflict {
                    message: "this plan has made no new pair".to_owned(),
                    hint: "confirm it first, if it rotates a key".to_owned(),
                });
            };
            let key = made.access_key_id.clone();
            let Some(sealed) = made.sealed.take() else { return Err(is_gone(&plan, &key)) };
            let secret = self.vault().open_seal(&seal_name(id, &key), &sealed)?;
            plans::update(&mut tx, &plan).await?;
            if let Some(event) = event {
                let now = self.now();
                let text = format!("the new pair {key} was handed over");
                let details = json!({ "plan_id": plan.id, "access_key_id": key });
                let (occasion, by) = (format!("{} taken", plan.id), Some(actor.name.as_str()));
                let kind = "pair_taken";
                risk_event::tell_as(&mut tx, &event.id, kind, &occasion, now, &text, details, by)
                    .await?;
            }
            enqueue(&mut tx, &Kind::RunPlan { plan_id: id.clone() }, self.now()).await?;
            tx.commit().await?;
            self.wake_workers();
            self.tell_pages(plan.risk_event_id.as_str());
            Ok((key, secret))
        })
        .await
    }

    async fn turn_plan(
        &self,
        actor: &Actor,
        id: &PlanId,
        turn: &Turn<'_>,
    ) -> Result<Plan, ServiceError> {
        self.perform(actor, Act::RunPlan, id.as_str(), async {
            let risk_event_id = self.plan(id).await?.risk_event_id;
            let mut tx = self.store().write().await?;
            // Two people at once: who holds the event first wins, the other is told who.
            risk_events::for_update(&mut tx, &risk_event_id).await?;
            let all = plans::of_event(&mut tx, &risk_event_id).await?;
            let mut plan = turnable(&all, id, turn)?.clone();
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

/// Forgets the pairs that were given to earlier drafts of an event, which a new draft takes the place of.
async fn forget_given_pairs(tx: &mut AnyConnection, id: &RiskEventId) -> Result<(), ServiceError> {
    for mut plan in plans::of_event(tx, id).await? {
        if plan.state != PlanState::Drafted || plan.action != Action::HostManaged {
            continue;
        }
        for step in &mut plan.steps {
            if let StepKind::HostSecret { sealed, .. } = &mut step.kind {
                sealed.clear();
            }
        }
        plan.state = PlanState::Undone;
        plans::update(tx, &plan).await?;
    }
    Ok(())
}

/// Where the new pair of a plan is that nobody can take any more.
fn is_gone(plan: &Plan, key: &AccessKeyId) -> ServiceError {
    let stored = plan.steps.iter().find_map(|step| match (&step.kind, &step.state) {
        (StepKind::StorePair { secret_name, version_id, .. }, StepState::Verified { .. }) => {
            Some((secret_name, version_id))
        }
        _ => None,
    });
    let (message, hint) = match stored {
        Some((name, version)) => (
            format!(
                "the pair {key} stands in the secret `{name}` of AWS Secrets Manager, as its version {version}"
            ),
            format!(
                "whoever may read it: `aws secretsmanager get-secret-value --secret-id {name}`"
            ),
        ),
        None => (
            format!("the pair {key} was taken already; it is handed over once"),
            "if its secret is lost, undo the plan and rotate again".to_owned(),
        ),
    };
    ServiceError::Conflict { message, hint }
}

/// What the beginning of an action means for the work on the event.
fn started(action: Action) -> Happening {
    match action.contains_key() || action == Action::Enable {
        true => Happening::StartHandling,
        false => Happening::Acknowledge,
    }
}

/// The plan, if it can be turned and no other one of its event runs.
fn turnable<'a>(all: &'a [Plan], id: &PlanId, turn: &Turn<'_>) -> Result<&'a Plan, ServiceError> {
    let plan = all.iter().find(|plan| plan.id == *id);
    let plan = plan.ok_or_else(|| ServiceError::not_found("plan", id))?;
    let by = |plan: &Plan| match (&plan.confirmed_by, plan.confirmed_at) {
        (Some(by), Some(at)) => format!(", confirmed by {by} at {at}"),
        _ => String::new(),
    };
    if !turn.from.contains(&plan.state) {
        return Err(ServiceError::Conflict {
            message: format!("the plan is {} already{}", plan.state.title(), by(plan)),
            hint: "look at the plan again, or draft a new one".to_owned(),
        });
    }
    let runs = |other: &&Plan| {
        other.id != *id && matches!(other.state, PlanState::Confirmed | PlanState::Undoing)
    };
    match all.iter().find(runs) {
        // A plan that only waits does not stand in the way of stopping the key.
        Some(other)
            if !other.steps.iter().any(|step| matches!(step.state, StepState::Held { .. })) =>
        {
            Err(ServiceError::Conflict {
                message: format!("another plan runs: {}{}", other.action.title(), by(other)),
                hint: "wait until it has ended, then look at the event again".to_owned(),
            })
        }
        _ => Ok(plan),
    }
}
