//! Whether the installation works, for people, load balancers and Prometheus.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use claviger_service::Service;
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
    /// `ok`, or `failing` with the conditions.
    status: &'static str,
    /// What keeps it from its work.
    conditions: Vec<ConditionView>,
}

/// Something that keeps the installation from its work.
#[derive(Serialize, ToSchema)]
pub(super) struct ConditionView {
    place: String,
    code: String,
    message: String,
    hint: Option<String>,
    /// RFC 3339.
    since: String,
}

impl From<claviger_service::Condition> for ConditionView {
    fn from(condition: claviger_service::Condition) -> Self {
        Self {
            place: condition.place,
            code: condition.code,
            message: condition.message,
            hint: condition.hint,
            since: condition.since.to_string(),
        }
    }
}

/// Whether the installation works: 200 when all is well, 503 with the reasons otherwise.
#[utoipa::path(get, path = "/api/v1/health", tag = "health", security(()), responses(
    (status = 200, body = Health), (status = 503, body = Health)))]
async fn health(State(service): State<Service>) -> Response {
    let conditions: Vec<ConditionView> =
        service.conditions_now().into_iter().map(ConditionView::from).collect();
    let (code, status) = if conditions.is_empty() {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "failing")
    };
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
