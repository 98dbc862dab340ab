//! Plans: shown, confirmed, taken back.

use axum::extract::State;
use claviger_model::{Plan, PlanId, Step, StepState};
use claviger_service::Service;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path};
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(get)).routes(routes!(confirm)).routes(routes!(undo))
}

/// What a handling will do, and how it fares.
#[derive(Serialize, ToSchema)]
pub(super) struct PlanView {
    id: String,
    event_id: String,
    /// `disable`.
    action: String,
    /// `drafted`, `confirmed`, `done`, `failed`, `undoing` or `undone`.
    state: String,
    steps: Vec<StepView>,
    /// What may break, in words with numbers.
    breaks: Vec<String>,
    drafted_by: String,
    confirmed_by: Option<String>,
    drafted_at: String,
    confirmed_at: Option<String>,
    ended_at: Option<String>,
}

/// One call of a plan.
#[derive(Serialize, ToSchema)]
struct StepView {
    title: String,
    /// The provider's call, such as `ram:UpdateAccessKey`.
    call: String,
    changes: String,
    /// The same as a ready command of the provider's own tool.
    command: String,
    /// How to take it back; none where that is impossible.
    undo: Option<String>,
    /// `waiting`, `applied`, `verified`, `undone` or `failed`.
    state: &'static str,
    /// The provider's answer that proves the state.
    proof: Option<String>,
    /// Why it failed.
    message: Option<String>,
    /// The way out.
    hint: Option<String>,
    /// RFC 3339.
    at: Option<String>,
}

impl From<Step> for StepView {
    fn from(step: Step) -> Self {
        let (state, proof, message, hint, at) = match step.state {
            StepState::Waiting => ("waiting", None, None, None, None),
            StepState::Applied { at } => ("applied", None, None, None, Some(at)),
            StepState::Verified { proof, at } => ("verified", Some(proof), None, None, Some(at)),
            StepState::Undone { proof, at } => ("undone", Some(proof), None, None, Some(at)),
            StepState::Failed { message, hint, at } => {
                ("failed", None, Some(message), Some(hint), Some(at))
            }
        };
        Self {
            title: step.title,
            call: step.call,
            changes: step.changes,
            command: step.command,
            undo: step.undo,
            state,
            proof,
            message,
            hint,
            at: at.map(|at| at.to_string()),
        }
    }
}

impl From<Plan> for PlanView {
    fn from(plan: Plan) -> Self {
        Self {
            id: plan.id.to_string(),
            event_id: plan.risk_event_id.to_string(),
            action: plan.action.as_str().to_owned(),
            state: plan.state.as_str().to_owned(),
            steps: plan.steps.into_iter().map(StepView::from).collect(),
            breaks: plan.breaks,
            drafted_by: plan.drafted_by,
            confirmed_by: plan.confirmed_by,
            drafted_at: plan.drafted_at.to_string(),
            confirmed_at: plan.confirmed_at.map(|at| at.to_string()),
            ended_at: plan.ended_at.map(|at| at.to_string()),
        }
    }
}

/// One plan.
#[utoipa::path(get, path = "/api/v1/plans/{id}", tag = "plans", params(("id" = String, Path)),
    responses((status = 200, body = PlanView), (status = 404, body = Problem)))]
async fn get(
    State(service): State<Service>,
    _: Visitor,
    Path(id): Path<String>,
) -> Result<Json<PlanView>, Problem> {
    Ok(Json(service.plan(&PlanId::from(id)).await?.into()))
}

/// Confirms a plan: it runs at once.
#[utoipa::path(post, path = "/api/v1/plans/{id}/confirm", tag = "plans",
    params(("id" = String, Path)),
    responses((status = 200, body = PlanView), (status = 409, body = Problem)))]
async fn confirm(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Json<PlanView>, Problem> {
    Ok(Json(service.confirm_plan(&visitor.actor, &PlanId::from(id)).await?.into()))
}

/// Takes a plan back: its undo runs at once.
#[utoipa::path(post, path = "/api/v1/plans/{id}/undo", tag = "plans",
    params(("id" = String, Path)),
    responses((status = 200, body = PlanView), (status = 409, body = Problem)))]
async fn undo(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Json<PlanView>, Problem> {
    Ok(Json(service.undo_plan(&visitor.actor, &PlanId::from(id)).await?.into()))
}
