//! Tokens of programs: each for something, for a while, and never for more than its owner may.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_service::{NewApiToken, Service};
use claviger_store::{ApiToken, Scope};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path};
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove))
}

/// A token of a program. The token itself is told once, when it is made.
#[derive(Serialize, ToSchema)]
struct TokenView {
    id: String,
    name: String,
    /// Whose it is.
    owner: String,
    /// `ingest`, `read`, `respond`, `admin`.
    scopes: Vec<&'static str>,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339.
    expires_at: String,
    /// RFC 3339, to about a minute; none where it was never used.
    last_used_at: Option<String>,
}

impl TokenView {
    fn of(token: ApiToken, owner: String) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name,
            owner,
            scopes: token.scopes.into_iter().map(Scope::as_str).collect(),
            created_at: token.created_at.to_string(),
            expires_at: token.expires_at.to_string(),
            last_used_at: token.last_used_at.map(|at| at.to_string()),
        }
    }
}

/// A token to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    /// To know it by.
    name: String,
    /// At least one of `ingest` (send log lines to sources, nothing else), `read` (what a viewer may), `respond`
    /// (what a responder may) and `admin`.
    scopes: Vec<String>,
    /// How long it lasts, at most 366 days; 90 days unless given.
    expires_in_seconds: Option<u32>,
}

/// A token that was just made, told this once.
#[derive(Serialize, ToSchema)]
struct MadeToken {
    /// Send it as `Authorization: Bearer TOKEN`.
    token: String,
    #[serde(flatten)]
    kept: TokenView,
}

/// The scope of a word.
///
/// # Errors
/// There is no such scope.
pub(crate) fn scope_of(word: &str) -> Result<Scope, Problem> {
    Scope::ALL.into_iter().find(|scope| scope.as_str() == word).ok_or_else(|| {
        let words = Scope::ALL.map(Scope::as_str).join("`, `");
        Problem::field("scopes", "no such scope", &format!("use some of `{words}`"))
    })
}

/// One's own tokens; to an admin, everybody's. Those that ended stay listed for 30 days.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "tokens",
    responses((status = 200, body = [TokenView])))]
async fn list(
    State(service): State<Service>,
    visitor: Visitor,
) -> Result<Json<Vec<TokenView>>, Problem> {
    let all = service.api_tokens(&visitor.actor).await?;
    Ok(Json(all.into_iter().map(|(token, owner)| TokenView::of(token, owner)).collect()))
}

/// Makes a token of one's own and tells it, once. It never does more than its owner may, and ends with them.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "tokens", request_body = NewToken,
    responses((status = 201, body = MadeToken), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn add(
    State(service): State<Service>,
    visitor: Visitor,
    Json(body): Json<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), Problem> {
    let scopes = body.scopes.iter().map(|word| scope_of(word)).collect::<Result<_, _>>()?;
    let lasts = body.expires_in_seconds.map(|seconds| SignedDuration::from_secs(seconds.into()));
    let new = NewApiToken { name: body.name, scopes, lasts };
    let made = service.add_api_token(&visitor.actor, new).await?;
    let answer = MadeToken {
        token: made.token.reveal().to_owned(),
        kept: TokenView::of(made.kept, visitor.actor.name),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Removes a token: of one's own by id or name, for an admin anybody's by id.
#[utoipa::path(delete, path = "/api/v1/tokens/{token}", tag = "tokens",
    params(("token" = String, Path, description = "Id, or name of one's own")),
    responses((status = 204), (status = 404, body = Problem)))]
async fn remove(
    State(service): State<Service>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<StatusCode, Problem> {
    service.remove_api_token(&visitor.actor, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
