//! The server: the API and the console, with what they need around them.

pub(crate) mod fence;
pub(crate) mod patience;
pub(crate) mod peer;
pub(crate) mod session;
mod trace;

use axum::Router;
use claviger_service::Service;

/// Everything that the server answers.
pub(crate) fn router(service: &Service) -> Router {
    crate::api::router(service.clone())
        .merge(crate::console::router(service.clone()))
        .layer(axum::middleware::from_fn(fence::guard))
        .layer(axum::middleware::from_fn(trace::follow))
}
