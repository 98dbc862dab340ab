//! What a policy would have done to the requests of the past: of a plan, or of a text.

use axum::extract::State;
use claviger_model::{PlanId, RiskEventId};
use claviger_respond::what_if::{Judged, Requests, WhatIf};
use claviger_service::Service;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path};
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(of_plan)).routes(routes!(of_policy))
}

/// A policy judged on the recorded requests that were carried out.
#[derive(Serialize, ToSchema)]
struct WhatIfView {
    /// Requests of sources that were not seen before the leak, stopped.
    stopped: RequestsView,
    /// Those of them that go on.
    passing: RequestsView,
    /// Good requests that would be stopped.
    lost: RequestsView,
    /// Good requests that go on.
    kept: RequestsView,
    /// Requests that the policy decides by something that no log noted.
    unknown: RequestsView,
    /// Whether the history holds more than was judged.
    partial: bool,
}

/// Requests that fare alike.
#[derive(Serialize, ToSchema)]
struct RequestsView {
    /// All of them.
    count: u64,
    /// Bytes that left with them.
    bytes_out: u64,
    /// Their sources.
    sources: Vec<String>,
    /// The latest thousand, latest first.
    requests: Vec<JudgedView>,
}

/// One request, judged.
#[derive(Serialize, ToSchema)]
struct JudgedView {
    event_id: String,
    /// RFC 3339.
    time: String,
    source_ip: String,
    /// As the log has it.
    operation: String,
    /// The right it needs, such as `s3:GetObject`.
    action: String,
    bucket: Option<String>,
    object: Option<String>,
    /// The statement that decides; none where none speaks of it.
    by: Option<String>,
}

impl From<Judged> for JudgedView {
    fn from(one: Judged) -> Self {
        Self {
            event_id: one.event_id.0,
            time: one.time.to_string(),
            source_ip: one.source_ip,
            operation: one.operation,
            action: one.action,
            bucket: one.bucket,
            object: one.object,
            by: one.by,
        }
    }
}

impl From<Requests> for RequestsView {
    fn from(all: Requests) -> Self {
        Self {
            count: all.count,
            bytes_out: all.bytes_out,
            sources: all.sources.into_iter().collect(),
            requests: all.listed.into_iter().map(JudgedView::from).collect(),
        }
    }
}

impl From<WhatIf> for WhatIfView {
    fn from(judged: WhatIf) -> Self {
        Self {
            stopped: judged.stopped.into(),
            passing: judged.passing.into(),
            lost: judged.lost.into(),
            kept: judged.kept.into(),
            unknown: judged.unknown.into(),
            partial: judged.is_partial,
        }
    }
}

/// A policy to be judged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Written {
    /// The policy as its provider takes it.
    #[schema(value_type = Object)]
    policy: Value,
    /// The bucket whose policy it would be; without it, it is judged as one of the key's user.
    #[serde(default)]
    bucket: Option<String>,
    /// Whether nothing else would allow anything; else what was allowed stays so unless the policy denies it.
    #[serde(default)]
    alone: bool,
}

/// What a plan would have done to the requests of the past.
#[utoipa::path(get, path = "/api/v1/plans/{id}/what-if", tag = "plans",
    params(("id" = String, Path)),
    responses((status = 200, body = WhatIfView), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn of_plan(
    State(service): State<Service>,
    _: Visitor,
    Path(id): Path<String>,
) -> Result<Json<WhatIfView>, Problem> {
    Ok(Json(service.what_if_of_plan(&PlanId::from(id)).await?.into()))
}

/// What a policy would have done to the requests of the past. Changes nothing.
#[utoipa::path(post, path = "/api/v1/events/{id}/what-if", tag = "plans",
    params(("id" = String, Path)), request_body = Written,
    responses((status = 200, body = WhatIfView), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn of_policy(
    State(service): State<Service>,
    _: Visitor,
    Path(id): Path<String>,
    Json(body): Json<Written>,
) -> Result<Json<WhatIfView>, Problem> {
    let document = body.policy.to_string();
    let id = RiskEventId::from(id);
    Ok(Json(service.what_if(&id, &document, body.bucket, body.alone).await?.into()))
}
