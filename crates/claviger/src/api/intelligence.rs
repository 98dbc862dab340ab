//! Self-managed intelligence: keys that a person knows, or fears, to be leaked.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use claviger_intel::self_managed::Format;
use claviger_model::Evidence;
use claviger_service::Service;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Query, Text};
use super::{Problem, Visitor, limit};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list, add))
}

/// A key that somebody entered as leaked.
#[derive(Serialize, ToSchema)]
struct IntelligenceView {
    id: String,
    event_id: String,
    access_key_id: Option<String>,
    link: Option<String>,
    /// Note and user, as they were entered.
    why: Vec<String>,
    /// `found`, `deleted`, `disposed` or `added_to_whitelist`.
    state: String,
    /// Since when it can be read, RFC 3339.
    seen_at: Option<String>,
    /// When it was entered, RFC 3339.
    entered_at: String,
}

impl From<Evidence> for IntelligenceView {
    fn from(entry: Evidence) -> Self {
        Self {
            id: entry.id.to_string(),
            event_id: entry.risk_event_id.to_string(),
            access_key_id: entry.access_key_id.map(String::from),
            link: entry.link,
            why: entry.why,
            state: entry.state.as_str().to_owned(),
            seen_at: entry.readable_since.map(|at| at.to_string()),
            entered_at: entry.found_at.to_string(),
        }
    }
}

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Which {
    limit: Option<u32>,
}

/// What people entered, newest first.
#[utoipa::path(get, path = "/api/v1/intelligence", tag = "intelligence", params(Which),
    responses((status = 200, body = [IntelligenceView])))]
async fn list(
    State(service): State<Service>,
    _: Visitor,
    Query(which): Query<Which>,
) -> Result<Json<Vec<IntelligenceView>>, Problem> {
    let entries = service.intelligence(limit(which.limit)).await?;
    Ok(Json(entries.into_iter().map(IntelligenceView::from).collect()))
}

/// What became of some entries.
#[derive(Serialize, ToSchema)]
struct Added {
    kept: usize,
    rejected: Vec<RejectedLine>,
}

/// A line that is no entry.
#[derive(Serialize, ToSchema)]
struct RejectedLine {
    line: u64,
    why: String,
}

/// Enters keys as leaked: JSON lines (`access_key_id`, `link`, `user`, `note`, `seen_at`,
/// `claim`: `leaked` or `suspected`), or CSV with a header of the same names (`Content-Type: text/csv`).
#[utoipa::path(post, path = "/api/v1/intelligence", tag = "intelligence",
    request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, body = Added), (status = 422, body = Problem)))]
async fn add(
    State(service): State<Service>,
    visitor: Visitor,
    headers: HeaderMap,
    Text(body): Text,
) -> Result<(StatusCode, Json<Added>), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let format = match kind {
        Some(kind) if kind.starts_with("text/csv") => Format::Csv,
        _ => Format::JsonLines,
    };
    let (entries, rejects) = service.parse_intelligence(&body, format);
    let kept = service.add_intelligence(&visitor.actor, &entries).await?;
    let rejected = rejects
        .into_iter()
        .map(|reject| RejectedLine { line: reject.line, why: reject.why })
        .collect();
    Ok((StatusCode::OK, Json(Added { kept, rejected })))
}
