//! Recipients, whose address was shown to be theirs by a code, and groups of them.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::{AlertConfigurationId, Recipient, RecipientGroup, RecipientGroupId};
use claviger_service::Service;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path};
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(remove))
        .routes(routes!(send_code))
        .routes(routes!(verify))
        .routes(routes!(groups, add_group))
        .routes(routes!(change_group, remove_group))
}

/// An address that alerts go to.
#[derive(Serialize, ToSchema)]
struct RecipientView {
    id: String,
    address: String,
    added_at: String,
    /// When the latest code was sent to it.
    code_sent_at: Option<String>,
    /// When its code was entered; until then no alert is sent to it.
    verified_at: Option<String>,
    /// Whether the installation's configuration vouches for it.
    trusted: bool,
}

fn view(service: &Service, recipient: Recipient) -> RecipientView {
    RecipientView {
        trusted: service.is_trusted(&recipient.address),
        id: recipient.id.to_string(),
        address: recipient.address,
        added_at: recipient.added_at.to_string(),
        code_sent_at: recipient.code_sent_at.map(|at| at.to_string()),
        verified_at: recipient.verified_at.map(|at| at.to_string()),
    }
}

/// A group of recipients.
#[derive(Serialize, ToSchema)]
struct GroupView {
    id: String,
    name: String,
    members: Vec<String>,
}

impl From<RecipientGroup> for GroupView {
    fn from(group: RecipientGroup) -> Self {
        Self { id: group.id.to_string(), name: group.name, members: group.members }
    }
}

/// A group to make or to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Group {
    name: String,
    /// Mail addresses and telephone numbers.
    members: Vec<String>,
}

/// An address, and the alert configuration that carries its code there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    address: String,
    alert_id: String,
}

/// An address with the code that was sent to it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Entered {
    address: String,
    code: String,
}

/// Every address that alerts go to or will go to.
#[utoipa::path(get, path = "/api/v1/recipients", tag = "alerts",
    responses((status = 200, body = [RecipientView])))]
async fn list(
    State(service): State<Service>,
    _: Visitor,
) -> Result<Json<Vec<RecipientView>>, Problem> {
    let all = service.recipients().await?;
    Ok(Json(all.into_iter().map(|one| view(&service, one)).collect()))
}

/// Forgets an address: it is told nothing until its code is entered anew.
#[utoipa::path(delete, path = "/api/v1/recipients/{address}", tag = "alerts",
    params(("address" = String, Path)), responses((status = 204)))]
async fn remove(
    State(service): State<Service>,
    visitor: Visitor,
    Path(address): Path<String>,
) -> Result<StatusCode, Problem> {
    service.remove_recipient(&visitor.actor, &address).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a code to an address.
#[utoipa::path(post, path = "/api/v1/recipients", tag = "alerts", request_body = Asked,
    responses((status = 202, body = RecipientView), (status = 409, body = Problem)))]
async fn send_code(
    State(service): State<Service>,
    visitor: Visitor,
    Json(body): Json<Asked>,
) -> Result<(StatusCode, Json<RecipientView>), Problem> {
    let through = AlertConfigurationId::from(body.alert_id);
    let recipient = service.send_code(&visitor.actor, &body.address, &through).await?;
    Ok((StatusCode::ACCEPTED, Json(view(&service, recipient))))
}

/// Enters the code that was sent to an address.
#[utoipa::path(post, path = "/api/v1/recipients/verify", tag = "alerts", request_body = Entered,
    responses((status = 200, body = RecipientView), (status = 422, body = Problem)))]
async fn verify(
    State(service): State<Service>,
    visitor: Visitor,
    Json(body): Json<Entered>,
) -> Result<Json<RecipientView>, Problem> {
    let recipient = service.verify_recipient(&visitor.actor, &body.address, &body.code).await?;
    Ok(Json(view(&service, recipient)))
}

/// Every group of recipients.
#[utoipa::path(get, path = "/api/v1/recipient-groups", tag = "alerts",
    responses((status = 200, body = [GroupView])))]
async fn groups(
    State(service): State<Service>,
    _: Visitor,
) -> Result<Json<Vec<GroupView>>, Problem> {
    let all = service.recipient_groups().await?;
    Ok(Json(all.into_iter().map(GroupView::from).collect()))
}

/// Makes a group of recipients.
#[utoipa::path(post, path = "/api/v1/recipient-groups", tag = "alerts", request_body = Group,
    responses((status = 201, body = GroupView), (status = 422, body = Problem)))]
async fn add_group(
    State(service): State<Service>,
    visitor: Visitor,
    Json(body): Json<Group>,
) -> Result<(StatusCode, Json<GroupView>), Problem> {
    let group = service.set_recipient_group(&visitor.actor, None, &body.name, body.members).await?;
    Ok((StatusCode::CREATED, Json(group.into())))
}

/// Changes a group of recipients.
#[utoipa::path(put, path = "/api/v1/recipient-groups/{id}", tag = "alerts",
    params(("id" = String, Path)), request_body = Group,
    responses((status = 200, body = GroupView), (status = 404, body = Problem)))]
async fn change_group(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
    Json(body): Json<Group>,
) -> Result<Json<GroupView>, Problem> {
    let id = Some(RecipientGroupId::from(id));
    let group = service.set_recipient_group(&visitor.actor, id, &body.name, body.members).await?;
    Ok(Json(group.into()))
}

/// Removes a group of recipients that no alert configuration names.
#[utoipa::path(delete, path = "/api/v1/recipient-groups/{id}", tag = "alerts",
    params(("id" = String, Path)), responses((status = 204), (status = 409, body = Problem)))]
async fn remove_group(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    service.remove_recipient_group(&visitor.actor, &RecipientGroupId::from(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
