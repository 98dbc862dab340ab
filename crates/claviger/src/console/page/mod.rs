//! The pages: one file a page, registered here.

mod acknowledge;
mod alerts;
mod allowlist;
mod asset;
mod assets;
mod assets_asked;
mod assets_table;
mod audit;
mod connect;
mod connection;
mod dial;
mod event;
mod events;
mod identification;
mod intelligence;
mod objects_table;
mod overview;
mod policy;
mod settings;
mod sign_in;
mod single_sign_on;
mod sources_table;
mod veto;

use axum::Router;
use claviger_service::Service;

pub(super) fn routes() -> Router<Service> {
    Router::new()
        .merge(sign_in::routes())
        .merge(single_sign_on::routes())
        .merge(overview::routes())
        .merge(events::routes())
        .merge(event::routes())
        .merge(policy::routes())
        .merge(dial::routes())
        .merge(alerts::routes())
        .merge(acknowledge::routes())
        .merge(veto::routes())
        .merge(allowlist::routes())
        .merge(audit::routes())
        .merge(intelligence::routes())
        .merge(settings::routes())
        .merge(assets::routes())
        .merge(connect::routes())
        .merge(asset::routes())
        .merge(connection::routes())
        .merge(identification::routes())
        .fallback(super::refusal::nothing_here)
}
