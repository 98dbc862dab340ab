//! One connection: how it fares, what its credentials may do, other credentials, the end of it.

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use claviger_model::{Connection, ConnectionHealth, ConnectionId, Provider};
use claviger_service::{Act, Actor, Capability, Service, ServiceError, Trial, Verdict};
use maud::{Markup, html};
use serde::Deserialize;

use super::connect::{EnteredKey, at_form, credentials};
use crate::api::Problem;
use crate::console::part::badge::{Tone, toned};
use crate::console::part::form::{Field, failure};
use crate::console::part::{address, health, key, moment, role};
use crate::console::{Frame, Person, Refusal, Room};

pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/connections/{id}", get(show))
        .route("/connections/{id}/synchronize", post(synchronize))
        .route("/connections/{id}/credentials", post(change_credentials))
        .route("/connections/{id}/disconnect", post(disconnect))
}

/// What to do while looking.
#[derive(Deserialize)]
struct Asked {
    /// Whether to try what the credentials may do.
    #[serde(default)]
    test: bool,
}

/// The name, typed to confirm.
#[derive(Deserialize)]
struct Confirmation {
    #[serde(default)]
    confirm: String,
}

/// What a form of this page could not do, and what was entered into it.
#[derive(Default)]
struct Undone {
    credentials: Option<(EnteredKey, Problem)>,
    disconnect: Option<(String, Problem)>,
}

async fn show(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Refusal> {
    let connection = service.connection(&ConnectionId::from(id)).await?;
    if !asked.test {
        return Ok(page(&service, &person, &connection, None, &Undone::default()));
    }
    let trial = match service.capabilities(&connection.id).await {
        Ok(trial) => trial,
        // Nothing could be tried; why stands with the connection's health.
        Err(ServiceError::Cloud(_)) => Trial { capabilities: Vec::new(), missing: None },
        Err(error) => return Err(error.into()),
    };
    let connection = service.connection(&connection.id).await?;
    Ok(page(&service, &person, &connection, Some(&trial), &Undone::default()))
}

async fn synchronize(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    let id = ConnectionId::from(id);
    service.synchronize(&person.actor, &id).await?;
    let question = [("connection_id", id.as_str()), ("done", "synchronizing"), ("count", "1")];
    Ok(Redirect::to(&address::with("/assets", &question)))
}

async fn change_credentials(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
    Form(mut entered): Form<EnteredKey>,
) -> Result<Response, Refusal> {
    let connection = service.connection(&ConnectionId::from(id)).await?;
    let problem = match changed(&service, &person.actor, &connection, &mut entered).await? {
        None => return Ok(to_page(&connection)),
        Some(problem) => problem,
    };
    let undone = Undone { credentials: Some((entered, problem)), ..Undone::default() };
    Ok(unprocessable(&page(&service, &person, &connection, None, &undone)))
}

/// Changes the credentials; what the form can show is returned.
async fn changed(
    service: &Service,
    actor: &Actor,
    connection: &Connection,
    entered: &mut EnteredKey,
) -> Result<Option<Problem>, Refusal> {
    let given = match entered.given() {
        Ok(Some(given)) => given,
        Ok(None) => {
            let hint = "Enter a key with its secret, or where this server finds them.";
            return Ok(Some(Problem::field("access_key_id", "No credentials are entered", hint)));
        }
        Err(problem) => return Ok(Some(problem)),
    };
    match service.change_credentials(actor, &connection.id, given).await {
        Ok(_) => Ok(None),
        Err(error) => at_form(error).map(Some),
    }
}

async fn disconnect(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
    Form(Confirmation { confirm }): Form<Confirmation>,
) -> Result<Response, Refusal> {
    let connection = service.connection(&ConnectionId::from(id)).await?;
    if confirm.trim() != connection.name.trim() && person.actor.may(Act::Connect) {
        let hint = format!("Type “{}”.", connection.name);
        let problem = Problem::field("confirm", "This is not the connection's name", &hint);
        let undone = Undone { disconnect: Some((confirm, problem)), ..Undone::default() };
        return Ok(unprocessable(&page(&service, &person, &connection, None, &undone)));
    }
    service.disconnect(&person.actor, &connection.id).await?;
    Ok(Redirect::to("/assets").into_response())
}

fn to_page(connection: &Connection) -> Response {
    Redirect::to(&format!("/connections/{}", connection.id)).into_response()
}

fn unprocessable(page: &Markup) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page.clone()).into_response()
}

