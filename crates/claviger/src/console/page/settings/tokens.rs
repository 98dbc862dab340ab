//! The part of the page that tells of tokens for programs, and makes them.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use claviger_service::{MadeApiToken, NewApiToken, Service};
use claviger_store::{ApiToken, Scope};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::Drafts;
use super::people::{not_done, refused};
use crate::api::{Problem, tokens::scope_of};
use crate::console::part::badge::{Tone, toned};
use crate::console::part::entered::Entered;
use crate::console::part::form::{Field, failure};
use crate::console::part::{key, moment, state};
use crate::console::{Frame, Person, Refusal, Room};

/// What a token may be for, in words.
const SCOPES: [(Scope, &str, &str); 4] = [
    (Scope::Read, "Read", "What a viewer may."),
    (Scope::Respond, "Respond", "What a responder may."),
    (Scope::Ingest, "Ingest", "Send log lines to sources; alone, nothing else."),
    (Scope::Admin, "Admin", "What an admin may."),
];

/// How long a token lasts, as the form offers it, in days.
const LASTS: [(&str, &str); 4] =
    [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("366", "A year and a day")];

/// What stands in the form, and what was wrong with it.
#[derive(Default)]
pub(super) struct Draft {
    name: String,
    scopes: Vec<String>,
    days: String,
    problem: Option<Problem>,
}

pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/settings/tokens", post(add))
        .route("/settings/tokens/{id}/remove", post(remove))
}

async fn add(
    State(service): State<Service>,
    person: Person,
    entered: Entered,
) -> Result<Response, Refusal> {
    let scopes: Vec<String> = entered.texts("scopes").map(str::to_owned).collect();
    let (name, days) =
        (entered.text("token_name").trim().to_owned(), entered.text("days").to_owned());
    let made = match scopes.iter().map(|word| scope_of(word)).collect() {
        Ok(scopes) => {
            let hours = days.parse::<u16>().ok().map(|days| i64::from(days) * 24);
            let lasts = hours.map(SignedDuration::from_hours);
            let new = NewApiToken { name: name.clone(), scopes, lasts };
            service.add_api_token(&person.actor, new).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match made {
        Ok(made) => Ok((StatusCode::CREATED, told(&person, &made)).into_response()),
        Err(problem) => {
            let token = Draft { name, scopes, days, problem: Some(problem.clone()) };
            refused(&service, &person, &problem, Drafts { token, ..Drafts::default() }).await
        }
    }
}

async fn remove(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    match service.remove_api_token(&person.actor, &id).await {
        Ok(()) => Ok(Redirect::to("/settings?token_removed=true#tokens").into_response()),
        Err(error) => not_done(&service, &person, error.into()).await,
    }
}

/// The token, shown this once.
fn told(person: &Person, made: &MadeApiToken) -> Markup {
    let (name, token) = (made.kept.name.as_str(), made.token.reveal());
    let title = "The new token";
    let frame = Frame { room: Room::Settings, place: Some(name), title, live: &[] };
    let body = html! {
        p { "Give it to the program now. It is shown this once: Claviger has kept a hash of it, nothing more." }
        dl.facts {
            dt { "Token" } dd { code { (token) } (key::copy(token, "Copy the token")) }
            dt { "Is for" } dd { (words(&made.kept.scopes)) }
            dt { "Ends" } dd { (moment::exact(made.kept.expires_at)) }
        }
        p { "It is sent as " code { "Authorization: Bearer …" } "; commands take it from "
            code { "CLAVIGER_TOKEN" } "." }
        p { a.button href="/settings#tokens" { "Back to the settings" } }
    };
    frame.around(person, &body)
}

fn words(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ")
}

/// The tokens, and the form for another.
pub(super) fn section(
    person: &Person,
    all: &[(ApiToken, String)],
    draft: &Draft,
    now: Timestamp,
) -> Markup {
    html! {
        section aria-labelledby="tokens" {
            h2 #tokens { "API tokens" }
            p.quiet {
                "What a program shows in the place of a person. A token never does more than its owner may, and ends \
                 with them."
            }
            @if all.is_empty() {
                (state::empty("No program has a token.", &html! {}))
            } @else { (table(all, now)) }
            details open[draft.problem.is_some()] {
                summary { "Make a token" }
                (form(person, draft))
            }
        }
    }
}

fn table(all: &[(ApiToken, String)], now: Timestamp) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="API tokens" { table {
            thead { tr {
                th scope="col" { "Name" }
                th scope="col" { "Owner" }
                th scope="col" { "Is for" }
                th scope="col" { "Made" }
                th scope="col" { "Ends" }
                th scope="col" { "Last used" }
                th scope="col" { "Act" }
            } }
            tbody { @for (token, owner) in all { tr {
                th.name scope="row" { (token.name) }
                td { (owner) }
                td { (words(&token.scopes)) }
                td { (moment::exact(token.created_at)) }
                td {
                    @if token.expires_at <= now { (toned(Tone::Unknown, "Ended")) " " }
                    (moment::exact(token.expires_at))
                }
                td { @match token.last_used_at { Some(at) => (moment::ago(at)), None => "never" } }
                td {
                    form method="post" action=(format!("/settings/tokens/{}/remove", token.id)) {
                        button aria-label=(format!("Remove the token {} of {owner}", token.name)) { "Remove" }
                    }
                }
            } } }
        } }
    }
}

fn form(person: &Person, draft: &Draft) -> Markup {
    let problem = draft.problem.as_ref();
    let days = if draft.days.is_empty() { "90" } else { draft.days.as_str() };
    html! {
        (failure(problem))
        form method="post" action="/settings/tokens" {
            fieldset.column {
                (Field { name: "token_name", label: "Name of the token", effect: "To know it by: what holds it." }
                    .input("text", &draft.name, true, problem))
                @for (scope, label, effect) in SCOPES {
                    @if person.actor.may_lend(scope) {
                        (Field { name: "scopes", label, effect }
                            .check(scope.as_str(), draft.scopes.iter().any(|word| word == scope.as_str())))
                    }
                }
                (Field { name: "days", label: "Lasts", effect: "Then it is made anew." }
                    .select(&LASTS, days, problem))
                button.main { "Make it" }
            }
        }
    }
}
