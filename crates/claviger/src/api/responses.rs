//! Response rules: what Claviger may do by itself, because a person wrote it down; and the veto.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::{
    Action, AssetId, IntelligenceSource, Level, Response, ResponseRule, RiskEventId, RiskType,
};
use claviger_service::Service;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::alert_body::HoursBody;
use super::asked::{Json, Path};
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(set, remove))
        .routes(routes!(of_event))
        .routes(routes!(veto))
}

/// A response rule.
#[derive(Serialize, ToSchema)]
struct RuleView {
    id: String,
    name: String,
    enabled: bool,
    /// What it does.
    action: String,
    risk_types: Vec<String>,
    level_min: String,
    sources: Vec<String>,
    assets: Vec<String>,
    only_used: bool,
    hours: Option<HoursBody>,
    grace_seconds: u32,
    made_by: String,
    /// RFC 3339.
    made_at: String,
}

impl From<ResponseRule> for RuleView {
    fn from(rule: ResponseRule) -> Self {
        Self {
            id: rule.id,
            name: rule.name,
            enabled: rule.enabled,
            action: rule.action.as_str().to_owned(),
            risk_types: rule.risk_types.iter().map(|kind| kind.as_str().to_owned()).collect(),
            level_min: rule.level_min.as_str().to_owned(),
            sources: rule.sources.iter().map(|source| source.as_str().to_owned()).collect(),
            assets: rule.assets.iter().map(ToString::to_string).collect(),
            only_used: rule.only_used,
            hours: rule.hours.map(HoursBody::from),
            grace_seconds: rule.grace_seconds,
            made_by: rule.made_by,
            made_at: rule.made_at.to_string(),
        }
    }
}

/// When a reversible plan is run without somebody's confirmation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RuleBody {
    name: String,
    /// Off unless said.
    #[serde(default)]
    enabled: bool,
    /// `disable` unless said; or `restrict_network`, `deny_policy`, `deny_bucket`, `block_public_access`,
    /// `object_acl` (private): the last three where the latest standing evidence lies.
    action: Option<String>,
    /// Such as `access_key_pair_leak`; empty: any type that names a key.
    #[serde(default)]
    risk_types: Vec<String>,
    /// `high`, `medium` or `low`; `high` unless said.
    level_min: Option<String>,
    /// Such as `public_plaintext_storage`; empty: any.
    #[serde(default)]
    sources: Vec<String>,
    /// Ids of buckets; empty: anywhere.
    #[serde(default)]
    assets: Vec<String>,
    /// Only where the key was used since the leak.
    #[serde(default)]
    only_used: bool,
    /// When it may begin; none: at any time.
    hours: Option<HoursBody>,
    /// How long people have to veto, in seconds.
    grace_seconds: u32,
}

impl RuleBody {
    fn parse(self, id: String) -> Result<ResponseRule, Problem> {
        let unknown = |field| Problem::field(field, "no such word", "see the API's description");
        let kinds = self.risk_types.iter().map(|word| RiskType::from_word(word));
        let sources = self.sources.iter().map(|word| IntelligenceSource::from_word(word));
        Ok(ResponseRule {
            id,
            name: self.name,
            enabled: self.enabled,
            action: match self.action.as_deref() {
                None => Action::Disable,
                Some(word) => Action::from_word(word).ok_or_else(|| unknown("action"))?,
            },
            risk_types: kinds.collect::<Option<_>>().ok_or_else(|| unknown("risk_types"))?,
            level_min: match self.level_min.as_deref() {
                None => Level::High,
                Some(word) => Level::from_word(word).ok_or_else(|| unknown("level_min"))?,
            },
            sources: sources.collect::<Option<_>>().ok_or_else(|| unknown("sources"))?,
            assets: self.assets.into_iter().map(AssetId::from).collect(),
            only_used: self.only_used,
            hours: self.hours.map(HoursBody::parse).transpose()?,
            grace_seconds: self.grace_seconds,
            made_by: String::new(),
            made_at: Timestamp::UNIX_EPOCH,
        })
    }
}

/// A plan that a rule is about to run, or has run.
#[derive(Serialize, ToSchema)]
struct ResponseView {
    id: String,
    rule_id: String,
    event_id: String,
    plan_id: String,
    /// `waiting`, `vetoed`, `run` or `dropped`.
    state: String,
    /// RFC 3339.
    runs_at: String,
    /// Who vetoed it, or why it was dropped.
    note: Option<String>,
}

impl From<Response> for ResponseView {
    fn from(response: Response) -> Self {
        Self {
            id: response.id,
            rule_id: response.rule_id,
            event_id: response.risk_event_id.to_string(),
            plan_id: response.plan_id.to_string(),
            state: response.state.as_str().to_owned(),
            runs_at: response.runs_at.to_string(),
            note: response.note,
        }
    }
}

/// Every response rule, oldest first. There is none unless somebody made one.
#[utoipa::path(get, path = "/api/v1/response-rules", tag = "policies",
    responses((status = 200, body = [RuleView])))]
async fn list(State(service): State<Service>, _: Visitor) -> Result<Json<Vec<RuleView>>, Problem> {
    let rules = service.response_rules().await?;
    Ok(Json(rules.into_iter().map(RuleView::from).collect()))
}

/// Makes a rule, or changes the one of this id.
#[utoipa::path(put, path = "/api/v1/response-rules/{id}", tag = "policies",
    params(("id" = String, Path)), request_body = RuleBody,
    responses((status = 200, body = RuleView), (status = 422, body = Problem)))]
async fn set(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
    Json(body): Json<RuleBody>,
) -> Result<Json<RuleView>, Problem> {
    let rule = service.set_response_rule(&visitor.actor, body.parse(id)?).await?;
    Ok(Json(rule.into()))
}

/// Removes a rule: what it was about to run is not run.
#[utoipa::path(delete, path = "/api/v1/response-rules/{id}", tag = "policies",
    params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn remove(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    service.remove_response_rule(&visitor.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What rules did, or are about to do, about an event, latest first.
#[utoipa::path(get, path = "/api/v1/events/{id}/responses", tag = "events",
    params(("id" = String, Path)),
    responses((status = 200, body = [ResponseView]), (status = 404, body = Problem)))]
async fn of_event(
    State(service): State<Service>,
    _: Visitor,
    Path(id): Path<String>,
) -> Result<Json<Vec<ResponseView>>, Problem> {
    let all = service.responses_of(&RiskEventId::from(id)).await?;
    Ok(Json(all.into_iter().map(ResponseView::from).collect()))
}

/// Stops a response that waits.
#[utoipa::path(post, path = "/api/v1/responses/{id}/veto", tag = "events",
    params(("id" = String, Path)),
    responses((status = 200, body = ResponseView), (status = 409, body = Problem)))]
async fn veto(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Json<ResponseView>, Problem> {
    Ok(Json(service.veto(&visitor.actor, &id).await?.into()))
}
