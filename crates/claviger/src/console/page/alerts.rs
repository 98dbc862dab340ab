//! Alert notification: who is told of what, and how each message fared.

mod deliveries;
mod form;
mod methods;
mod people;
mod rules;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use axum::routing::{get, post};
use claviger_model::{
    AlertConfiguration, AlertConfigurationId, AlertMethod, DeliveryId, DeliveryState, Language,
    RiskEventId, RiskType,
};
use claviger_service::{Act, Service};
use maud::{Markup, html};
use serde::Deserialize;

use crate::console::part::badge::{self, Tone, toned};
use crate::console::part::{address, amount, role, state};
use crate::console::{Frame, Person, Refusal, Room};

/// Messages of the delivery log on the page.
const DELIVERIES: u32 = 100;

pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/alerts", get(show))
        .route("/alerts/{id}/remove", post(remove))
        .route("/alerts/{id}/test", post(test))
        .route("/deliveries/{id}/again", post(send_again))
        .merge(form::routes())
        .merge(people::routes())
}

/// What the act before did, and whose messages to show.
#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    done: String,
    #[serde(default)]
    id: String,
    event_id: Option<String>,
}

async fn show(
    State(service): State<Service>,
    person: Person,
    Query(which): Query<Which>,
) -> Result<Markup, Refusal> {
    let configurations = service.alerts().await?;
    let event = which.event_id.clone().map(RiskEventId::from);
    let log = service.deliveries(event.as_ref(), None, DELIVERIES).await?;
    let (recipients, groups) = (service.recipients().await?, service.recipient_groups().await?);
    let refused = role::missing(&person.actor, Act::SetAlert);
    let waiting = log
        .iter()
        .filter(|delivery| {
            use DeliveryState::{Dead, Retrying, Waiting};
            matches!(delivery.state, Waiting | Retrying | Dead)
        })
        .filter(|delivery| configurations.iter().any(|one| one.id == delivery.configuration_id))
        .count();
    let title = title(&configurations, waiting as u64);
    let frame = Frame { room: Room::Alerts, place: None, title: &title, live: &["deliveries"] };
    let body = html! {
        (said(&which, &configurations, refused.is_some()))
        @if let Some(why) = &refused { p.notice { (why) "." } }
        section data-part="configurations" aria-labelledby="configurations" {
            div.head {
                h2 #configurations { "Alert configurations" }
                @if refused.is_none() {
                    a.button.main href="/alerts/new" { "Create Alert Configuration" }
                }
            }
            @if configurations.is_empty() {
                (state::empty("Nobody is told of a risk event.", &html! {
                    @if refused.is_none() {
                        p { a.button href="/alerts/new" { "Tell somebody" } }
                    }
                }))
            } @else { (table(&configurations, refused.is_some())) }
        }
        (people::show(&recipients, &groups, &configurations, refused.is_some()))
        (deliveries::log(&log, &configurations, event.as_ref(), DELIVERIES, refused.is_some()))
    };
    Ok(frame.around(&person, &body))
}

async fn remove(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    service.remove_alert(&person.actor, &AlertConfigurationId::from(id)).await?;
    Ok(Redirect::to("/alerts?done=removed"))
}

async fn send_again(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    service.send_again(&person.actor, &DeliveryId::from(id)).await?;
    Ok(Redirect::to("/alerts?done=again"))
}

async fn test(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    service.test_alert(&person.actor, &AlertConfigurationId::from(id.clone())).await?;
    Ok(Redirect::to(&address::with("/alerts", &[("done", "tested"), ("id", &id)])))
}

/// The answer to "is somebody told?".
fn title(configurations: &[AlertConfiguration], waiting: u64) -> String {
    if waiting > 0 {
        let messages = amount::counted(waiting, "message is", "messages are");
        return format!("{messages} not delivered yet");
    }
    match configurations.iter().filter(|one| one.enabled).count() {
        0 if configurations.is_empty() => "Nobody is told yet".to_owned(),
        0 => "Nobody is told: every alert configuration is disabled".to_owned(),
        1 => "1 alert configuration tells people; every message was delivered".to_owned(),
        many => format!("{many} alert configurations tell people; every message was delivered"),
    }
}

