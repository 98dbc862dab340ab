//! Users: who may sign in, and as what.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::Secret;
use claviger_service::Service;
use claviger_store::users::{Role, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::Json;
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list, add))
}

/// A user. Passwords are kept as hashes and never shown.
#[derive(Serialize, ToSchema)]
struct UserView {
    id: String,
    name: String,
    /// `viewer`, `responder` or `admin`.
    role: String,
    /// Whether it may not sign in.
    disabled: bool,
    /// RFC 3339.
    created_at: String,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id.to_string(),
            role: user.role.as_str().to_owned(),
            name: user.name,
            disabled: user.disabled,
            created_at: user.created_at.to_string(),
        }
    }
}

/// A new user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUser {
    name: String,
    /// `viewer`, `responder` or `admin`.
    role: String,
    /// At least 12 characters.
    #[schema(format = "password")]
    password: String,
}

/// Everybody who may sign in.
#[utoipa::path(get, path = "/api/v1/users", tag = "users",
    responses((status = 200, body = [UserView])))]
async fn list(State(service): State<Service>, _: Visitor) -> Result<Json<Vec<UserView>>, Problem> {
    let users = service.users().await?;
    Ok(Json(users.into_iter().map(UserView::from).collect()))
}

/// Makes a user.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", request_body = NewUser,
    responses((status = 201, body = UserView), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn add(
    State(service): State<Service>,
    visitor: Visitor,
    Json(body): Json<NewUser>,
) -> Result<(StatusCode, Json<UserView>), Problem> {
    let role = Role::ALL.into_iter().find(|role| role.as_str() == body.role).ok_or_else(|| {
        Problem::field("role", "no such role", "use `viewer`, `responder` or `admin`")
    })?;
    let password = Secret::new(body.password);
    let user = service.add_user(&visitor.actor, &body.name, role, &password).await?;
    Ok((StatusCode::CREATED, Json(user.into())))
}
