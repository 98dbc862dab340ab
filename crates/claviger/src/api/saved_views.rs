//! Saved views: filters of the list of risk events under a name.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::SavedView;
use claviger_service::Service;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path};
use super::event_filter::Where;
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(save, remove))
}

/// A saved view.
#[derive(Serialize, ToSchema)]
struct KeptView {
    id: String,
    name: String,
    /// Whose it is.
    owner: String,
    /// Whether everybody sees it.
    shared: bool,
    /// Whether it is the asker's.
    own: bool,
    /// The words of the list with their values, as `GET /api/v1/events` takes them.
    #[serde(rename = "where")]
    words: BTreeMap<String, String>,
    /// RFC 3339.
    saved_at: String,
}

impl KeptView {
    fn of(view: SavedView, visitor: &Visitor) -> Self {
        Self {
            own: visitor.actor.user_id.as_ref() == Some(&view.owner_id),
            id: view.id.to_string(),
            name: view.name,
            owner: view.owner,
            shared: view.shared,
            words: view.words,
            saved_at: view.saved_at.to_string(),
        }
    }
}

/// A view to save.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Save {
    /// Which risk events it shows.
    #[serde(rename = "where")]
    filter: Where,
    /// Whether everybody sees it.
    #[serde(default)]
    shared: bool,
}

/// The views that the asker sees: their own, and those shared with all.
#[utoipa::path(get, path = "/api/v1/events/views", tag = "events",
    responses((status = 200, body = [KeptView])))]
async fn list(
    State(service): State<Service>,
    visitor: Visitor,
) -> Result<Json<Vec<KeptView>>, Problem> {
    let all = service.saved_views(&visitor.actor).await?;
    Ok(Json(all.into_iter().map(|one| KeptView::of(one, &visitor)).collect()))
}

/// Keeps a filter under a name, in place of what the asker kept under it before.
#[utoipa::path(put, path = "/api/v1/events/views/{name}", tag = "events",
    params(("name" = String, Path)), request_body = Save,
    responses((status = 200, body = KeptView), (status = 422, body = Problem)))]
async fn save(
    State(service): State<Service>,
    visitor: Visitor,
    Path(name): Path<String>,
    Json(body): Json<Save>,
) -> Result<Json<KeptView>, Problem> {
    let words = body.filter.words();
    body.filter.parse()?;
    let view = service.save_view(&visitor.actor, &name, words, body.shared).await?;
    Ok(Json(KeptView::of(view, &visitor)))
}

/// Removes a view of the asker by its name, or any by its id; that of somebody else needs an admin.
#[utoipa::path(delete, path = "/api/v1/events/views/{name}", tag = "events",
    params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn remove(
    State(service): State<Service>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    service.remove_view(&visitor.actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
