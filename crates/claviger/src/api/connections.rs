//! Connections: cloud accounts and endpoints that Claviger may read.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use claviger_model::{
    AccessKeyId, Connection, ConnectionHealth, ConnectionId, CredentialReference,
    InvalidCredentialReference, Provider, Secret,
};
use claviger_service::{Capability, GivenCredentials, NewConnection, Service, Trial};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path};
use super::rights::RightsView;
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list, connect))
        .routes(routes!(get, disconnect))
        .routes(routes!(change_credentials))
        .routes(routes!(synchronize))
        .routes(routes!(capabilities))
}

/// A connection. Its secret is never told.
#[derive(Serialize, ToSchema)]
pub(super) struct ConnectionView {
    id: String,
    name: String,
    /// `aliyun`, `aws`, `s3`, `minio` or `folder`.
    provider: String,
    region: String,
    endpoint: Option<String>,
    accounts_endpoint: Option<String>,
    /// The key it signs with; of credentials by reference, the one that was there last.
    access_key_id: Option<String>,
    /// Where its credentials are, where they are not kept here: `env:…`, `file:…` or `role…`.
    credentials: Option<String>,
    /// What is wrong with where they are.
    credentials_warning: Option<String>,
    health: HealthView,
    /// RFC 3339.
    synchronized_at: Option<String>,
    /// RFC 3339.
    created_at: String,
}

/// How a connection fares.
#[derive(Serialize, ToSchema)]
struct HealthView {
    /// `untested`, `healthy` or `failing`.
    state: &'static str,
    /// What fails: `credential_refused`, `unreachable`, `denied`, `token_expired`, …
    code: Option<String>,
    message: Option<String>,
    /// The way out.
    hint: Option<String>,
    /// RFC 3339.
    checked_at: Option<String>,
}

impl From<ConnectionHealth> for HealthView {
    fn from(health: ConnectionHealth) -> Self {
        let empty =
            Self { state: "untested", code: None, message: None, hint: None, checked_at: None };
        match health {
            ConnectionHealth::Untested => empty,
            ConnectionHealth::Healthy { checked_at } => {
                Self { state: "healthy", checked_at: Some(checked_at.to_string()), ..empty }
            }
            ConnectionHealth::Failing { code, message, hint, checked_at } => Self {
                state: "failing",
                code: Some(code),
                message: Some(message),
                hint: Some(hint),
                checked_at: Some(checked_at.to_string()),
            },
        }
    }
}

impl ConnectionView {
    fn of(service: &Service, connection: Connection) -> Self {
        Self {
            credentials_warning: service.credentials_warning(&connection.id),
            id: connection.id.to_string(),
            name: connection.name,
            provider: connection.provider.as_str().to_owned(),
            region: connection.region,
            endpoint: connection.endpoint,
            accounts_endpoint: connection.accounts_endpoint,
            access_key_id: connection.access_key_id.map(String::from),
            credentials: connection.credentials.map(String::from),
            health: connection.health.into(),
            synchronized_at: connection.synchronized_at.map(|at| at.to_string()),
            created_at: connection.created_at.to_string(),
        }
    }
}

/// A connection to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Connect {
    name: String,
    /// `aliyun`, `aws`, `s3`, `minio` or `folder`.
    provider: String,
    #[serde(default)]
    region: String,
    /// Endpoint of the store; none for the provider's own. For a folder: its path.
    endpoint: Option<String>,
    /// Endpoint of the accounts' API (RAM, IAM); none for the provider's own, with MinIO the store's.
    accounts_endpoint: Option<String>,
    access_key_id: Option<String>,
    #[schema(format = "password")]
    access_key_secret: Option<String>,
    #[schema(format = "password")]
    security_token: Option<String>,
    /// Instead of a key, where the service finds one: `env:ID_VARIABLE,SECRET_VARIABLE[,TOKEN_VARIABLE]`,
    /// `file:PATH[#PROFILE]` or `role[:NAME]`.
    credentials: Option<String>,
}

/// Other credentials for a connection: a key, or where the service finds one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    access_key_id: Option<String>,
    #[schema(format = "password")]
    access_key_secret: Option<String>,
    #[schema(format = "password")]
    security_token: Option<String>,
    /// `env:…`, `file:…` or `role…`, as for a new connection.
    credentials: Option<String>,
}

impl Credentials {
    fn given(self) -> Result<Option<GivenCredentials>, Problem> {
        Ok(GivenCredentials::of(
            self.credentials.as_deref().map(reference).transpose()?,
            self.access_key_id.as_deref().map(key_id).transpose()?,
            self.access_key_secret.map(Secret::new),
            self.security_token.map(Secret::new),
        )?)
    }
}

/// One right that reading needs, and whether the connection's credentials have it.
#[derive(Serialize, ToSchema)]
struct CapabilityView {
    /// The right, as policies name it.
    right: &'static str,
    purpose: &'static str,
    /// The bucket or object that it was tried on.
    on: Option<String>,
    /// `allowed`, `refused`, `unanswered`, `lacking` (this store has no such call) or `not_tried`.
    verdict: &'static str,
    /// What the provider answered instead, with the way out.
    answer: Option<String>,
}

/// What the credentials of a connection may do.
#[derive(Serialize, ToSchema)]
struct TrialView {
    capabilities: Vec<CapabilityView>,
    /// What is missing, and the smallest policy that grants it; none where nothing is.
    missing: Option<RightsView>,
}

