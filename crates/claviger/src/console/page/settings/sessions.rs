//! The part of the page that tells who is signed in, and from where.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use claviger_service::{OpenSession, Service};
use maud::{Markup, html};

use super::people::not_done;
use crate::api::sessions::kind_in_words;
use crate::console::part::badge::{Tone, toned};
use crate::console::part::{address, moment, name};
use crate::console::{Person, Refusal};

pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/settings/sessions/others/end", post(end_others))
        .route("/settings/sessions/{id}/end", post(end))
}

async fn end(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    match service.end_session(&person.actor, &id).await {
        Ok(()) => Ok(ended(1)),
        Err(error) => not_done(&service, &person, error.into()).await,
    }
}

async fn end_others(State(service): State<Service>, person: Person) -> Result<Response, Refusal> {
    match service.end_other_sessions(&person.actor, &person.token).await {
        Ok(count) => Ok(ended(count)),
        Err(error) => not_done(&service, &person, error.into()).await,
    }
}

fn ended(count: u64) -> Response {
    let page = address::with("/settings", &[("ended", &count.to_string())]);
    Redirect::to(&page).into_response()
}

/// The open sessions.
pub(super) fn section(all: &[OpenSession]) -> Markup {
    html! {
        section aria-labelledby="sessions" {
            h2 #sessions { "Sessions" }
            div.scroll tabindex="0" role="region" aria-label="Sessions" { table {
                thead { tr {
                    th scope="col" { "Who" }
                    th scope="col" { "Address" }
                    th scope="col" { "Client" }
                    th scope="col" { "Since" }
                    th scope="col" { "Last used" }
                    th scope="col" { "Act" }
                } }
                tbody { @for open in all { (row(open)) } }
            } }
            form method="post" action="/settings/sessions/others/end" {
                button { "End all others of yours" }
            }
        }
    }
}

fn row(open: &OpenSession) -> Markup {
    let session = &open.session;
    html! { tr {
        th.name scope="row" {
            (open.user) " "
            @if open.is_this { (toned(Tone::Fine, "This one")) }
        }
        td { (session.address.as_deref().unwrap_or("–")) }
        td.name { (name::object(&session.label)) p.quiet { (kind_in_words(session.kind)) } }
        td { (moment::exact(session.created_at)) }
        td { @match session.last_used_at { Some(at) => (moment::ago(at)), None => "–" } }
        td {
            form method="post" action=(format!("/settings/sessions/{}/end", session.id())) {
                button aria-label=(format!("End a session of {}", open.user)) { "End" }
            }
        }
    } }
}
