//! The pages: one file a page, registered here.

mod alerts;
mod allowlist;
mod audit;
mod overview;
mod policy;
mod sign_in;

use axum::Router;
use claviger_service::Service;

pub(super) fn routes() -> Router<Service> {
    Router::new()
        .merge(sign_in::routes())
        .merge(overview::routes())
        .merge(policy::routes())
        .merge(alerts::routes())
        .merge(allowlist::routes())
        .merge(audit::routes())
        .fallback(super::refusal::nothing_here)
}