fn page(
    service: &Service,
    person: &Person,
    connection: &Connection,
    trial: Option<&Trial>,
    undone: &Undone,
) -> Markup {
    let title = match &connection.health {
        ConnectionHealth::Untested => format!("{} is not tested yet", connection.name),
        ConnectionHealth::Healthy { .. } => format!("{} answers", connection.name),
        ConnectionHealth::Failing { .. } => format!("{} is failing", connection.name),
    };
    // A page that tests must stand still: to look again would be to test again.
    let still = trial.is_some() || undone.credentials.is_some() || undone.disconnect.is_some();
    let live: &[&str] = if still { &[] } else { &["connections", "assets"] };
    let frame = Frame { room: Room::Assets, place: Some(&connection.name), title: &title, live };
    let body = html! {
        div data-part="health" {
            (health::notice(connection))
            @if let Some(warning) = service.credentials_warning(&connection.id) {
                div.notice.warn { p { (warning) "." } }
            }
        }
        div data-part="facts" { (facts(connection)) }
        (acts(connection, &person.actor))
        (abilities(connection, trial))
        @if connection.provider != Provider::Folder {
            (credentials_form(connection, &person.actor, undone.credentials.as_ref()))
        }
        (disconnect_form(connection, &person.actor, undone.disconnect.as_ref()))
    };
    frame.around(person, &body)
}

fn facts(connection: &Connection) -> Markup {
    let or_own = |endpoint: Option<&str>| match endpoint {
        Some(endpoint) => html! { code { (endpoint) } },
        None => html! { "the provider's own" },
    };
    html! {
        dl.facts {
            div { dt { "Provider" } dd { (connection.provider.title()) } }
            @if !connection.region.is_empty() {
                div { dt { "Region" } dd { (connection.region) } }
            }
            div { dt { "Endpoint" } dd { (or_own(connection.endpoint.as_deref())) } }
            @if connection.provider != Provider::Folder {
                div { dt { "Accounts endpoint" }
                    dd { (or_own(connection.accounts_endpoint.as_deref())) } }
            }
            @if let Some(id) = &connection.access_key_id {
                div { dt { "AccessKey ID" } dd { (key::id(id)) } }
            }
            @if let Some(reference) = &connection.credentials {
                div { dt { "Credentials" } dd { code { (reference) } } }
            }
            div { dt { "State" } dd { (health::word(&connection.health)) } }
            div { dt { "Buckets listed" } dd { (moment::exact_or_dash(connection.synchronized_at)) } }
            div { dt { "Connected" } dd { (moment::exact(connection.created_at)) } }
        }
    }
}

fn acts(connection: &Connection, actor: &Actor) -> Markup {
    let missing = role::missing(actor, Act::Synchronize);
    let buckets = address::with("/assets", &[("connection_id", connection.id.as_str())]);
    html! {
        div.acts.apart {
            form method="post" action=(format!("/connections/{}/synchronize", connection.id)) {
                button disabled[missing.is_some()] title=[missing.as_deref()] { "Synchronize" }
            }
            a.button href=(buckets) { "Its buckets" }
        }
    }
}

