//! The allowlist: places whose evidence counts no more, and the way to make it count again.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use axum::routing::{get, post};
use claviger_service::{Act, Service};
use claviger_store::allowlist::AllowlistEntry;
use maud::{Markup, html};
use serde::Deserialize;

use crate::console::part::{amount, key, moment, name, role, state};
use crate::console::{Frame, Person, Refusal, Room};

pub(super) fn routes() -> Router<Service> {
    Router::new().route("/allowlist", get(show)).route("/allowlist/{id}/remove", post(remove))
}

/// What the act before did.
#[derive(Deserialize)]
struct Done {
    #[serde(default)]
    removed: bool,
}

async fn show(
    State(service): State<Service>,
    person: Person,
    Query(done): Query<Done>,
) -> Result<Markup, Refusal> {
    let entries = service.allowlist().await?;
    let title = match entries.len() {
        0 => "No place is on the allowlist".to_owned(),
        1 => "Evidence at 1 place does not count".to_owned(),
        many => format!("Evidence at {} places does not count", amount::count(many as u64)),
    };
    let refused = role::missing(&person.actor, Act::SetAllowlist);
    let frame = Frame { room: Room::Allowlist, place: None, title: &title, live: &["allowlist"] };
    let body = html! {
        @if done.removed {
            div.notice.fine role="status" {
                p { "Taken off. The evidence at that place counts again." }
            }
        }
        p {
            "A place counts no more for the key that was found there; the same key elsewhere still does."
        }
        @if let Some(why) = &refused { p.notice { (why) "." } }
        div data-part="entries" {
            @if entries.is_empty() { (nothing()) }
            @else { (table(&entries, refused.is_some())) }
        }
    };
    Ok(frame.around(&person, &body))
}

async fn remove(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    service.remove_from_allowlist(&person.actor, &id).await?;
    Ok(Redirect::to("/allowlist?removed=true"))
}

fn nothing() -> Markup {
    state::empty(
        "All evidence counts. To add a place, open a risk event and choose Add to Whitelist beside the \
         evidence.",
        &html! { p { a.button href="/events" { "Risk events" } } },
    )
}

fn table(entries: &[AllowlistEntry], refused: bool) -> Markup {
    html! {
        div.scroll role="region" aria-label="Allowlist" { table {
            thead { tr {
                th scope="col" { "Place" }
                th scope="col" { "AccessKey ID" }
                th scope="col" { "Reason" }
                th scope="col" { "By" }
                th scope="col" { "When" }
                th scope="col" { "Actions" }
            } }
            tbody {
                @for entry in entries { tr {
                    th.name scope="row" { (name::object(&entry.uri)) }
                    td {
                        @if let Some(key) = &entry.access_key_id { (key::id(key)) }
                        @else { "every key" }
                    }
                    td.name { @if entry.reason.is_empty() { "–" } @else { (entry.reason) } }
                    td { (entry.by) }
                    td { (moment::exact(entry.at)) }
                    td {
                        form method="post" action=(format!("/allowlist/{}/remove", entry.id)) {
                            button disabled[refused]
                                aria-label=(format!("Take off {}", entry.uri)) {
                                "Take off"
                            }
                        }
                    }
                } }
            }
        } }
    }
}
