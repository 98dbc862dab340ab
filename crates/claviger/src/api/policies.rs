//! Policy management: the level and status of each risk type.

use axum::extract::State;
use claviger_model::{Conditions, Level, RiskPolicy, RiskType, Sensitivity};
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
    /// What must hold before a new event is raised; each type reads those that bear on it.
    conditions: ConditionsView,
}

/// What must hold before a new event is raised. What is left out of a change stays.
#[derive(Serialize, Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
struct ConditionsView {
    /// How sure the scanner must be of a finding, in percent.
    confidence_min: Option<u8>,
    /// How sensitive data must be that anybody may read: `N/A`, `S1` to `S4`.
    sensitivity_min: Option<String>,
    /// How many holders one key must have.
    holders_min: Option<u8>,
    /// On how many days two of them must have used it at once.
    days_min: Option<u8>,
    /// How abnormal access must be, in nats.
    score_min: Option<u8>,
}

impl From<Conditions> for ConditionsView {
    fn from(conditions: Conditions) -> Self {
        Self {
            confidence_min: Some(conditions.confidence_min),
            sensitivity_min: Some(conditions.sensitivity_min.to_string()),
            holders_min: Some(conditions.holders_min),
            days_min: Some(conditions.days_min),
            score_min: Some(conditions.score_min),
        }
    }
}

impl ConditionsView {
    /// The conditions with what is asked for in place of what was.
    fn over(self, before: Conditions) -> Result<Conditions, Problem> {
        let sensitivity = self.sensitivity_min.map(|word| {
            let known = Sensitivity::ALL.into_iter().find(|level| level.as_str() == word);
            known.ok_or_else(|| {
                let hint = "use `S1`, `S2`, `S3`, `S4` or `N/A`";
                Problem::field("conditions", "no such sensitivity", hint)
            })
        });
        if self.confidence_min.is_some_and(|percent| percent > 100) {
            return Err(Problem::field("conditions", "above 100 percent", "use 0 to 100"));
        }
        Ok(Conditions {
            confidence_min: self.confidence_min.unwrap_or(before.confidence_min),
            sensitivity_min: sensitivity.transpose()?.unwrap_or(before.sensitivity_min),
            holders_min: self.holders_min.unwrap_or(before.holders_min),
            days_min: self.days_min.unwrap_or(before.days_min),
            score_min: self.score_min.unwrap_or(before.score_min),
        })
    }
}

impl From<RiskPolicy> for PolicyView {
    fn from(policy: RiskPolicy) -> Self {
        Self {
            risk_type: policy.risk_type.as_str().to_owned(),
            title: policy.risk_type.title().to_owned(),
            level: policy.level.as_str().to_owned(),
            enabled: policy.enabled,
            conditions: policy.conditions.into(),
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
    /// Other conditions hold for new events; existing events are not affected.
    #[serde(default)]
    conditions: ConditionsView,
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
    policy.conditions = body.conditions.over(policy.conditions)?;
    let events_changed = service.set_policy(&visitor.actor, policy).await?;
    Ok(Json(PolicyChanged { policy: policy.into(), events_changed }))
}
