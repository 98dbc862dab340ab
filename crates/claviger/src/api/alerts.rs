//! Alert notification: who is told of what, and how each message fared.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::{
    AlertConfigurationId, Delivery, DeliveryId, DeliveryState, NoticeFact, RiskEventId,
};
use claviger_service::Service;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::alert_body::{Alert, AlertView};
use super::asked::{Json, Path, Query};
use super::{Problem, Visitor, limit};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(get, change, remove))
        .routes(routes!(test))
        .routes(routes!(deliveries))
        .routes(routes!(send_again))
        .routes(routes!(acknowledge))
}

/// A message on its way.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryView {
    id: String,
    alert_id: String,
    event_id: Option<String>,
    /// `leak_found`, `leaked_key_used`, `alarm`, `handling_failed`, `escalation`, `digest`,
    /// `delivery_failed`, `capacity`, `acknowledged`, `resolved`, `code` or `test`.
    kind: String,
    subject: String,
    lead: Vec<String>,
    facts: Vec<FactView>,
    /// `high`, `medium` or `low`.
    level: String,
    /// To whom alone; none: everybody of the configuration.
    to: Vec<String>,
    /// When it leaves, at the earliest.
    leaves_at: String,
    /// The message that tells it with others.
    digest_id: Option<String>,
    /// `waiting`, `delivered`, `retrying`, `collected`, `summarized` or `dead`.
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
            level: delivery.level.as_str().to_owned(),
            to: delivery.to,
            leaves_at: delivery.leaves_at.to_string(),
            digest_id: delivery.digest_id.map(|id| id.to_string()),
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
    /// `waiting`, `delivered`, `retrying`, `collected`, `summarized` or `dead`.
    state: Option<String>,
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
    let state = which.state.as_deref().map(|word| {
        let known = DeliveryState::ALL.into_iter().find(|state| state.as_str() == word);
        known.ok_or_else(|| {
            let words = DeliveryState::ALL.map(DeliveryState::as_str).join(", ");
            Problem::field("state", "no such state", &format!("use one of {words}"))
        })
    });
    let state = state.transpose()?;
    let all = service.deliveries(event_id.as_ref(), state, limit(which.limit)).await?;
    Ok(Json(all.into_iter().map(DeliveryView::from).collect()))
}

/// Sends a message again that was given up, or tries at once one that waits for its next try.
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/again", tag = "alerts",
    params(("id" = String, Path)),
    responses((status = 202, body = DeliveryView), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn send_again(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<DeliveryView>), Problem> {
    let delivery = service.send_again(&visitor.actor, &DeliveryId::from(id)).await?;
    Ok((StatusCode::ACCEPTED, Json(delivery.into())))
}

/// The token of a link in a message.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Token {
    token: String,
}

/// What a link acknowledged.
#[derive(Serialize, ToSchema)]
struct AcknowledgedView {
    event_id: String,
    work_state: String,
}

/// Acknowledges the event of a link in a message. Needs no session: the token is the proof.
#[utoipa::path(post, path = "/api/v1/acknowledgements", tag = "alerts", security(()),
    request_body = Token,
    responses((status = 200, body = AcknowledgedView), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn acknowledge(
    State(service): State<Service>,
    Json(body): Json<Token>,
) -> Result<Json<AcknowledgedView>, Problem> {
    let link = service.acknowledge_by_link(&body.token).await?;
    Ok(Json(AcknowledgedView {
        event_id: link.event.id.to_string(),
        work_state: link.event.work_state.as_str().to_owned(),
    }))
}
