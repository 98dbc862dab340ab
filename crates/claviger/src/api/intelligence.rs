//! Self-managed intelligence: keys that a person knows, or fears, to be leaked.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use claviger_intel::self_managed::Format;
use claviger_service::Service;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Text};
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(add))
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

/// Enters keys as leaked: JSON lines (`access_key_id`, `link`, `user`, `note`, `seen_at`), or CSV with a
/// header of the same names (`Content-Type: text/csv`).
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
