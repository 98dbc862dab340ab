//! People who may sign in, and what they may do.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::Secret;
use claviger_service::Service;
use claviger_store::users::{Role, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path};
use super::{Problem, Visitor};
use crate::server::peer::Peer;

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(remove))
        .routes(routes!(set_role))
        .routes(routes!(set_password))
        .routes(routes!(set_disabled))
        .routes(routes!(change_password))
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

/// Another role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRole {
    /// `viewer`, `responder` or `admin`.
    role: String,
}

/// Another password of a user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// At least 12 characters.
    #[schema(format = "password")]
    password: String,
}

/// Whether a user may not sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Disabled {
    disabled: bool,
}

/// Another password of one's own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OwnPassword {
    #[schema(format = "password")]
    old_password: String,
    /// At least 12 characters.
    #[schema(format = "password")]
    new_password: String,
}

/// The role of a word.
///
/// # Errors
/// There is no such role.
pub(crate) fn role_of(word: &str) -> Result<Role, Problem> {
    Role::of_word(word).ok_or_else(|| {
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

/// Removes a user, whose sessions and tokens end. What they did stays under their name.
#[utoipa::path(delete, path = "/api/v1/users/{user}", tag = "users",
    params(("user" = String, Path, description = "Id or name")),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn remove(
    State(service): State<Service>,
    visitor: Visitor,
    Path(user): Path<String>,
) -> Result<StatusCode, Problem> {
    service.remove_user(&visitor.actor, &user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a user another role. Their sessions and tokens end.
#[utoipa::path(put, path = "/api/v1/users/{user}/role", tag = "users",
    params(("user" = String, Path, description = "Id or name")), request_body = NewRole,
    responses((status = 200, body = UserView), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn set_role(
    State(service): State<Service>,
    visitor: Visitor,
    Path(user): Path<String>,
    Json(body): Json<NewRole>,
) -> Result<Json<UserView>, Problem> {
    let role = role_of(&body.role)?;
    Ok(Json(service.set_role(&visitor.actor, &user, role).await?.into()))
}

/// Gives a user another password. Their sessions and tokens end.
#[utoipa::path(put, path = "/api/v1/users/{user}/password", tag = "users",
    params(("user" = String, Path, description = "Id or name")), request_body = NewPassword,
    responses((status = 200, body = UserView), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn set_password(
    State(service): State<Service>,
    visitor: Visitor,
    Path(user): Path<String>,
    Json(body): Json<NewPassword>,
) -> Result<Json<UserView>, Problem> {
    let password = Secret::new(body.password);
    Ok(Json(service.set_password(&visitor.actor, &user, &password).await?.into()))
}

/// Keeps a user from signing in, or lets them again. Their sessions and tokens end.
#[utoipa::path(put, path = "/api/v1/users/{user}/disabled", tag = "users",
    params(("user" = String, Path, description = "Id or name")), request_body = Disabled,
    responses((status = 200, body = UserView), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn set_disabled(
    State(service): State<Service>,
    visitor: Visitor,
    Path(user): Path<String>,
    Json(body): Json<Disabled>,
) -> Result<Json<UserView>, Problem> {
    Ok(Json(service.set_disabled(&visitor.actor, &user, body.disabled).await?.into()))
}

/// Gives oneself another password. Every session and token of one's own ends, this one too.
#[utoipa::path(put, path = "/api/v1/password", tag = "users", request_body = OwnPassword,
    responses((status = 204), (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn change_password(
    State(service): State<Service>,
    visitor: Visitor,
    Peer(from): Peer,
    Json(body): Json<OwnPassword>,
) -> Result<StatusCode, Problem> {
    let (old, new) = (Secret::new(body.old_password), Secret::new(body.new_password));
    service.change_password(&visitor.actor, (&old, &new), from).await?;
    Ok(StatusCode::NO_CONTENT)
}
