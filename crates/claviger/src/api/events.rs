//! Risk events: what a person handles.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::{EvidenceId, RiskEventId};
use claviger_service::Service;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path, Query};
use super::draft::Draft;
use super::event_body::{AlarmView, DetailsView, EventView, EvidenceView, TimelineView};
use super::event_filter::WhichPage;
use super::plans::PlanView;
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(alarms))
        .routes(routes!(history))
        .routes(routes!(comment))
        .routes(routes!(draft_plan))
        .routes(routes!(allowlist_evidence))
}

/// A person's words.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Comment {
    text: String,
}

/// Why a place is put on the allowlist.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reason {
    #[serde(default)]
    reason: String,
    /// Said twice: also where anybody may read the secret.
    #[serde(default)]
    also_public: bool,
}

/// Risk events, latest first.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(WhichPage),
    responses((status = 200, body = [EventView]), (status = 422, body = Problem)))]
async fn list(
    State(service): State<Service>,
    _: Visitor,
    Query(which): Query<WhichPage>,
) -> Result<Json<Vec<EventView>>, Problem> {
    let events = service.risk_events(&which.parse()?).await?;
    Ok(Json(events.into_iter().map(EventView::from).collect()))
}

/// Everything about one risk event: evidence, access, timeline, plans, messages.
#[utoipa::path(get, path = "/api/v1/events/{id}", tag = "events", params(("id" = String, Path)),
    responses((status = 200, body = DetailsView), (status = 404, body = Problem)))]
async fn get(
    State(service): State<Service>,
    _: Visitor,
    Path(id): Path<String>,
) -> Result<Json<DetailsView>, Problem> {
    let details = service.event_details(&RiskEventId::from(id)).await?;
    let mut view = DetailsView::from(details);
    view.usage.locate(service.places());
    Ok(Json(view))
}

/// The alarms of a risk event, the oldest first. One that stands no longer says since when.
#[utoipa::path(get, path = "/api/v1/events/{id}/alarms", tag = "events",
    params(("id" = String, Path)),
    responses((status = 200, body = [AlarmView]), (status = 404, body = Problem)))]
async fn alarms(
    State(service): State<Service>,
    _: Visitor,
    Path(id): Path<String>,
) -> Result<Json<Vec<AlarmView>>, Problem> {
    let alarms = service.alarms_of(&RiskEventId::from(id)).await?;
    Ok(Json(alarms.into_iter().map(AlarmView::from).collect()))
}

/// Every change of an event's states, oldest first: of the work, the key, evidence, the level.
#[utoipa::path(get, path = "/api/v1/events/{id}/history", tag = "events",
    params(("id" = String, Path)),
    responses((status = 200, body = [TimelineView]), (status = 404, body = Problem)))]
async fn history(
    State(service): State<Service>,
    _: Visitor,
    Path(id): Path<String>,
) -> Result<Json<Vec<TimelineView>>, Problem> {
    let lines = service.history_of_event(&RiskEventId::from(id)).await?;
    Ok(Json(lines.into_iter().map(TimelineView::from).collect()))
}

/// Writes a person's words on the timeline.
#[utoipa::path(post, path = "/api/v1/events/{id}/comments", tag = "events",
    params(("id" = String, Path)), request_body = Comment,
    responses((status = 201), (status = 404, body = Problem)))]
async fn comment(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
    Json(body): Json<Comment>,
) -> Result<StatusCode, Problem> {
    service.comment(&visitor.actor, &RiskEventId::from(id), &body.text).await?;
    Ok(StatusCode::CREATED)
}

/// Drafts the plan of an action: every call, what it changes, what may break. Changes nothing.
#[utoipa::path(post, path = "/api/v1/events/{id}/plans", tag = "plans",
    params(("id" = String, Path)), request_body = Draft,
    responses((status = 201, body = PlanView), (status = 409, body = Problem)))]
async fn draft_plan(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
    Json(body): Json<Draft>,
) -> Result<(StatusCode, Json<PlanView>), Problem> {
    let (ask, language) = body.ask()?;
    let plan = service.draft_plan(&visitor.actor, &RiskEventId::from(id), &ask, language).await?;
    Ok((StatusCode::CREATED, Json(plan.into())))
}

/// Puts the place of a piece of evidence on the allowlist; the same key elsewhere still counts.
#[utoipa::path(post, path = "/api/v1/evidence/{id}/allowlist", tag = "allowlist",
    params(("id" = String, Path)), request_body = Reason,
    responses((status = 200, body = EvidenceView), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn allowlist_evidence(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
    Json(body): Json<Reason>,
) -> Result<Json<EvidenceView>, Problem> {
    let id = EvidenceId::from(id);
    let evidence =
        service.add_to_allowlist(&visitor.actor, &id, &body.reason, body.also_public).await?;
    Ok(Json(evidence.into()))
}
