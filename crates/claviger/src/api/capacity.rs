//! Capacity: what is used, its limit, when it will be full, and what happens then.

use axum::extract::State;
use claviger_service::{Capacity, Service, ServiceError};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::Json;
use super::history::DaysView;
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(capacity))
}

/// One capacity.
#[derive(Serialize, ToSchema)]
struct CapacityView {
    /// `protection` or `log_storage`.
    kind: String,
    title: String,
    /// Bytes.
    used: u64,
    /// Bytes; none without a limit.
    limit: Option<u64>,
    /// Bytes a day that it grew by in the last 30 days.
    per_day: Option<f64>,
    /// When it will be full, if it goes on so, RFC 3339.
    full_at: Option<String>,
    /// What happens at the limit.
    at_limit: String,
    /// Days of the history that were dropped because a bound was given, the oldest first.
    dropped: Vec<DaysView>,
}

impl From<Capacity> for CapacityView {
    fn from(one: Capacity) -> Self {
        Self {
            kind: one.kind.to_owned(),
            title: one.title.to_owned(),
            used: one.used,
            limit: one.limit,
            per_day: one.per_day,
            full_at: one.full_at.map(|at| at.to_string()),
            at_limit: one.at_limit.as_words().to_owned(),
            dropped: one.dropped.into_iter().map(DaysView::from).collect(),
        }
    }
}

/// The capacities as the metrics tell them.
pub(super) async fn metrics(service: &Service) -> Result<String, ServiceError> {
    let all = service.capacity().await?;
    let mut text = String::new();
    let row = |name: &str, kind: &str, bytes: u64| format!("{name}{{kind=\"{kind}\"}} {bytes}\n");
    text.push_str("# TYPE claviger_capacity_used_bytes gauge\n");
    text.extend(all.iter().map(|one| row("claviger_capacity_used_bytes", one.kind, one.used)));
    text.push_str("# TYPE claviger_capacity_limit_bytes gauge\n");
    let limited = all.iter().filter_map(|one| Some((one.kind, one.limit?)));
    text.extend(limited.map(|(kind, limit)| row("claviger_capacity_limit_bytes", kind, limit)));
    Ok(text)
}

/// What is used of each capacity, with its limit and forecast.
#[utoipa::path(get, path = "/api/v1/capacity", tag = "overview",
    responses((status = 200, body = [CapacityView])))]
async fn capacity(
    State(service): State<Service>,
    _: Visitor,
) -> Result<Json<Vec<CapacityView>>, Problem> {
    let all = service.capacity().await?;
    Ok(Json(all.into_iter().map(CapacityView::from).collect()))
}
