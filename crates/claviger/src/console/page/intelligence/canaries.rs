//! The part of the page that tells of canary keys, and makes one of a key that exists.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use claviger_model::{AccessKeyId, Secret};
use claviger_service::{CanaryOrigin, CanaryView, NewCanary, Service};
use maud::{Markup, html};

use crate::api::Problem;
use crate::console::part::entered::Entered;
use crate::console::part::form::{Field, failure};
use crate::console::part::{key, moment, state};
use crate::console::{Person, Refusal};

/// The fields of the form.
const FIELDS: [&str; 4] = ["name", "place", "access_key_id", "access_key_secret"];

/// What stands in the form, and why it was not kept.
#[derive(Default)]
pub(super) struct Draft {
    fields: [String; FIELDS.len()],
    problem: Option<Problem>,
}

pub(super) async fn add(
    State(service): State<Service>,
    person: Person,
    entered: Entered,
) -> Result<Response, Refusal> {
    let fields = FIELDS.map(|name| entered.text(name).trim().to_owned());
    let [name, place, id, secret] = fields.clone();
    let made = match AccessKeyId::parse(&id) {
        Err(error) => {
            let hint = "Copy it from its provider.";
            Err(Problem::field("canary_key", &error.to_string(), hint))
        }
        Ok(access_key_id) => {
            let secret = (!secret.is_empty()).then(|| Secret::new(secret));
            let origin = CanaryOrigin::Made { access_key_id, secret };
            let new = NewCanary { name, place, origin };
            service.add_canary(&person.actor, new).await.map_err(Problem::from)
        }
    };
    match made {
        Ok(_) => Ok(Redirect::to("/intelligence#canaries").into_response()),
        Err(problem) => {
            let status = problem.status();
            let mut draft = Draft { fields, problem: Some(problem) };
            // A secret is never put back into a page.
            draft.fields[3].clear();
            let drafts = super::Drafts { canary: draft, ..super::Drafts::default() };
            Ok((status, super::page(&service, &person, &drafts).await?).into_response())
        }
    }
}

pub(super) async fn confirm(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    service.confirm_canary(&person.actor, &id).await?;
    Ok(Redirect::to("/intelligence#canaries"))
}

pub(super) async fn retire(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    service.retire_canary(&person.actor, &id).await?;
    Ok(Redirect::to("/intelligence#canaries"))
}

/// The canaries, and the form for another.
pub(super) fn section(canaries: &[CanaryView], draft: &Draft, refused: bool) -> Markup {
    html! {
        section aria-labelledby="canaries" {
            h2 #canaries { "Canary keys" }
            p.quiet {
                "A key that may do nothing, planted where a thief would look. Any use of it, from any source of \
                 log lines, is a certain alarm. " code { "claviger intel canary plant ID" }
                " prints texts to plant."
            }
            @if canaries.is_empty() {
                (state::empty("No key is planted yet.", &html! {}))
            } @else {
                div.scroll role="region" aria-label="Canary keys" { table {
                    thead { tr {
                        th scope="col" { "Name" }
                        th scope="col" { "AccessKey ID" }
                        th scope="col" { "Planted" }
                        th scope="col" { "State" }
                        th scope="col" { "Act" }
                    } }
                    tbody { @for canary in canaries { (row(canary, refused)) } }
                } }
            }
            (form(draft, refused))
        }
    }
}

fn row(CanaryView { canary, calls }: &CanaryView, refused: bool) -> Markup {
    let is_retired = canary.state == claviger_store::CanaryState::Retired;
    html! {
        tr {
            th.name scope="row" { (canary.name) br; span.quiet { code { (canary.id) } } }
            td {
                @if let Some(id) = &canary.access_key_id { (key::id(id)) }
                @for call in calls { p.quiet { (call) } }
            }
            td.name { (canary.place) }
            td {
                (canary.state.as_str())
                @if let Some(at) = canary.armed_at { br; (moment::ago(at)) }
            }
            td {
                @if !calls.is_empty() {
                    form method="post" action=(format!("/intelligence/canaries/{}/confirm", canary.id)) {
                        button disabled[refused] { "Confirm" }
                    }
                }
                @if !is_retired {
                    form method="post" action=(format!("/intelligence/canaries/{}/retire", canary.id)) {
                        button disabled[refused] { "Retire" }
                    }
                }
            }
        }
    }
}

fn form(draft: &Draft, refused: bool) -> Markup {
    let [name, place, id, _] = &draft.fields;
    let problem = draft.problem.as_ref();
    html! {
        (failure(problem))
        form method="post" action="/intelligence/canaries" {
            fieldset.column disabled[refused] {
                (Field { name: "name", label: "Name", effect: "To know it by." }
                    .input("text", name, true, problem))
                (Field { name: "place", label: "Place", effect: "Where it is planted, in your words." }
                    .input("text", place, true, problem))
                div.field {
                    label for="canary_key" { "AccessKey ID" }
                    input id="canary_key" name="access_key_id" type="text" value=(id) required;
                    p.quiet { "Of a user without any right." }
                }
                div.field {
                    label for="canary_secret" { "AccessKey Secret" }
                    input id="canary_secret" name="access_key_secret" type="password" autocomplete="off";
                    p.quiet { "Only to have texts to plant; kept sealed." }
                }
                button { "Watch it" }
            }
        }
    }
}
