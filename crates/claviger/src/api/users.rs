//! People who may sign in, and what they may do.

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

/// A user. The password is never told.
#[derive(Serialize, ToSchema)]
struct UserView {
    id: String,
    name: String,
    /// `viewer`, `responder` or `admin`.
    role: String,
    /// RFC 3339.
    created_at: String,
    /// Whether they may not sign in.
    disabled: bool,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id.to_string(),
            name: user.name,
            role: user.role.as_str().to_owned(),
            created_at: user.created_at.to_string(),
            disabled: user.disabled,
        }
    }
}

/// A user to make.
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

/// The role of a word.
///
/// # Errors
/// There is no such role.
pub(crate) fn role_of(word: &str) -> Result<Role, Problem> {
    Role::ALL.into_iter().find(|role| role.as_str() == word).ok_or_else(|| {
        let words = Role::ALL.map(Role::as_str).join("`, `");
        Problem::field("role", "no such role", &format!("use one of `{words}`"))
    })
}

/// Everybody who may sign in.
#[utoipa::path(get, path = "/api/v1/users", tag = "users",
    responses((status = 200, body = [UserView])))]
async fn list(State(service): State<Service>, _: Visitor) -> Result<Json<Vec<UserView>>, Problem> {
    let all = service.users().await?;
    Ok(Json(all.into_iter().map(UserView::from).collect()))
}

/// Makes a user.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", request_body = NewUser,
    responses((status = 201, body = UserView), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn add(
    State(service): State<Service>,
    visitor: Visitor,
    Json(body): Json<NewUser>,
) -> Result<(StatusCode, Json<UserView>), Problem> {
    let role = role_of(&body.role)?;
    let password = Secret::new(body.password);
    let user = service.add_user(&visitor.actor, &body.name, role, &password).await?;
    Ok((StatusCode::CREATED, Json(user.into())))
}
