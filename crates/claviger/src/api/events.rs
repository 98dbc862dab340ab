//! Risk events: what a person handles.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::{Evidence, EvidenceId, Level, RiskEvent, RiskEventId, RiskType, WorkState};
use claviger_service::{Change, EventDetails, Service};
use claviger_store::AlarmRow;
use claviger_store::risk_events::RiskEventFilter;
use claviger_store::timeline::TimelineEntry;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::alerts::DeliveryView;
use super::asked::{Json, Path, Query};
use super::draft::Draft;
use super::plans::PlanView;
use super::usage::UsageView;
use super::{Problem, Visitor, limit};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(alarms))
        .routes(routes!(change))
        .routes(routes!(comment))
        .routes(routes!(draft_plan))
        .routes(routes!(allowlist_evidence))
}

/// A risk event.
#[derive(Serialize, ToSchema)]
pub(super) struct EventView {
    id: String,
    /// `access_key_pair_leak`, …
    risk_type: String,
    risk_type_title: String,
    access_key_id: Option<String>,
    /// The account of the key, once an inventory named it.
    account: Option<String>,
    /// `active`, `inactive`, `rotated`, `deleted` or `unknown`.
    key_status: String,
    /// How the key's status is known.
    key_status_proof: String,
    /// RFC 3339.
    key_status_checked_at: String,
    /// `high`, `medium` or `low`.
    level: String,
    /// `pending`, `acknowledged`, `handling`, `disposed`, `added_to_whitelist` or `ignored`.
    work_state: String,
    /// RFC 3339.
    first_detected_at: String,
    /// RFC 3339.
    latest_detected_at: String,
    /// `private_plaintext_storage`, …
    sources: Vec<String>,
    /// Requests made with the key since the leak.
    uses: u64,
    /// RFC 3339.
    first_used_at: Option<String>,
    /// RFC 3339.
    last_used_at: Option<String>,
    /// The judge's reasons, strongest first.
    judgement: Vec<String>,
    /// Posterior log-odds of a stranger, in nats.
    score: Option<f64>,
}

impl From<RiskEvent> for EventView {
    fn from(event: RiskEvent) -> Self {
        Self {
            id: event.id.to_string(),
            risk_type: event.risk_type.as_str().to_owned(),
            risk_type_title: event.risk_type.title().to_owned(),
            access_key_id: event.access_key_id.map(String::from),
            account: event.account,
            key_status: event.key_state.status.as_str().to_owned(),
            key_status_proof: event.key_state.proof,
            key_status_checked_at: event.key_state.checked_at.to_string(),
            level: event.level.as_str().to_owned(),
            work_state: event.work_state.as_str().to_owned(),
            first_detected_at: event.first_detected_at.to_string(),
            latest_detected_at: event.latest_detected_at.to_string(),
            sources: event.sources.iter().map(|source| source.as_str().to_owned()).collect(),
            uses: event.uses,
            first_used_at: event.first_used_at.map(|at| at.to_string()),
            last_used_at: event.last_used_at.map(|at| at.to_string()),
            judgement: event.judgement,
            score: event.score,
        }
    }
}

/// One place where the key was seen.
#[derive(Serialize, ToSchema)]
pub(super) struct EvidenceView {
    id: String,
    source: String,
    source_title: String,
    /// `found`, `deleted`, `disposed` or `added_to_whitelist`.
    state: String,
    uri: String,
    /// Names inside containers.
    path: Vec<String>,
    line: u64,
    column: u64,
    start: u64,
    end: u64,
    bucket: Option<String>,
    object: Option<String>,
    link: Option<String>,
    /// Keyed fingerprint of the secret.
    fingerprint: Option<String>,
    masked: Option<String>,
    confidence: f64,
    why: Vec<String>,
    /// RFC 3339.
    readable_since: Option<String>,
    /// RFC 3339.
    found_at: String,
    /// RFC 3339.
    seen_at: String,
}

