//! Alert notification: who is told of what, and how each message fared.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::{
    AlertConfiguration, AlertConfigurationId, AlertMethod, Delivery, Language, Level, NoticeFact,
    RiskEventId, RiskType, Secret,
};
use claviger_service::{NewAlert, Service};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path, Query};
use super::{Problem, Visitor, limit};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(get, change, remove))
        .routes(routes!(test))
        .routes(routes!(deliveries))
}

/// An alert configuration. Its password is never told.
#[derive(Serialize, ToSchema)]
struct AlertView {
    id: String,
    name: String,
    enabled: bool,
    email: Email,
    risk_types: Vec<String>,
    level_min: String,
    /// `en` or `zh-CN`.
    language: &'static str,
    created_at: String,
}

/// E-mail by SMTP.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Email {
    host: String,
    port: u16,
    /// `starttls`, `tls` or `none`.
    security: String,
    username: Option<String>,
    from: String,
    to: Vec<String>,
}

/// An alert configuration to make or to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Alert {
    name: String,
    #[serde(default = "yes")]
    enabled: bool,
    email: Email,
    /// The mail server's password; on a change none keeps the old one.
    #[schema(format = "password")]
    password: Option<String>,
    /// None means all.
    #[serde(default)]
    risk_types: Vec<String>,
    /// `high`, `medium` or `low`; none means all.
    level_min: Option<String>,
    /// `en` or `zh-CN`.
    language: Option<String>,
}

fn yes() -> bool {
    true
}

impl From<AlertConfiguration> for AlertView {
    fn from(configuration: AlertConfiguration) -> Self {
        let AlertMethod::Email { host, port, security, username, from, to } = configuration.method;
        Self {
            id: configuration.id.to_string(),
            name: configuration.name,
            enabled: configuration.enabled,
            email: Email { host, port, security, username, from, to },
            risk_types: configuration
                .risk_types
                .iter()
                .map(|kind| kind.as_str().to_owned())
                .collect(),
            level_min: configuration.level_min.as_str().to_owned(),
            language: match configuration.language {
                Language::English => "en",
                Language::Chinese => "zh-CN",
            },
            created_at: configuration.created_at.to_string(),
        }
    }
}

impl Alert {
    fn parse(self) -> Result<NewAlert, Problem> {
        let mut risk_types = Vec::new();
        for word in &self.risk_types {
            let words = RiskType::ALL.map(RiskType::as_str).join(", ");
            risk_types.push(RiskType::from_word(word).ok_or_else(|| {
                Problem::field("risk_types", "no such risk type", &format!("use some of {words}"))
            })?);
        }
        let level_min = match self.level_min.as_deref() {
            None => Level::Low,
            Some(word) => Level::from_word(word).ok_or_else(|| {
                Problem::field("level_min", "no such level", "use `high`, `medium` or `low`")
            })?,
        };
        let language = match self.language.as_deref() {
            None | Some("en") => Language::English,
            Some("zh-CN") => Language::Chinese,
            Some(_) => {
                return Err(Problem::field("language", "no such language", "use `en` or `zh-CN`"));
            }
        };
        let Email { host, port, security, username, from, to } = self.email;
        Ok(NewAlert {
            name: self.name,
            enabled: self.enabled,
            method: AlertMethod::Email { host, port, security, username, from, to },
            password: self.password.map(Secret::new),
            risk_types,
            level_min,
            language,
        })
    }
}

/// A message on its way.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryView {
    id: String,
    alert_id: String,
    event_id: Option<String>,
    /// `leak_found`, `leaked_key_used`, `alarm` or `test`.
    kind: String,
    subject: String,
    lead: Vec<String>,
    facts: Vec<FactView>,
    /// `waiting`, `delivered` or `retrying`.
    state: String,
    attempts: u32,
    /// What the last try met, with the way out.
    last_error: Option<String>,
    created_at: String,
    delivered_at: Option<String>,
}

/// One labelled line of a message.
#[derive(Serialize, ToSchema)]
struct FactView {
    label: String,
    value: String,
}

