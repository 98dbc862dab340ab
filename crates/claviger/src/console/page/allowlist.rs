//! The allowlist: evidence that counts no more, use that nobody is told of, and the way to make it count again.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use claviger_service::{Act, Allowance, Service};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;

use crate::api::Problem;
use crate::console::part::entered::Entered;
use crate::console::part::form::{Field, failure};
use crate::console::part::{amount, key, moment, name, role, state};
use crate::console::{Frame, Person, Refusal, Room};

pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/allowlist", get(show).post(add))
        .route("/allowlist/{id}", get(hidden))
        .route("/allowlist/{id}/remove", post(remove))
}

/// The fields of the form, as the API names them.
const FIELDS: [&str; 6] = ["scope", "value", "access_key_id", "reason", "owner", "expires_at"];

const SCOPES: [(&str, &str); 8] = [
    ("network", "Use from a network"),
    ("client", "Use by a client"),
    ("file", "Evidence in files of a name"),
    ("repository", "Evidence in a repository"),
    ("user", "Evidence of a user"),
    ("source", "Evidence from a source"),
    ("key", "All evidence of a key"),
    ("place", "Evidence at a place"),
];

/// What the act before did.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Done {
    removed: bool,
    added: bool,
}

/// What stands in the form, and what became of it.
#[derive(Default)]
struct Drafts {
    fields: [String; FIELDS.len()],
    problem: Option<Problem>,
}

async fn show(
    State(service): State<Service>,
    person: Person,
    Query(done): Query<Done>,
) -> Result<Markup, Refusal> {
    page(&service, &person, &done, &Drafts::default()).await
}

/// Allows what was entered.
async fn add(
    State(service): State<Service>,
    person: Person,
    entered: Entered,
) -> Result<Response, Refusal> {
    let fields = FIELDS.map(|name| entered.text(name).to_owned());
    let filled = |name: &str| Some(entered.text(name).trim()).filter(|text| !text.is_empty());
    let body = json!({ "scope": entered.text("scope"), "value": entered.text("value"),
        "access_key_id": filled("access_key_id"), "reason": entered.text("reason"),
        "owner": filled("owner"), "expires_at": filled("expires_at"),
        "also_public": entered.text("also_public") == "true" });
    match allowance(&service, &person, body).await {
        Ok(()) => Ok(Redirect::to("/allowlist?added=true").into_response()),
        Err(problem) => {
            let status = problem.status();
            let drafts = Drafts { fields, problem: Some(problem) };
            let page = page(&service, &person, &Done::default(), &drafts).await?;
            Ok((status, page).into_response())
        }
    }
}

/// By the same reader as the API's.
async fn allowance(
    service: &Service,
    person: &Person,
    body: serde_json::Value,
) -> Result<(), Problem> {
    let new = crate::api::allowance(body)?;
    service.allow(&person.actor, new).await?;
    Ok(())
}

/// What one entry hides.
async fn hidden(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Markup, Refusal> {
    let all = service.hidden_by(&id).await?;
    let title = format!("{} hidden", amount::counted(all.len() as u64, "place is", "places are"));
    let frame = Frame { room: Room::Allowlist, place: None, title: &title, live: &["allowlist"] };
    let body = html! {
        p { a href="/allowlist" { "All entries" } }
        ul.rows { @for found in &all {
            li {
                a href=(format!("/events/{}#evidence", found.risk_event_id)) {
                    (name::object(&found.location.uri))
                }
                " · " (found.source.title()) " · found " (moment::exact(found.found_at))
            }
        } }
    };
    Ok(frame.around(&person, &body))
}

async fn page(
    service: &Service,
    person: &Person,
    done: &Done,
    drafts: &Drafts,
) -> Result<Markup, Refusal> {
    let entries = service.allowlist().await?;
    let title = match entries.len() {
        0 => "Nothing is on the allowlist".to_owned(),
        1 => "1 entry hides evidence or use".to_owned(),
        many => format!("{} entries hide evidence or use", amount::count(many as u64)),
    };
    let refused = role::missing(&person.actor, Act::SetAllowlist);
    let frame = Frame { room: Room::Allowlist, place: None, title: &title, live: &["allowlist"] };
    let body = html! {
        @if done.added {
            div.notice.fine role="status" { p { "Added. What it hides counts no more." } }
        }
        @if done.removed {
            div.notice.fine role="status" {
                p { "Taken off. The evidence at that place counts again." }
            }
        }
        p {
            "A place counts no more for the key that was found there; the same key elsewhere still does. Use of \
             a key whose secret is public is silenced only where that is said twice."
        }
        @if let Some(why) = &refused { p.notice { (why) "." } }
        div data-part="entries" {
            @if entries.is_empty() { (nothing()) }
            @else { (table(&entries, refused.is_some())) }
        }
        (form(drafts, refused.is_some()))
    };
    Ok(frame.around(person, &body))
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
        "All evidence counts, and all use is told. To add a place, open a risk event and choose Add to \
         Whitelist beside the evidence; anything else is added here.",
        &html! { p { a.button href="/events" { "Risk events" } } },
    )
}

