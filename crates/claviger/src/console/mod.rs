//! The console: HTML from the server, one file a page, registered here.
//!
//! It does nothing that the API can't: a page reads by the same functions and acts by the same acts.
//! Pages work without scripts; the one script keeps them live and copies keys.

mod frame;
mod page;
mod part;
mod person;
mod refusal;
mod static_file;

use axum::Router;
use claviger_service::Service;

pub(crate) use frame::{Frame, Room};
pub(crate) use person::Person;
pub(crate) use refusal::Refusal;

/// Every page.
pub(crate) fn router(service: Service) -> Router {
    page::routes().merge(static_file::routes()).with_state(service)
}