impl From<Capability> for CapabilityView {
    fn from(capability: Capability) -> Self {
        Self {
            right: capability.right,
            purpose: capability.purpose,
            on: capability.on,
            verdict: capability.verdict.as_str(),
            answer: capability.answer,
        }
    }
}

impl From<Trial> for TrialView {
    fn from(trial: Trial) -> Self {
        let missing = trial.missing;
        Self {
            capabilities: trial.capabilities.into_iter().map(CapabilityView::from).collect(),
            missing: missing.map(|one| RightsView { rights: one.rights, policy: one.policy }),
        }
    }
}

fn key_id(text: &str) -> Result<AccessKeyId, Problem> {
    AccessKeyId::parse(text).map_err(|error| {
        Problem::field("access_key_id", &error.to_string(), "copy it from the provider's console")
    })
}

/// A reference as it was entered.
pub(crate) fn reference(text: &str) -> Result<CredentialReference, Problem> {
    text.parse().map_err(|error: InvalidCredentialReference| {
        Problem::field("credentials", &error.to_string(), InvalidCredentialReference::HINT)
    })
}

/// Every connection.
#[utoipa::path(get, path = "/api/v1/connections", tag = "connections",
    responses((status = 200, body = [ConnectionView])))]
async fn list(
    State(service): State<Service>,
    _: Visitor,
) -> Result<Json<Vec<ConnectionView>>, Problem> {
    let all = service.connections().await?;
    Ok(Json(all.into_iter().map(|one| ConnectionView::of(&service, one)).collect()))
}

/// Makes a connection: its credentials are tried first, then its buckets and keys are listed. Asked again
/// with the same `Idempotency-Key`, the answer is the connection that was made.
#[utoipa::path(post, path = "/api/v1/connections", tag = "connections", request_body = Connect,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "A word of yours for this one connection, such as a UUID")),
    responses((status = 201, body = ConnectionView), (status = 409, body = Problem),
        (status = 422, body = Problem), (status = 502, body = Problem)))]
async fn connect(
    State(service): State<Service>,
    visitor: Visitor,
    headers: HeaderMap,
    Json(body): Json<Connect>,
) -> Result<(StatusCode, Json<ConnectionView>), Problem> {
    let provider: Provider = body.provider.parse().map_err(|error| {
        let error: claviger_model::UnknownProvider = error;
        Problem::field("provider", &error.to_string(), "choose one of them")
    })?;
    let credentials = Credentials {
        access_key_id: body.access_key_id,
        access_key_secret: body.access_key_secret,
        security_token: body.security_token,
        credentials: body.credentials,
    };
    let new = NewConnection {
        name: body.name,
        provider,
        region: body.region,
        endpoint: body.endpoint.filter(|text| !text.is_empty()),
        accounts_endpoint: body.accounts_endpoint.filter(|text| !text.is_empty()),
        credentials: credentials.given()?,
        idempotency_key: headers
            .get("idempotency-key")
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
    };
    let connection = service.connect(&visitor.actor, new).await?;
    Ok((StatusCode::CREATED, Json(ConnectionView::of(&service, connection))))
}

/// One connection.
#[utoipa::path(get, path = "/api/v1/connections/{id}", tag = "connections",
    params(("id" = String, Path)),
    responses((status = 200, body = ConnectionView), (status = 404, body = Problem)))]
async fn get(
    State(service): State<Service>,
    _: Visitor,
    Path(id): Path<String>,
) -> Result<Json<ConnectionView>, Problem> {
    let connection = service.connection(&ConnectionId::from(id)).await?;
    Ok(Json(ConnectionView::of(&service, connection)))
}

/// Removes a connection with its buckets; risk events and evidence stay.
#[utoipa::path(delete, path = "/api/v1/connections/{id}", tag = "connections",
    params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn disconnect(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    service.disconnect(&visitor.actor, &ConnectionId::from(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces the credentials of a connection, after they were tried.
#[utoipa::path(put, path = "/api/v1/connections/{id}/credentials", tag = "connections",
    params(("id" = String, Path)), request_body = Credentials,
    responses((status = 200, body = ConnectionView), (status = 502, body = Problem)))]
async fn change_credentials(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
    Json(body): Json<Credentials>,
) -> Result<Json<ConnectionView>, Problem> {
    let given = body.given()?.ok_or_else(|| {
        Problem::field("access_key_id", "no credentials are given", "give a key, or `credentials`")
    })?;
    let id = ConnectionId::from(id);
    let connection = service.change_credentials(&visitor.actor, &id, given).await?;
    Ok(Json(ConnectionView::of(&service, connection)))
}

/// Lists the connection's buckets and keys anew, at once.
#[utoipa::path(post, path = "/api/v1/connections/{id}/synchronize", tag = "connections",
    params(("id" = String, Path)),
    responses((status = 202), (status = 404, body = Problem)))]
async fn synchronize(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    service.synchronize(&visitor.actor, &ConnectionId::from(id)).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Tries each call that Claviger reads by with the connection's credentials, without changing anything.
#[utoipa::path(get, path = "/api/v1/connections/{id}/capabilities", tag = "connections",
    params(("id" = String, Path)),
    responses((status = 200, body = TrialView), (status = 404, body = Problem)))]
async fn capabilities(
    State(service): State<Service>,
    _: Visitor,
    Path(id): Path<String>,
) -> Result<Json<TrialView>, Problem> {
    Ok(Json(service.capabilities(&ConnectionId::from(id)).await?.into()))
}
