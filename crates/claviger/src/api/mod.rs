//! The public API: one file a resource, registered here. Everything that the console and the command
//! line do is here, and its description (OpenAPI) is made from the same functions that answer.

pub(crate) mod alert_body;
mod alerts;
mod allowlist;
mod asked;
mod assets;
mod audit;
mod canaries;
mod capacity;
mod connections;
mod dial;
pub(crate) mod draft;
mod event_body;
mod event_changes;
mod event_filter;
mod events;
pub(crate) mod export;
mod health;
mod history;
mod ingest;
mod intelligence;
mod live;
mod overview;
mod plans;
mod policies;
mod problem;
mod recipients;
mod repositories;
mod responses;
mod rights;
pub(crate) mod row_form;
mod saved_views;
pub(crate) mod sessions;
mod source_body;
mod sources;
mod tasks;
pub(crate) mod tokens;
mod usage;
pub(crate) mod users;
mod visitor;
mod what_if;

use axum::Router;
use axum::routing::{any, get};
use claviger_service::Service;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

pub(crate) use allowlist::allowance;
pub(crate) use asked::TEXT_BYTES_MAX;
pub(crate) use connections::reference;
pub(crate) use dial::DAYS as DIAL_PREVIEW_DAYS;
pub(crate) use problem::Problem;
pub(crate) use visitor::Visitor;

/// The description's head.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Claviger",
        description = "Finds leaked access key pairs, watches what is done with them, and stops it. \
                       Sign in with `POST /api/v1/sessions`, or make a token that is for no more than a \
                       program needs (`POST /api/v1/tokens`), then send `Authorization: Bearer TOKEN`. \
                       Errors are `application/problem+json` with a stable `code` and, where there \
                       is one, a `hint` with the way out."
    ),
    tags(
        (name = "sessions"), (name = "overview"), (name = "connections"), (name = "assets"),
        (name = "events"), (name = "plans"), (name = "policies"), (name = "alerts"),
        (name = "intelligence"), (name = "repositories"), (name = "allowlist"), (name = "audit"), (name = "users"),
        (name = "tokens"), (name = "sources"), (name = "health")
    )
)]
struct Head;

/// The API's routes, and the description that they make.
pub(crate) fn router(service: Service) -> Router {
    let (router, description) = routes().split_for_parts();
    let text = description.to_json().unwrap_or_default();
    router
        .route("/api/v1/live", get(live::stream))
        .route(
            "/api/openapi.json",
            get(async move || {
                ([(axum::http::header::CONTENT_TYPE, "application/json")], text.clone())
            }),
        )
        .route("/api/{*rest}", any(asked::unknown_address))
        .method_not_allowed_fallback(asked::unknown_method)
        .with_state(service)
}

/// The description alone, for the snapshot that shows every change of it.
#[cfg(test)]
fn description() -> utoipa::openapi::OpenApi {
    routes().split_for_parts().1
}

fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::with_openapi(Head::openapi())
        .merge(sessions::routes())
        .merge(overview::routes())
        .merge(capacity::routes())
        .merge(history::routes())
        .merge(connections::routes())
        .merge(rights::routes())
        .merge(assets::routes())
        .merge(tasks::routes())
        .merge(events::routes())
        .merge(event_changes::routes())
        .merge(saved_views::routes())
        .merge(export::routes())
        .merge(plans::routes())
        .merge(what_if::routes())
        .merge(policies::routes())
        .merge(dial::routes())
        .merge(responses::routes())
        .merge(alerts::routes())
        .merge(recipients::routes())
        .merge(intelligence::routes())
        .merge(canaries::routes())
        .merge(repositories::routes())
        .merge(allowlist::routes())
        .merge(audit::routes())
        .merge(sources::routes())
        .merge(ingest::routes())
        .merge(users::routes())
        .merge(tokens::routes())
        .merge(health::routes())
}

/// Most rows of one answer.
const LIMIT_MAX: u32 = 1000;

/// Rows of an answer where the question names no number.
const LIMIT: u32 = 100;

/// The number of rows to answer with.
fn limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(LIMIT).clamp(1, LIMIT_MAX)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_description_changes_only_on_purpose() {
        let text = super::description().to_pretty_json().unwrap();
        insta::assert_snapshot!("openapi", text);
    }
}
