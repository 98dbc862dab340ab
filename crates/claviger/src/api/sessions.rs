//! Signing in and out, and who is signed in.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::Secret;
use claviger_service::Service;
use claviger_store::sessions::SessionKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::Json;
use super::{Problem, Visitor};
use crate::server::peer::Peer;

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(sign_in, sign_out, who))
}

/// A name and its password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    name: String,
    #[schema(format = "password")]
    password: String,
    /// What the token is for; shown where tokens are listed.
    #[serde(default)]
    label: String,
}

/// A token, told once.
#[derive(Serialize, ToSchema)]
struct Token {
    /// Send it as `Authorization: Bearer TOKEN`.
    token: String,
    name: String,
    role: String,
    /// RFC 3339.
    expires_at: String,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
struct Who {
    name: String,
    role: String,
}

/// Opens a session and tells its token, once.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions", security(()),
    request_body = SignIn,
    responses((status = 201, body = Token), (status = 401, body = Problem),
        (status = 429, body = Problem)))]
async fn sign_in(
    State(service): State<Service>,
    Peer(from): Peer,
    Json(body): Json<SignIn>,
) -> Result<(StatusCode, Json<Token>), Problem> {
    let password = Secret::new(body.password);
    let of = (body.label.as_str(), from);
    let signed_in = service.sign_in(&body.name, &password, SessionKind::Token, of).await?;
    let token = Token {
        token: signed_in.token.reveal().to_owned(),
        name: signed_in.actor.name,
        role: signed_in.actor.role.as_str().to_owned(),
        expires_at: signed_in.expires_at.to_string(),
    };
    Ok((StatusCode::CREATED, Json(token)))
}

/// Ends the session of the token that is shown.
#[utoipa::path(delete, path = "/api/v1/sessions", tag = "sessions",
    responses((status = 204), (status = 401, body = Problem)))]
async fn sign_out(State(service): State<Service>, visitor: Visitor) -> Result<StatusCode, Problem> {
    service.sign_out(&visitor.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "sessions",
    responses((status = 200, body = Who), (status = 401, body = Problem)))]
async fn who(visitor: Visitor) -> Json<Who> {
    let role = visitor.actor.role.as_str().to_owned();
    Json(Who { name: visitor.actor.name, role })
}