/// What the act before did.
fn said(which: &Which, configurations: &[AlertConfiguration], refused: bool) -> Markup {
    let of_id = configurations.iter().find(|one| one.id.as_str() == which.id);
    html! {
        @match (which.done.as_str(), of_id) {
            ("saved", Some(one)) => div.notice.fine role="status" {
                p { strong { (one.name) " is saved." } " A test message shows whether it arrives." }
                (test_button(one, refused))
            },
            ("tested", Some(one)) => div.notice.fine role="status" {
                p {
                    strong { "A test message to " (one.name) " is on its way." }
                    " How it fares stands in the delivery log below."
                }
            },
            ("verified", _) => div.notice.fine role="status" {
                p { strong { "The address is verified." } " Alerts are sent there from now on." }
            },
            ("code", _) => div.notice.fine role="status" {
                p { strong { "A code is on its way." } " Enter it below; it is valid for an hour." }
            },
            ("again", _) => div.notice.fine role="status" {
                p { strong { "The message is on its way again." } }
            },
            ("removed", _) => div.notice.fine role="status" {
                p { strong { "The alert configuration is removed." } " What it sent stays in the log." }
            },
            _ => {}
        }
    }
}

fn table(configurations: &[AlertConfiguration], refused: bool) -> Markup {
    html! {
        div.scroll role="region" aria-label="Alert configurations" { table {
            thead { tr {
                th scope="col" { "Name" }
                th scope="col" { "Status" }
                th scope="col" { "Method" }
                th scope="col" { "Recipients" }
                th scope="col" { "Risk types" }
                th scope="col" { "Least level" }
                th scope="col" { "Actions" }
            } }
            tbody { @for one in configurations { (row(one, refused)) } }
        } }
    }
}

fn row(one: &AlertConfiguration, refused: bool) -> Markup {
    html! {
        tr {
            th.name scope="row" {
                a href=(format!("/alerts/{}", one.id)) { (one.name) }
            }
            td {
                @if one.enabled { (toned(Tone::Fine, "Enabled")) }
                @else { (toned(Tone::Unknown, "Disabled")) }
            }
            td { (one.method.title()) " " span.quiet { (place(&one.method)) } }
            td.name { (told(one)) p.quiet { "in " (language_title(one.language)) } }
            td { (risk_types(&one.risk_types)) }
            td { (badge::level(one.level_min)) }
            td {
                div.acts {
                    (test_button(one, refused))
                    details id=(format!("remove-{}", one.id)) {
                        summary { "Remove" span.unseen { " " (one.name) } "…" }
                        form.column method="post" action=(format!("/alerts/{}/remove", one.id)) {
                            p.effect { "It tells nobody any more; messages still waiting are dropped." }
                            button.danger disabled[refused] { "Remove " (one.name) }
                        }
                    }
                }
            }
        }
    }
}

fn test_button(one: &AlertConfiguration, refused: bool) -> Markup {
    html! {
        form method="post" action=(format!("/alerts/{}/test", one.id)) {
            button disabled[refused] aria-label=(format!("Test {}", one.name)) { "Test" }
        }
    }
}

fn risk_types(kinds: &[RiskType]) -> Markup {
    let titles: Vec<&str> = kinds.iter().map(|kind| kind.title()).collect();
    html! { @if titles.is_empty() { "All" } @else { (titles.join(", ")) } }
}

/// Where a method leads.
fn place(method: &AlertMethod) -> String {
    match method {
        AlertMethod::Email { host, port, security, .. }
        | AlertMethod::Syslog { host, port, security } => {
            format!("by {host}:{port}, {}", security_title(security))
        }
        AlertMethod::Webhook { host }
        | AlertMethod::Slack { host }
        | AlertMethod::DingTalk { host }
        | AlertMethod::Feishu { host }
        | AlertMethod::Teams { host } => format!("at {host}"),
        _ => String::new(),
    }
}

/// Who is told.
fn told(one: &AlertConfiguration) -> String {
    let groups = match one.rules.groups.len() {
        0 => None,
        many => Some(amount::counted(many as u64, "group", "groups")),
    };
    let mut told = one.method.to().to_vec();
    told.extend(groups);
    if told.is_empty() { "whoever reads there".to_owned() } else { told.join(", ") }
}

fn security_title(word: &str) -> &str {
    match word {
        "starttls" => "STARTTLS",
        "tls" => "TLS",
        _ => "not encrypted",
    }
}

fn language_title(language: Language) -> Markup {
    match language {
        Language::English => html! { "English" },
        Language::Chinese => html! { span lang="zh-CN" { "简体中文" } },
    }
}