/// What the credentials may do, once somebody asked.
fn abilities(connection: &Connection, trial: Option<&Trial>) -> Markup {
    html! {
        section #abilities aria-labelledby="abilities-title" {
            div.head {
                h2 #abilities-title { "What it may do" }
                form method="get" action=(format!("/connections/{}#abilities", connection.id)) {
                    button name="test" value="true" {
                        @if trial.is_some() { "Test again" } @else { "Test now" }
                    }
                }
            }
            @match trial {
                None => p.quiet { "Tries each call that Claviger reads by; nothing is changed." },
                Some(trial) if trial.capabilities.is_empty() => p {
                    @if connection.provider == Provider::Folder { "A folder needs no rights." }
                    @else { "No call could be tried: the connection cannot be opened." }
                },
                Some(trial) => {
                    (tried(&trial.capabilities))
                    @if let Some(missing) = &trial.missing {
                        h3 { "The policy that grants what is missing" }
                        pre { (missing.policy) }
                        (key::copy(&missing.policy, "Copy the policy"))
                    }
                },
            }
        }
    }
}

fn tried(capabilities: &[Capability]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th scope="col" { "Right" }
                th scope="col" { "Verdict" }
                th scope="col" { "Needed to" }
                th scope="col" { "Tried on" }
                th scope="col" { "What the provider answered" }
            } }
            tbody { @for one in capabilities { tr {
                th.call scope="row" { code { (one.right) } }
                td { (toned(tone(one.verdict), one.verdict.title())) }
                td { (one.purpose) }
                td.name { (one.on.as_deref().unwrap_or("the account")) }
                td.name { (answered(one)) }
            } } }
        } }
    }
}

fn answered(one: &Capability) -> &str {
    match (&one.answer, one.verdict) {
        (Some(answer), _) => answer,
        (None, Verdict::Allowed) => "carried out",
        (None, _) => "",
    }
}

fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Allowed => Tone::Fine,
        Verdict::Refused => Tone::High,
        Verdict::Unanswered => Tone::Medium,
        Verdict::Lacking | Verdict::NotTried => Tone::Unknown,
    }
}

fn credentials_form(
    connection: &Connection,
    actor: &Actor,
    undone: Option<&(EnteredKey, Problem)>,
) -> Markup {
    let missing = role::missing(actor, Act::Connect);
    let now = EnteredKey::of(connection);
    let entered = undone.map_or(&now, |(entered, _)| entered);
    let problem = undone.map(|(_, problem)| problem);
    html! {
        section #credentials aria-labelledby="credentials-title" {
            h2 #credentials-title { "Change credentials" }
            (failure(problem.filter(|problem| problem.at_field().is_none())))
            form.column method="post"
                action=(format!("/connections/{}/credentials#credentials", connection.id)) {
                p { "They are tried first; the present ones stay where the provider refuses the new." }
                (credentials(entered, problem))
                button.main disabled[missing.is_some()] title=[missing.as_deref()] {
                    "Change credentials"
                }
                @if let Some(missing) = &missing { p.quiet { (missing) "." } }
            }
        }
    }
}

fn disconnect_form(
    connection: &Connection,
    actor: &Actor,
    undone: Option<&(String, Problem)>,
) -> Markup {
    let missing = role::missing(actor, Act::Connect);
    let effect = format!(
        "Type “{}”. Its buckets, what was found in their objects and its inventory of keys are \
         forgotten, and its logs are read no more. Risk events and their evidence stay.",
        connection.name
    );
    let confirm = Field { name: "confirm", label: "Name of the connection", effect: &effect };
    let (entered, problem) = undone.map_or(("", None), |(entered, p)| (entered.as_str(), Some(p)));
    html! {
        section #disconnect aria-labelledby="disconnect-title" {
            h2 #disconnect-title { "Disconnect" }
            form.column method="post"
                action=(format!("/connections/{}/disconnect#disconnect", connection.id)) {
                (confirm.input("text", entered, true, problem))
                button.danger disabled[missing.is_some()] title=[missing.as_deref()] {
                    "Disconnect " (connection.name)
                }
                @if let Some(missing) = &missing { p.quiet { (missing) "." } }
            }
        }
    }
}
