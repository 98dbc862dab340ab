//! One risk event: the page of 03:00. Whose key, where it leaked, what it touched, how bad, and the way to
//! stop it, in this order.

mod access;
mod act;
mod evidence;
mod messages;
mod stop_it;
mod strip;
mod timeline;
mod tracing;
mod what_happened;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use claviger_model::RiskEventId;
use claviger_service::{EventDetails, Service, ServiceError};
use claviger_store::objects::ObjectRow;
use jiff::Timestamp;
use maud::{Markup, html};

use crate::api::Problem;
use crate::console::part::form::failure;
use crate::console::{Frame, Person, Refusal, Room};

pub(super) fn routes() -> Router<Service> {
    Router::new().route("/events/{id}", get(show)).merge(act::routes())
}

async fn show(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Markup, Refusal> {
    Ok(page(&service, &person, &RiskEventId::from(id), None).await?)
}

/// The whole page; `problem` is what the act before met.
async fn page(
    service: &Service,
    person: &Person,
    id: &RiskEventId,
    problem: Option<&Problem>,
) -> Result<Markup, ServiceError> {
    let details = service.event_details(id).await?;
    let files = files(service, &details).await?;
    let leaked_at = leaked_at(&details);
    let title = what_happened::title(&details, leaked_at);
    let place =
        details.event.access_key_id.as_ref().map_or(&*details.event.subject, |key| key.as_str());
    let frame =
        Frame { room: Room::RiskEvents, place: Some(place), title: &title, live: &[id.as_str()] };
    let body = html! {
        (failure(problem))
        (act::bar(person, &details.event))
        (what_happened::facts(&details.event))
        div.split {
            (what_happened::section(&details, leaked_at))
            (stop_it::section(person, &details))
        }
        (sections())
        (evidence::section(person, &details.evidence, &files))
        (access::section(&details.usage, leaked_at))
        (tracing::section(&details))
        (timeline::section(person, &details))
        (messages::section(&details.deliveries))
    };
    Ok(frame.around(person, &body))
}

/// The way to what stands further down.
fn sections() -> Markup {
    html! {
        nav.tabs aria-label="Sections" {
            @for (anchor, title) in [
                ("evidence", "Evidence"), ("access", "Access"), ("tracing", "Threat tracing"),
                ("timeline", "Timeline"), ("messages", "Messages"),
            ] { a href=(format!("#{anchor}")) { (title) } }
        }
    }
}

/// The first instant from which the secret could be read, as far as is known.
fn leaked_at(details: &EventDetails) -> Option<Timestamp> {
    details.evidence.iter().map(|found| found.readable_since.unwrap_or(found.found_at)).min()
}

/// What is known of the files that hold the key, in the order of the evidence.
async fn files(
    service: &Service,
    details: &EventDetails,
) -> Result<Vec<Option<ObjectRow>>, ServiceError> {
    let mut files = Vec::new();
    for found in &details.evidence {
        files.push(match (&found.asset_id, &found.object) {
            (Some(asset), Some(object)) => service.object(asset, object).await?,
            _ => None,
        });
    }
    Ok(files)
}
