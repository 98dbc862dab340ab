//! The pages: one file a page, registered here.

mod overview;
mod sign_in;

use axum::Router;
use claviger_service::Service;

pub(super) fn routes() -> Router<Service> {
    Router::new()
        .merge(sign_in::routes())
        .merge(overview::routes())
        .fallback(super::refusal::nothing_here)
}
