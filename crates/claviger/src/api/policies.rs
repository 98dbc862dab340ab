//! Policy management: the level and status of each risk type.

use axum::extract::State;
use claviger_model::{Level, RiskPolicy, RiskType};
use claviger_service::Service;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path};
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(set))
}

/// The policy of one risk type.
#[derive(Serialize, ToSchema)]
struct PolicyView {
    risk_type: String,
    title: String,
    /// `high`, `medium` or `low`.
    level: String,
    enabled: bool,
}

impl From<RiskPolicy> for PolicyView {
    fn from(policy: RiskPolicy) -> Self {
        Self {
            risk_type: policy.risk_type.as_str().to_owned(),
            title: policy.risk_type.title().to_owned(),
            level: policy.level.as_str().to_owned(),
            enabled: policy.enabled,
        }
    }
}

/// What to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetPolicy {
    /// A new level changes all existing events of the type.
    level: Option<String>,
    /// Disabling stops new alerts; existing events are not affected.
    enabled: Option<bool>,
}

/// The policy as it is now, and what the change did.
#[derive(Serialize, ToSchema)]
struct PolicyChanged {
    policy: PolicyView,
    /// Existing events whose level changed.
    events_changed: u64,
}

/// The policies of all risk types.
#[utoipa::path(get, path = "/api/v1/policies", tag = "policies",
    responses((status = 200, body = [PolicyView])))]
async fn list(
    State(service): State<Service>,
    _: Visitor,
) -> Result<Json<Vec<PolicyView>>, Problem> {
    let policies = service.policies().await?;
    Ok(Json(policies.into_iter().map(PolicyView::from).collect()))
}

/// Changes the policy of a risk type.
#[utoipa::path(put, path = "/api/v1/policies/{risk_type}", tag = "policies",
    params(("risk_type" = String, Path)), request_body = SetPolicy,
    responses((status = 200, body = PolicyChanged), (status = 422, body = Problem)))]
async fn set(
    State(service): State<Service>,
    visitor: Visitor,
    Path(risk_type): Path<String>,
    Json(body): Json<SetPolicy>,
) -> Result<Json<PolicyChanged>, Problem> {
    let risk_type = RiskType::from_word(&risk_type).ok_or_else(|| {
        let words = RiskType::ALL.map(RiskType::as_str).join(", ");
        Problem::field("risk_type", "no such risk type", &format!("use one of {words}"))
    })?;
    let mut policy = service.policy(risk_type).await?;
    if let Some(word) = body.level {
        policy.level = Level::from_word(&word).ok_or_else(|| {
            Problem::field("level", "no such level", "use `high`, `medium` or `low`")
        })?;
    }
    policy.enabled = body.enabled.unwrap_or(policy.enabled);
    let events_changed = service.set_policy(&visitor.actor, policy).await?;
    Ok(Json(PolicyChanged { policy: policy.into(), events_changed }))
}
