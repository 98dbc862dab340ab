//! Repositories of source code that are watched, and how the reading of each stands.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::{Secret, WatchedRepository};
use claviger_service::{NewRepository, Service};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path};
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(show, remove))
        .routes(routes!(scan))
}

/// A repository to be watched.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRepositoryBody {
    /// `git+https://HOST/PATH`, `git+ssh://git@HOST/PATH`, or `git+file:///PATH` on the machine of the service.
    address: String,
    /// 1 to 64 letters, digits, `-`, `_` or `.`; the last part of the address unless given.
    name: Option<String>,
    /// Whether anybody may read it: then what leaks in it is public.
    #[serde(default)]
    public: bool,
    /// The name that the token is given with; any unless given.
    login: Option<String>,
    /// A token or password that may read it; kept sealed, told to nobody.
    token: Option<String>,
    /// How often it is looked at; every 3600 seconds unless given.
    interval_seconds: Option<u64>,
}

/// A repository that is watched.
#[derive(Serialize, ToSchema)]
struct RepositoryView {
    id: String,
    name: String,
    address: String,
    /// Whether anybody may read it.
    public: bool,
    /// Whether a token is kept for it.
    has_token: bool,
    interval_seconds: u64,
    /// `waiting` for its first reading, `reading`, `watched` or `failing`.
    state: String,
    /// When it was read to its end last, RFC 3339.
    scanned_at: Option<String>,
    /// A mark of what its branches and tags pointed to then.
    tip: Option<String>,
    /// Commits read so far.
    commits: u64,
    /// Files and messages read so far, each once.
    blobs: u64,
    /// How many of them could not be read, or not to their end.
    unread: u64,
    /// Why the latest of those could not.
    unread_why: Option<String>,
    /// What stands in the way now, with the way out.
    failure: Option<String>,
    /// Since when, RFC 3339.
    failing_since: Option<String>,
    created_by: String,
    /// RFC 3339.
    created_at: String,
}

impl From<WatchedRepository> for RepositoryView {
    fn from(repository: WatchedRepository) -> Self {
        let state = repository.state().to_owned();
        let scan = repository.scan;
        Self {
            state,
            id: repository.id.to_string(),
            name: repository.name,
            address: repository.address,
            public: repository.public,
            has_token: repository.login.is_some(),
            interval_seconds: repository.interval_seconds,
            scanned_at: scan.scanned_at.map(|at| at.to_string()),
            tip: scan.tip,
            commits: scan.commits,
            blobs: scan.blobs,
            unread: scan.unread,
            unread_why: scan.unread_why,
            failure: scan.failure,
            failing_since: scan.failing_since.map(|at| at.to_string()),
            created_by: repository.created_by,
            created_at: repository.created_at.to_string(),
        }
    }
}

/// Every repository that is watched, by name.
#[utoipa::path(get, path = "/api/v1/repositories", tag = "repositories",
    responses((status = 200, body = [RepositoryView])))]
async fn list(
    State(service): State<Service>,
    _: Visitor,
) -> Result<Json<Vec<RepositoryView>>, Problem> {
    let all = service.repositories().await?;
    Ok(Json(all.into_iter().map(RepositoryView::from).collect()))
}

/// Watches a repository: all of its history is read, then what is new, at every interval.
#[utoipa::path(post, path = "/api/v1/repositories", tag = "repositories", request_body = NewRepositoryBody,
    responses((status = 201, body = RepositoryView), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn add(
    State(service): State<Service>,
    visitor: Visitor,
    Json(body): Json<NewRepositoryBody>,
) -> Result<(StatusCode, Json<RepositoryView>), Problem> {
    let new = NewRepository {
        address: body.address,
        name: body.name,
        public: body.public,
        login: body.login,
        token: body.token.map(Secret::new),
        interval_seconds: body.interval_seconds,
    };
    let repository = service.add_repository(&visitor.actor, new).await?;
    Ok((StatusCode::CREATED, Json(repository.into())))
}

/// One repository.
#[utoipa::path(get, path = "/api/v1/repositories/{repository}", tag = "repositories",
    params(("repository" = String, Path, description = "Name or id")),
    responses((status = 200, body = RepositoryView), (status = 404, body = Problem)))]
async fn show(
    State(service): State<Service>,
    _: Visitor,
    Path(named): Path<String>,
) -> Result<Json<RepositoryView>, Problem> {
    Ok(Json(service.repository(&named).await?.into()))
}

/// How it is to be read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ScanBody {
    /// All of it anew, rather than what is new.
    #[serde(default)]
    again: bool,
}

/// Looks at a repository at once.
#[utoipa::path(post, path = "/api/v1/repositories/{repository}/scan", tag = "repositories",
    params(("repository" = String, Path, description = "Name or id")), request_body = ScanBody,
    responses((status = 202), (status = 404, body = Problem)))]
async fn scan(
    State(service): State<Service>,
    visitor: Visitor,
    Path(named): Path<String>,
    Json(body): Json<ScanBody>,
) -> Result<StatusCode, Problem> {
    service.scan_repository(&visitor.actor, &named, body.again).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Watches a repository no more, and deletes the copy of it. Its risk events and evidence stay.
#[utoipa::path(delete, path = "/api/v1/repositories/{repository}", tag = "repositories",
    params(("repository" = String, Path, description = "Name or id")),
    responses((status = 204), (status = 404, body = Problem)))]
async fn remove(
    State(service): State<Service>,
    visitor: Visitor,
    Path(named): Path<String>,
) -> Result<StatusCode, Problem> {
    service.remove_repository(&visitor.actor, &named).await?;
    Ok(StatusCode::NO_CONTENT)
}