impl From<Evidence> for EvidenceView {
    fn from(evidence: Evidence) -> Self {
        Self {
            id: evidence.id.to_string(),
            source: evidence.source.as_str().to_owned(),
            source_title: evidence.source.title().to_owned(),
            state: evidence.state.as_str().to_owned(),
            uri: evidence.location.uri,
            path: evidence.location.path,
            line: evidence.location.line,
            column: evidence.location.column,
            start: evidence.location.start,
            end: evidence.location.end,
            bucket: evidence.bucket,
            object: evidence.object,
            link: evidence.link,
            fingerprint: evidence.fingerprint.map(|fingerprint| fingerprint.0),
            masked: evidence.masked,
            confidence: evidence.confidence,
            why: evidence.why,
            readable_since: evidence.readable_since.map(|at| at.to_string()),
            found_at: evidence.found_at.to_string(),
            seen_at: evidence.seen_at.to_string(),
        }
    }
}

/// One line of a timeline.
#[derive(Serialize, ToSchema)]
struct TimelineView {
    /// RFC 3339.
    at: String,
    /// `evidence_found`, `used`, `refused`, `alarm`, `alarm_withdrawn`, `first_misuse`, `alert`, `plan_confirmed`, `plan_done`, …
    kind: String,
    text: String,
    #[schema(value_type = Object)]
    details: serde_json::Value,
    /// Who did it; none for what Claviger saw or did itself.
    actor: Option<String>,
}

impl From<TimelineEntry> for TimelineView {
    fn from(entry: TimelineEntry) -> Self {
        Self {
            at: entry.at.to_string(),
            kind: entry.kind,
            text: entry.text,
            details: entry.details,
            actor: entry.actor,
        }
    }
}

/// The detector's judgement that a stretch of access was abnormal.
#[derive(Serialize, ToSchema)]
struct AlarmView {
    id: String,
    /// Of the request that raised it, RFC 3339.
    time: String,
    access_key_id: String,
    /// Log-odds of a stranger, in nats.
    score: f64,
    families: Vec<String>,
    reasons: Vec<String>,
    first_event_id: String,
    event_ids: Vec<String>,
    bytes_out: u64,
    sources: Vec<String>,
    /// When it was raised, RFC 3339.
    raised_at: String,
    /// Since when it stands no longer: log lines that came late showed that it was none.
    withdrawn_at: Option<String>,
}

impl From<AlarmRow> for AlarmView {
    fn from(row: AlarmRow) -> Self {
        let alarm = row.alarm;
        Self {
            id: row.id,
            time: alarm.time.to_string(),
            access_key_id: alarm.access_key_id.into(),
            score: alarm.score,
            families: alarm.families,
            reasons: alarm.reasons,
            first_event_id: alarm.first_event_id.0,
            event_ids: alarm.event_ids.into_iter().map(|id| id.0).collect(),
            bytes_out: alarm.bytes_out,
            sources: alarm.sources,
            raised_at: row.raised_at.to_string(),
            withdrawn_at: row.withdrawn_at.map(|at| at.to_string()),
        }
    }
}

/// Everything about one risk event.
#[derive(Serialize, ToSchema)]
struct DetailsView {
    event: EventView,
    evidence: Vec<EvidenceView>,
    usage: UsageView,
    /// Oldest first.
    timeline: Vec<TimelineView>,
    /// Newest first.
    plans: Vec<PlanView>,
    /// Newest first.
    deliveries: Vec<DeliveryView>,
}

impl From<EventDetails> for DetailsView {
    fn from(details: EventDetails) -> Self {
        Self {
            event: details.event.into(),
            evidence: details.evidence.into_iter().map(EvidenceView::from).collect(),
            usage: details.usage.into(),
            timeline: details.timeline.into_iter().map(TimelineView::from).collect(),
            plans: details.plans.into_iter().map(PlanView::from).collect(),
            deliveries: details.deliveries.into_iter().map(DeliveryView::from).collect(),
        }
    }
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
        })
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
    responses((status = 200, body = EvidenceView), (status = 404, body = Problem)))]
async fn allowlist_evidence(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
    Json(body): Json<Reason>,
) -> Result<Json<EvidenceView>, Problem> {
    let evidence =
        service.add_to_allowlist(&visitor.actor, &EvidenceId::from(id), &body.reason).await?;
    Ok(Json(evidence.into()))
}
