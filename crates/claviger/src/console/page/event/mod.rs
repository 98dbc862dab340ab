//! One risk event: the page of 03:00. Whose key, where it leaked, what it touched, how bad, and the way to
//! stop it, in this order.

mod access;
mod act;
mod announced;
mod code;
mod evidence;
mod messages;
mod new_pair;
mod other_ways;
mod stop_it;
mod strip;
mod timeline;
mod tracing;
mod trouble;
mod what_happened;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use claviger_model::RiskEventId;
use claviger_service::{EventDetails, Service, ServiceError};
use claviger_store::objects::ObjectRow;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use crate::console::{Frame, Person, Refusal, Room};
use trouble::Trouble;

pub(super) fn routes() -> Router<Service> {
    Router::new().route("/events/{id}", get(show)).merge(act::routes())
}

/// How somebody looks at the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Look {
    /// What the width of a line of the tracing tells.
    by: tracing::By,
}

async fn show(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
    Query(look): Query<Look>,
) -> Result<Markup, Refusal> {
    Ok(page(&service, &person, &RiskEventId::from(id), &look, None).await?)
}

/// The whole page; `trouble` is what the act before met.
async fn page(
    service: &Service,
    person: &Person,
    id: &RiskEventId,
    look: &Look,
    trouble: Option<&Trouble>,
) -> Result<Markup, ServiceError> {
    let details = service.event_details(id).await?;
    let files = files(service, &details).await?;
    let configurations = service.alerts().await?;
    let responses = service.responses_of(id).await?;
    let users = service.users().await?.into_iter().filter(|user| !user.disabled);
    let people: Vec<String> = users.map(|user| user.name).collect();
    let leaked_at = leaked_at(&details);
    let title = what_happened::title(&details, leaked_at);
    let place =
        details.event.access_key_id.as_ref().map_or(&*details.event.subject, |key| key.as_str());
    let frame =
        Frame { room: Room::RiskEvents, place: Some(place), title: &title, live: &[id.as_str()] };
    let body = html! {
        (what_happened::lead(&details))
        (act::bar(person, &details.event, &people, trouble))
        (what_happened::facts(&details.event))
        (sections())
        div.split {
            (what_happened::section(&details, leaked_at))
            (stop_it::section(person, &details, &responses, trouble))
        }
        (evidence::section(person, &details.event, &details.evidence, &files, trouble))
        @if details.event.access_key_id.is_some() {
            (access::section(&details, leaked_at, service.places()))
            (tracing::section(&details, look.by))
        }
        (timeline::section(person, &details, trouble))
        (report(&details))
        (messages::section(&details.deliveries, &configurations))
    };
    Ok(frame.around(person, &body))
}

/// The way to what stands further down.
fn sections() -> Markup {
    html! {
        nav.tabs.stay aria-label="Sections" {
            @for (anchor, title) in [
                ("what-happened", "What happened"), ("stop-it", "Stop it"), ("evidence", "Evidence"),
                ("access", "Access"), ("tracing", "Tracing"), ("timeline", "Timeline"),
                ("comments", "Comment"), ("messages", "Messages"),
            ] { a href=(format!("#{anchor}")) { (title) } }
        }
    }
}

/// The way to the report, in each form.
fn report(details: &EventDetails) -> Markup {
    html! {
        section aria-labelledby="report" {
            h2 #report { "Report" }
            p {
                @for (form, title) in [
                    ("markdown", "Markdown"), ("html", "HTML"), ("pdf", "PDF"), ("ocsf", "OCSF"),
                ] { a.button href=(format!("/events/{}/report/{form}", details.event.id)) { (title) } " " }
            }
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
