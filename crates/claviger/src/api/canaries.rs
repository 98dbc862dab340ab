//! Canary keys: planted so that somebody uses them, and any use is a certain alarm.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::{AccessKeyId, ConnectionId, Secret};
use claviger_service::{CanaryOrigin, CanaryView, NewCanary, Plant, Service};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path};
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(confirm))
        .routes(routes!(plant))
        .routes(routes!(retire))
}

/// A canary. Its secret is told by its texts alone.
#[derive(Serialize, ToSchema)]
struct CanaryBody {
    id: String,
    name: String,
    access_key_id: Option<String>,
    /// Where it is planted.
    place: String,
    /// `drafted`, `making`, `armed` or `retired`.
    state: &'static str,
    connection_id: Option<String>,
    user_name: Option<String>,
    /// What confirming the draft calls, in order.
    calls: Vec<String>,
    made_by: String,
    /// RFC 3339.
    made_at: String,
    /// Who had its user and key made.
    confirmed_by: Option<String>,
    /// Since when its use is watched, RFC 3339.
    armed_at: Option<String>,
}

impl From<CanaryView> for CanaryBody {
    fn from(CanaryView { canary, calls }: CanaryView) -> Self {
        Self {
            id: canary.id,
            name: canary.name,
            access_key_id: canary.access_key_id.map(String::from),
            place: canary.place,
            state: canary.state.as_str(),
            connection_id: canary.connection_id.map(|id| id.to_string()),
            user_name: canary.user_name,
            calls,
            made_by: canary.made_by,
            made_at: canary.made_at.to_string(),
            confirmed_by: canary.confirmed_by,
            armed_at: canary.armed_at.map(|at| at.to_string()),
        }
    }
}

/// A canary to make: of a key that exists (`access_key_id`), or of a new user of a connection
/// (`connection_id`, `user_name`).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddCanary {
    name: String,
    /// Where it will be planted, in your words.
    place: String,
    access_key_id: Option<String>,
    #[schema(format = "password")]
    access_key_secret: Option<String>,
    connection_id: Option<String>,
    user_name: Option<String>,
}

/// A text to plant.
#[derive(Serialize, ToSchema)]
struct PlantBody {
    /// `credentials_file`, `environment`, `json`, `properties` or `yaml`.
    shape: &'static str,
    /// The name of a file that would hold it.
    file: &'static str,
    text: String,
}

impl From<Plant> for PlantBody {
    fn from(plant: Plant) -> Self {
        Self { shape: plant.shape, file: plant.file, text: plant.text }
    }
}

/// Every canary, the latest first.
#[utoipa::path(get, path = "/api/v1/canaries", tag = "intelligence",
    responses((status = 200, body = [CanaryBody])))]
async fn list(
    State(service): State<Service>,
    _: Visitor,
) -> Result<Json<Vec<CanaryBody>>, Problem> {
    Ok(Json(service.canaries().await?.into_iter().map(CanaryBody::from).collect()))
}

/// Makes a canary. Of a key that exists it is watched from now on; another is a draft to confirm.
#[utoipa::path(post, path = "/api/v1/canaries", tag = "intelligence", request_body = AddCanary,
    responses((status = 201, body = CanaryBody), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn add(
    State(service): State<Service>,
    visitor: Visitor,
    Json(body): Json<AddCanary>,
) -> Result<(StatusCode, Json<CanaryBody>), Problem> {
    let origin = match (body.access_key_id, body.connection_id) {
        (Some(key), None) => CanaryOrigin::Made {
            access_key_id: AccessKeyId::parse(&key).map_err(|error| {
                Problem::field("access_key_id", &error.to_string(), "copy it from its provider")
            })?,
            secret: body.access_key_secret.map(Secret::new),
        },
        (None, Some(id)) => CanaryOrigin::Connection {
            id: ConnectionId::from(id),
            user_name: body.user_name.unwrap_or_default(),
        },
        _ => {
            let hint = "give `access_key_id`, or `connection_id` with `user_name`";
            return Err(Problem::field("access_key_id", "a canary is of one key", hint));
        }
    };
    let new = NewCanary { name: body.name, place: body.place, origin };
    let made = service.add_canary(&visitor.actor, new).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Carries out what a drafted canary names: a user without any right, and a key of it.
#[utoipa::path(post, path = "/api/v1/canaries/{id}/confirm", tag = "intelligence",
    params(("id" = String, Path)),
    responses((status = 200, body = CanaryBody), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 502, body = Problem)))]
async fn confirm(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Json<CanaryBody>, Problem> {
    Ok(Json(service.confirm_canary(&visitor.actor, &id).await?.into()))
}

/// Texts that hold the pair, ready to plant.
#[utoipa::path(get, path = "/api/v1/canaries/{id}/plants", tag = "intelligence",
    params(("id" = String, Path)),
    responses((status = 200, body = [PlantBody]), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn plant(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Json<Vec<PlantBody>>, Problem> {
    let plants = service.canary_plants(&visitor.actor, &id).await?;
    Ok(Json(plants.into_iter().map(PlantBody::from).collect()))
}

/// Watches the use of a canary no longer.
#[utoipa::path(delete, path = "/api/v1/canaries/{id}", tag = "intelligence",
    params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn retire(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    service.retire_canary(&visitor.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
