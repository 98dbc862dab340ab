//! The allowlist: places whose evidence counts no more.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_service::Service;
use claviger_store::allowlist::AllowlistEntry;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path};
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(remove))
}

/// One place.
#[derive(Serialize, ToSchema)]
struct EntryView {
    id: String,
    access_key_id: Option<String>,
    uri: String,
    reason: String,
    by: String,
    at: String,
}

impl From<AllowlistEntry> for EntryView {
    fn from(entry: AllowlistEntry) -> Self {
        Self {
            id: entry.id,
            access_key_id: entry.access_key_id.map(String::from),
            uri: entry.uri,
            reason: entry.reason,
            by: entry.by,
            at: entry.at.to_string(),
        }
    }
}

/// Every place on the allowlist.
#[utoipa::path(get, path = "/api/v1/allowlist", tag = "allowlist",
    responses((status = 200, body = [EntryView])))]
async fn list(State(service): State<Service>, _: Visitor) -> Result<Json<Vec<EntryView>>, Problem> {
    let all = service.allowlist().await?;
    Ok(Json(all.into_iter().map(EntryView::from).collect()))
}

/// Takes a place off the allowlist: its evidence counts again.
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
