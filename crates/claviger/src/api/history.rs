//! The history itself: what of it was damaged, and that somebody knows it.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_history::DroppedDays;
use claviger_service::{Damage, Service};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::Json;
use super::{Problem, Visitor};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(damage, forget))
}

/// A file of the history that was damaged or could not be read.
#[derive(Serialize, ToSchema)]
struct DamageView {
    /// The file, below `history/` of the data folder.
    file: String,
    /// Where it was moved to, below the same; none where it is gone or was left where it is.
    moved_to: Option<String>,
    /// The first day that may lack events, where that is known.
    first_day: Option<String>,
    /// The last day that may lack events, where that is known.
    last_day: Option<String>,
    /// Events that are no longer found, where that is known.
    events: Option<u64>,
    /// Bytes that could not be read.
    bytes: u64,
    /// What is wrong.
    why: String,
}

impl From<Damage> for DamageView {
    fn from(one: Damage) -> Self {
        Self {
            file: one.file.display().to_string(),
            moved_to: one.moved_to.map(|place| place.display().to_string()),
            first_day: one.first_day.map(|day| day.to_string()),
            last_day: one.last_day.map(|day| day.to_string()),
            events: one.events,
            bytes: one.bytes,
            why: one.why,
        }
    }
}

/// Days in a row that were dropped because a bound was given.
#[derive(Serialize, ToSchema)]
pub(super) struct DaysView {
    /// The first of them, in UTC.
    first: String,
    /// The last of them.
    last: String,
}

impl From<DroppedDays> for DaysView {
    fn from(days: DroppedDays) -> Self {
        Self { first: days.first.to_string(), last: days.last.to_string() }
    }
}

/// What of the history was damaged or could not be read, until somebody forgets it. Answers that may lack
/// events for it say that they are partial.
#[utoipa::path(get, path = "/api/v1/history/damage", tag = "overview",
    responses((status = 200, body = [DamageView])))]
async fn damage(
    State(service): State<Service>,
    _: Visitor,
) -> Result<Json<Vec<DamageView>>, Problem> {
    let state = service.history_state().await?;
    Ok(Json(state.damage.into_iter().map(DamageView::from).collect()))
}

/// Forgets it: somebody knows it, or the logs were read again. Nothing is told of it any more, and answers
/// are no longer partial for it. Files that were moved aside stay where they are. Needs an admin.
#[utoipa::path(delete, path = "/api/v1/history/damage", tag = "overview",
    responses((status = 204), (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn forget(State(service): State<Service>, visitor: Visitor) -> Result<StatusCode, Problem> {
    service.forget_damage(&visitor.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
