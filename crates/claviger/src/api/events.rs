//! Risk events: what a person handles.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::{EvidenceId, Level, RiskEventId, RiskType, WorkState};
use claviger_service::{Change, Service};
use claviger_store::risk_events::RiskEventFilter;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path, Query};
use super::draft::Draft;
use super::event_body::{AlarmView, DetailsView, EventView, EvidenceView, TimelineView};
use super::export::RowForm;
use super::plans::PlanView;
use super::{Problem, Visitor, limit};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(alarms))
        .routes(routes!(history))
        .routes(routes!(change))
        .routes(routes!(comment))
        .routes(routes!(draft_plan))
        .routes(routes!(allowlist_evidence))
}

/// Which risk events.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Which {
    risk_type: Option<String>,
    level: Option<String>,
    work_state: Option<String>,
    /// Only those that nobody closed.
    #[serde(default)]
    open: bool,
    /// Part of a key, account or id.
    search: Option<String>,
    /// RFC 3339: seen since.
    since: Option<String>,
    /// The last row of the page before, as `latest_detected_at/id`.
    after: Option<String>,
    limit: Option<u32>,
}

impl Which {
    fn parse(self) -> Result<RiskEventFilter, Problem> {
        let unknown = |field: &'static str, words: String| {
            Problem::field(field, "no such word", &format!("use one of {words}"))
        };
        let list = |words: Vec<&str>| words.join(", ");
        let risk_type = self.risk_type.map(|word| {
            RiskType::from_word(&word).ok_or_else(|| {
                unknown("risk_type", list(RiskType::ALL.map(RiskType::as_str).to_vec()))
            })
        });
        let level = self.level.map(|word| {
            Level::from_word(&word)
                .ok_or_else(|| unknown("level", list(Level::ALL.map(Level::as_str).to_vec())))
        });
        let work_state = self.work_state.map(|word| {
            WorkState::from_word(&word).ok_or_else(|| {
                unknown("work_state", list(WorkState::ALL.map(WorkState::as_str).to_vec()))
            })
        });
        let time = |text: &str| {
            text.parse::<Timestamp>().map_err(|error| {
                Problem::field("since", &error.to_string(), "write it as `2026-01-02T03:04:05Z`")
            })
        };
        let after = self.after.as_deref().and_then(|after| after.rsplit_once('/'));
        Ok(RiskEventFilter {
            risk_type: risk_type.transpose()?,
            level: level.transpose()?,
            work_state: work_state.transpose()?,
            open_only: self.open,
            search: self.search,
            since: self.since.as_deref().map(time).transpose()?,
            after: after
                .map(|(at, id)| Ok::<_, Problem>((time(at)?, RiskEventId::from(id.to_owned()))))
                .transpose()?,
            limit: limit(self.limit),
            ..RiskEventFilter::default()
        })
    }
}

/// Which risk events, all of them, and how they are written.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichRows {
    /// `csv` or `json_lines`.
    form: Option<RowForm>,
    risk_type: Option<String>,
    level: Option<String>,
    work_state: Option<String>,
    /// Only those that nobody closed.
    #[serde(default)]
    open: bool,
    /// Part of a key, account or id.
    search: Option<String>,
    /// RFC 3339: seen since.
    since: Option<String>,
}

impl WhichRows {
    pub(super) fn parse(self) -> Result<(RiskEventFilter, RowForm), Problem> {
        let which = Which {
            risk_type: self.risk_type,
            level: self.level,
            work_state: self.work_state,
            open: self.open,
            search: self.search,
            since: self.since,
            after: None,
            limit: None,
        };
        Ok((which.parse()?, self.form.unwrap_or_default()))
    }
}

/// What to do with the work on an event.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
enum ChangeBody {
    /// "I have seen it."
    Acknowledge,
    /// "It needs no work."
    Ignore {
        /// For whoever asks later.
        reason: String,
    },
    /// "It needs work again."
    Reopen,
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
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(Which),
    responses((status = 200, body = [EventView]), (status = 422, body = Problem)))]
async fn list(
    State(service): State<Service>,
    _: Visitor,
    Query(which): Query<Which>,
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

/// Acknowledges, ignores or reopens an event.
#[utoipa::path(post, path = "/api/v1/events/{id}/change", tag = "events",
    params(("id" = String, Path)), request_body = ChangeBody,
    responses((status = 200, body = EventView), (status = 409, body = Problem)))]
async fn change(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
    Json(body): Json<ChangeBody>,
) -> Result<Json<EventView>, Problem> {
    let change = match body {
        ChangeBody::Acknowledge => Change::Acknowledge,
        ChangeBody::Ignore { reason } => Change::Ignore { reason },
        ChangeBody::Reopen => Change::Reopen,
    };
    let event = service.change_risk_event(&visitor.actor, &RiskEventId::from(id), change).await?;
    Ok(Json(event.into()))
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
