//! Whether the installation works, for people, load balancers and Prometheus.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use claviger_service::{Condition, Gravity, Service};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Problem;

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(metrics))
}

/// Whether the installation works.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok`; `warning` where it works and somebody should act all the same; or `failing`.
    status: &'static str,
    /// What keeps it from its work, or is about to.
    conditions: Vec<ConditionView>,
}

/// Something that keeps the installation from its work, or is about to.
#[derive(Serialize, ToSchema)]
pub(super) struct ConditionView {
    place: String,
    code: String,
    /// `failing`, or `warning` where the work goes on.
    gravity: &'static str,
    message: String,
    hint: Option<String>,
    /// RFC 3339.
    since: String,
}

impl From<Condition> for ConditionView {
    fn from(condition: Condition) -> Self {
        Self {
            place: condition.place,
            code: condition.code,
            gravity: condition.gravity.as_str(),
            message: condition.message,
            hint: condition.hint,
            since: condition.since.to_string(),
        }
    }
}

/// Whether the installation works: 503 with the reasons where something keeps it from its work, else 200; what
/// is only a warning is told with it.
#[utoipa::path(get, path = "/api/v1/health", tag = "health", security(()), responses(
    (status = 200, body = Health), (status = 503, body = Health)))]
async fn health(State(service): State<Service>) -> Response {
    let conditions = service.conditions_now();
    let is_failing = |one: &Condition| one.gravity == Gravity::Failing;
    let (code, status) = match conditions.iter().any(is_failing) {
        true => (StatusCode::SERVICE_UNAVAILABLE, Gravity::Failing.as_str()),
        false if conditions.is_empty() => (StatusCode::OK, "ok"),
        false => (StatusCode::OK, Gravity::Warning.as_str()),
    };
    let conditions = conditions.into_iter().map(ConditionView::from).collect();
    (code, Json(Health { status, conditions })).into_response()
}

/// Counts for Prometheus (text exposition format 0.0.4).
#[utoipa::path(get, path = "/metrics", tag = "health", responses(
    (status = 200, body = String, content_type = "text/plain")))]
async fn metrics(State(service): State<Service>, _: super::Visitor) -> Result<Response, Problem> {
    let mut text = super::overview::metrics(&service).await?;
    text.push_str(&super::sources::metrics(&service).await?);
    text.push_str(&super::capacity::metrics(&service).await?);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
