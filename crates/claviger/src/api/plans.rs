//! Plans: shown, confirmed, taken back.

use axum::extract::State;
use claviger_model::{Plan, PlanId, Step, StepState};
use claviger_service::Service;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path};
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(get))
        .routes(routes!(confirm))
        .routes(routes!(undo))
        .routes(routes!(take))
}

/// What a handling will do, and how it fares.
#[derive(Serialize, ToSchema)]
pub(super) struct PlanView {
    id: String,
    event_id: String,
    /// `disable`, `rotate`, `delete_file`, …: as it was drafted.
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
    /// Whether something of it cannot be taken back: then `key` must be given to confirm it.
    irreversible: bool,
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
    /// The same as Terraform has it, where it has any such thing.
    terraform: Option<String>,
    /// How to take it back; none where that is impossible.
    undo: Option<String>,
    /// `waiting`, `held`, `applied`, `verified`, `undone` or `failed`.
    state: &'static str,
    /// The provider's answer that proves the state.
    proof: Option<String>,
    /// Why it failed, or what it is held for.
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
            StepState::Held { why, at } => ("held", None, Some(why), None, Some(at)),
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
            terraform: step.terraform,
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
            irreversible: plan.steps.iter().any(|step| step.undo.is_none()),
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

/// How a plan is confirmed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Confirm {
    /// Where something cannot be taken back: what the event is about, the access key id, as a person typed
    /// it.
    #[serde(default)]
    key: Option<String>,
}

/// A key pair, shown this once.
#[derive(Serialize, ToSchema)]
struct TakenPair {
    access_key_id: String,
    access_key_secret: String,
}

/// Hands the new pair of a rotation over, once: its secret is forgotten with the answer.
#[utoipa::path(post, path = "/api/v1/plans/{id}/take", tag = "plans",
    params(("id" = String, Path)),
    responses((status = 200, body = TakenPair), (status = 409, body = Problem)))]
async fn take(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Json<TakenPair>, Problem> {
    let (key, secret) = service.take_new_pair(&visitor.actor, &PlanId::from(id)).await?;
    let access_key_secret = secret.reveal().to_owned();
    Ok(Json(TakenPair { access_key_id: key.into(), access_key_secret }))
}

/// Confirms a plan: it runs at once.
#[utoipa::path(post, path = "/api/v1/plans/{id}/confirm", tag = "plans",
    params(("id" = String, Path)), request_body = Confirm,
    responses((status = 200, body = PlanView), (status = 409, body = Problem)))]
async fn confirm(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
    Json(body): Json<Confirm>,
) -> Result<Json<PlanView>, Problem> {
    let id = PlanId::from(id);
    Ok(Json(service.confirm_plan(&visitor.actor, &id, body.key.as_deref()).await?.into()))
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