impl From<NoticeFact> for FactView {
    fn from(fact: NoticeFact) -> Self {
        Self { label: fact.label, value: fact.value }
    }
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            alert_id: delivery.configuration_id.to_string(),
            event_id: delivery.risk_event_id.map(|id| id.to_string()),
            kind: delivery.kind.as_str().to_owned(),
            subject: delivery.notice.subject,
            lead: delivery.notice.lead,
            facts: delivery.notice.facts.into_iter().map(FactView::from).collect(),
            state: delivery.state.as_str().to_owned(),
            attempts: delivery.attempts,
            last_error: delivery.last_error,
            created_at: delivery.created_at.to_string(),
            delivered_at: delivery.delivered_at.map(|at| at.to_string()),
        }
    }
}

/// Which messages.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Which {
    event_id: Option<String>,
    limit: Option<u32>,
}

/// Every alert configuration.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "alerts",
    responses((status = 200, body = [AlertView])))]
async fn list(State(service): State<Service>, _: Visitor) -> Result<Json<Vec<AlertView>>, Problem> {
    let all = service.alerts().await?;
    Ok(Json(all.into_iter().map(AlertView::from).collect()))
}

/// Makes an alert configuration.
#[utoipa::path(post, path = "/api/v1/alerts", tag = "alerts", request_body = Alert,
    responses((status = 201, body = AlertView), (status = 422, body = Problem)))]
async fn add(
    State(service): State<Service>,
    visitor: Visitor,
    Json(body): Json<Alert>,
) -> Result<(StatusCode, Json<AlertView>), Problem> {
    let configuration = service.add_alert(&visitor.actor, body.parse()?).await?;
    Ok((StatusCode::CREATED, Json(configuration.into())))
}

/// One alert configuration.
#[utoipa::path(get, path = "/api/v1/alerts/{id}", tag = "alerts", params(("id" = String, Path)),
    responses((status = 200, body = AlertView), (status = 404, body = Problem)))]
async fn get(
    State(service): State<Service>,
    _: Visitor,
    Path(id): Path<String>,
) -> Result<Json<AlertView>, Problem> {
    Ok(Json(service.alert(&AlertConfigurationId::from(id)).await?.into()))
}

/// Changes an alert configuration.
#[utoipa::path(put, path = "/api/v1/alerts/{id}", tag = "alerts", params(("id" = String, Path)),
    request_body = Alert,
    responses((status = 200, body = AlertView), (status = 422, body = Problem)))]
async fn change(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
    Json(body): Json<Alert>,
) -> Result<Json<AlertView>, Problem> {
    let id = AlertConfigurationId::from(id);
    Ok(Json(service.change_alert(&visitor.actor, &id, body.parse()?).await?.into()))
}

/// Removes an alert configuration.
#[utoipa::path(delete, path = "/api/v1/alerts/{id}", tag = "alerts", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn remove(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    service.remove_alert(&visitor.actor, &AlertConfigurationId::from(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a test message the way real ones go; its fate is in the delivery log.
#[utoipa::path(post, path = "/api/v1/alerts/{id}/test", tag = "alerts",
    params(("id" = String, Path)),
    responses((status = 202, body = DeliveryView), (status = 404, body = Problem)))]
async fn test(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<DeliveryView>), Problem> {
    let delivery = service.test_alert(&visitor.actor, &AlertConfigurationId::from(id)).await?;
    Ok((StatusCode::ACCEPTED, Json(delivery.into())))
}

/// The delivery log, newest first.
#[utoipa::path(get, path = "/api/v1/deliveries", tag = "alerts", params(Which),
    responses((status = 200, body = [DeliveryView])))]
async fn deliveries(
    State(service): State<Service>,
    _: Visitor,
    Query(which): Query<Which>,
) -> Result<Json<Vec<DeliveryView>>, Problem> {
    let event_id = which.event_id.map(RiskEventId::from);
    let all = service.deliveries(event_id.as_ref(), limit(which.limit)).await?;
    Ok(Json(all.into_iter().map(DeliveryView::from).collect()))
}