fn table(entries: &[Allowance], refused: bool) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Allowlist" { table {
            thead { tr {
                th scope="col" { "What" }
                th scope="col" { "AccessKey ID" }
                th scope="col" { "Hides" }
                th scope="col" { "Reason" }
                th scope="col" { "Owner" }
                th scope="col" { "By" }
                th scope="col" { "When" }
                th scope="col" { "Until" }
                th scope="col" { "Actions" }
            } }
            tbody { @for one in entries { (row(one, refused)) } }
        } }
    }
}

fn row(one: &Allowance, refused: bool) -> Markup {
    let entry = &one.entry;
    html! {
        tr {
            th.name scope="row" {
                span.quiet { (entry.scope.as_str()) " " } (name::object(&entry.value))
                @if entry.also_public { div.quiet { "public, too" } }
            }
            td {
                @if let Some(key) = &entry.access_key_id { (key::id(key)) }
                @else { "every key" }
            }
            td {
                @if entry.scope.is_of_use() {
                    (amount::counted(entry.silenced, "message", "messages"))
                    @if let Some(at) = entry.silenced_at { div.quiet { "last " (moment::ago(at)) } }
                } @else {
                    a href=(format!("/allowlist/{}", entry.id)) {
                        (amount::counted(one.hidden, "place", "places"))
                    }
                }
            }
            td.name { @if entry.reason.is_empty() { "–" } @else { (entry.reason) } }
            td { (entry.owner) }
            td { (entry.by) }
            td { (moment::exact(entry.at)) }
            td { (moment::exact_or_dash(entry.expires_at)) }
            td {
                form method="post" action=(format!("/allowlist/{}/remove", entry.id)) {
                    button disabled[refused] aria-label=(format!("Take off {}", entry.value)) {
                        "Take off"
                    }
                }
            }
        }
    }
}

/// The form that allows something; a place is allowed beside its evidence.
fn form(drafts: &Drafts, refused: bool) -> Markup {
    let problem = drafts.problem.as_ref();
    let [scope, value, key, reason, owner, expires_at] = &drafts.fields;
    html! {
        section aria-labelledby="add" {
            h2 #add { "Add to Whitelist" }
            (failure(problem))
            form method="post" action="/allowlist" {
                fieldset.column disabled[refused] {
                    (Field { name: "scope", label: "What",
                        effect: "Evidence counts no more; use from a network or by a client is told to nobody." }
                        .select(&SCOPES, scope, problem))
                    (Field { name: "value", label: "Which",
                        effect: "*/fixtures/*, https://github.com/you/tools, 203.0.113.0/24, aws-cli/" }
                        .input("text", value, true, problem))
                    (Field { name: "access_key_id", label: "Only of this key", effect: "Empty: every key." }
                        .input("text", key, false, problem))
                    (Field { name: "reason", label: "Reason", effect: "For whoever asks later." }
                        .input("text", reason, true, problem))
                    (Field { name: "owner", label: "Owner", effect: "Who answers for it. Empty: you." }
                        .input("text", owner, false, problem))
                    (Field { name: "expires_at", label: "Until",
                        effect: "As 2026-01-02T03:04:05Z. Empty: for ever." }
                        .input("text", expires_at, false, problem))
                    (Field { name: "also_public", label: "Also where anybody may read the secret",
                        effect: "Use of a key whose secret is public is then told to nobody, either." }
                        .check("true", false))
                    button.main { "Add" }
                }
            }
        }
    }
}
