//! Signing in and out, who is signed in, and from where.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::Secret;
use claviger_service::{OpenSession, Service};
use claviger_store::sessions::SessionKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path};
use super::{Problem, Visitor};
use crate::server::peer::Peer;

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, sign_out, who))
        .routes(routes!(open, end_others))
        .routes(routes!(end))
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

/// An open session.
#[derive(Serialize, ToSchema)]
struct SessionView {
    id: String,
    user: String,
    /// `browser` or `program`.
    kind: &'static str,
    /// What holds it, as it calls itself.
    client: String,
    /// Where it was opened from.
    address: Option<String>,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339, to about a minute.
    last_used_at: Option<String>,
    /// RFC 3339.
    expires_at: String,
    /// Whether it is the one that asks.
    this: bool,
}

impl From<OpenSession> for SessionView {
    fn from(open: OpenSession) -> Self {
        let session = open.session;
        Self {
            id: session.id().to_owned(),
            user: open.user,
            kind: kind_in_words(session.kind),
            client: session.label,
            address: session.address,
            created_at: session.created_at.to_string(),
            last_used_at: session.last_used_at.map(|at| at.to_string()),
            expires_at: session.expires_at.to_string(),
            this: open.is_this,
        }
    }
}

/// What holds a session.
pub(crate) fn kind_in_words(kind: SessionKind) -> &'static str {
    match kind {
        SessionKind::Browser => "browser",
        SessionKind::Token => "program",
    }
}

/// How many sessions ended.
#[derive(Serialize, ToSchema)]
struct Ended {
    ended: u64,
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

/// Ends the session of the token that is shown. A token of the API does not sign out: it is removed.
#[utoipa::path(delete, path = "/api/v1/sessions", tag = "sessions",
    responses((status = 204), (status = 401, body = Problem), (status = 409, body = Problem)))]
async fn sign_out(State(service): State<Service>, visitor: Visitor) -> Result<StatusCode, Problem> {
    if let Some(token) = &visitor.actor.token {
        let words = format!("`{}` is a token of the API, which does not sign out", token.name);
        return Err(Problem::new(StatusCode::CONFLICT, "conflict", &words)
            .hint("remove it: `claviger tokens remove NAME`"));
    }
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

/// One's own open sessions; to an admin, everybody's. Those used last come first.
#[utoipa::path(get, path = "/api/v1/sessions/open", tag = "sessions",
    responses((status = 200, body = [SessionView])))]
async fn open(
    State(service): State<Service>,
    visitor: Visitor,
) -> Result<Json<Vec<SessionView>>, Problem> {
    let open = service.open_sessions(&visitor.actor, &visitor.token).await?;
    Ok(Json(open.into_iter().map(SessionView::from).collect()))
}

/// Ends every session of one's own but the one that asks.
#[utoipa::path(delete, path = "/api/v1/sessions/open", tag = "sessions",
    responses((status = 200, body = Ended)))]
async fn end_others(
    State(service): State<Service>,
    visitor: Visitor,
) -> Result<Json<Ended>, Problem> {
    let ended = service.end_other_sessions(&visitor.actor, &visitor.token).await?;
    Ok(Json(Ended { ended }))
}

/// Ends a session: of one's own, or for an admin of anybody's.
#[utoipa::path(delete, path = "/api/v1/sessions/open/{id}", tag = "sessions",
    params(("id" = String, Path)), responses((status = 204), (status = 404, body = Problem)))]
async fn end(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    service.end_session(&visitor.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
