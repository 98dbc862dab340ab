//! The allowlist: evidence that counts no more, and use that nobody is told of.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::{AccessKeyId, AllowlistEntry, AllowlistScope};
use claviger_service::{Allowance, NewAllowance, Service};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path};
use super::event_body::EvidenceView;
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove)).routes(routes!(hidden))
}

/// One entry, and how much it hides.
#[derive(Serialize, ToSchema)]
struct EntryView {
    id: String,
    /// `place`, `file`, `repository`, `user`, `source`, `key`, `network` or `client`.
    scope: String,
    /// The place, name, network or client.
    value: String,
    /// Only of this key.
    access_key_id: Option<String>,
    reason: String,
    /// Who answers for it.
    owner: String,
    by: String,
    at: String,
    /// Until when, RFC 3339; none for ever.
    expires_at: Option<String>,
    /// Said twice: also what makes a key public, and use of such a key.
    also_public: bool,
    /// Pieces of evidence that it hides now.
    hidden: u64,
    /// Messages about use that it held back.
    silenced: u64,
    /// The latest of them, RFC 3339.
    silenced_at: Option<String>,
}

impl EntryView {
    fn of(entry: AllowlistEntry, hidden: u64) -> Self {
        Self {
            id: entry.id,
            scope: entry.scope.as_str().to_owned(),
            value: entry.value,
            access_key_id: entry.access_key_id.map(String::from),
            reason: entry.reason,
            owner: entry.owner,
            by: entry.by,
            at: entry.at.to_string(),
            expires_at: entry.expires_at.map(|at| at.to_string()),
            also_public: entry.also_public,
            hidden,
            silenced: entry.silenced,
            silenced_at: entry.silenced_at.map(|at| at.to_string()),
        }
    }
}

/// What to allow.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewEntry {
    /// `place`, `file`, `repository`, `user`, `source`, `key`, `network` or `client`.
    scope: String,
    /// The place, name, network or client; in names of files `*` stands for anything.
    value: String,
    /// Only of this key.
    access_key_id: Option<String>,
    /// For whoever asks later.
    reason: String,
    /// Who answers for it; by default who allows it.
    owner: Option<String>,
    /// Until when, RFC 3339.
    expires_at: Option<String>,
    /// Said twice: also what makes a key public, and use of such a key.
    #[serde(default)]
    also_public: bool,
}

impl NewEntry {
    fn parse(self) -> Result<NewAllowance, Problem> {
        let scope = AllowlistScope::from_word(&self.scope).ok_or_else(|| {
            let words = AllowlistScope::ALL.map(AllowlistScope::as_str).join(", ");
            Problem::field("scope", "no such scope", &format!("use one of {words}"))
        })?;
        if self.reason.trim().is_empty() {
            let hint = "say why, for whoever asks later";
            return Err(Problem::field("reason", "something is allowed for a reason", hint));
        }
        let key = self.access_key_id.as_deref().map(AccessKeyId::parse).transpose();
        let expires_at = self.expires_at.as_deref().map(str::parse::<Timestamp>).transpose();
        Ok(NewAllowance {
            scope,
            value: self.value,
            access_key_id: key.map_err(|error| {
                let hint = "copy it from the risk event";
                Problem::field("access_key_id", &error.to_string(), hint)
            })?,
            reason: self.reason,
            owner: self.owner,
            expires_at: expires_at.map_err(|error| {
                let hint = "write it as `2026-01-02T03:04:05Z`";
                Problem::field("expires_at", &error.to_string(), hint)
            })?,
            also_public: self.also_public,
        })
    }
}

/// Reads what is to be allowed, as a form has it.
pub(crate) fn allowance(body: serde_json::Value) -> Result<NewAllowance, Problem> {
    let read = serde_json::from_value::<NewEntry>(body)
        .map_err(|error| Problem::field("value", &error.to_string(), "fill the form in again"));
    read?.parse()
}

/// Every entry of the allowlist, newest first, each with how much it hides.
#[utoipa::path(get, path = "/api/v1/allowlist", tag = "allowlist",
    responses((status = 200, body = [EntryView])))]
async fn list(State(service): State<Service>, _: Visitor) -> Result<Json<Vec<EntryView>>, Problem> {
    let all = service.allowlist().await?;
    let view = |Allowance { entry, hidden }| EntryView::of(entry, hidden);
    Ok(Json(all.into_iter().map(view).collect()))
}

/// Allows something. What is public is hidden only where `also_public` says so.
#[utoipa::path(post, path = "/api/v1/allowlist", tag = "allowlist", request_body = NewEntry,
    responses((status = 201, body = EntryView), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn add(
    State(service): State<Service>,
    visitor: Visitor,
    Json(body): Json<NewEntry>,
) -> Result<(StatusCode, Json<EntryView>), Problem> {
    let entry = service.allow(&visitor.actor, body.parse()?).await?;
    let hidden = service.hidden_by(&entry.id).await?.len() as u64;
    Ok((StatusCode::CREATED, Json(EntryView::of(entry, hidden))))
}

/// The evidence that an entry hides.
#[utoipa::path(get, path = "/api/v1/allowlist/{id}/hidden", tag = "allowlist",
    params(("id" = String, Path)),
    responses((status = 200, body = [EvidenceView]), (status = 404, body = Problem)))]
async fn hidden(
    State(service): State<Service>,
    _: Visitor,
    Path(id): Path<String>,
) -> Result<Json<Vec<EvidenceView>>, Problem> {
    let all = service.hidden_by(&id).await?;
    Ok(Json(all.into_iter().map(EvidenceView::from).collect()))
}

/// Takes an entry off the allowlist: what it hid counts again.
#[utoipa::path(delete, path = "/api/v1/allowlist/{id}", tag = "allowlist",
    params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn remove(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    service.remove_from_allowlist(&visitor.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
