//! What a person does, and what a person asks: one file a subject. Every change goes through
//! [`Service::perform`](crate::Service::perform), which authorizes and audits it.

pub(crate) mod acknowledge;
pub(crate) mod alert_failure;
pub(crate) mod alert_method;
pub(crate) mod alerts;
pub(crate) mod allowlist;
pub(crate) mod assets;
pub(crate) mod audit;
pub(crate) mod canaries;
pub(crate) mod capabilities;
pub(crate) mod capacity;
pub(crate) mod change_event;
pub(crate) mod change_events;
pub(crate) mod connections;
pub(crate) mod deliveries;
mod draft;
pub(crate) mod given_credentials;
pub(crate) mod history;
pub(crate) mod intelligence;
pub(crate) mod new_source;
pub(crate) mod overview;
pub(crate) mod plans;
pub(crate) mod policies;
pub(crate) mod recipients;
pub(crate) mod reports;
pub(crate) mod repositories;
pub(crate) mod responses;
pub(crate) mod risk_events;
pub(crate) mod saved_views;
pub(crate) mod sign_in;
mod source_rights;
pub(crate) mod sources;
pub(crate) mod tasks;
mod what_if;
