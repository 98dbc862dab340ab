//! Settings: people, their tokens and sessions, whether the installation works, and what it was told. Never a
//! secret, but for a token that was just made.

mod people;
mod sessions;
mod tokens;

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use claviger_service::{Capacity, Condition, Service, Settings};
use claviger_store::assets::AssetStatistics;
use maud::{Markup, html};
use serde::Deserialize;

use super::sources_table;
use crate::api::Problem;
use crate::console::part::badge::{Tone, toned};
use crate::console::part::form::failure;
use crate::console::part::{amount, moment};
use crate::console::{Frame, Person, Refusal, Room};

pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/settings", get(show))
        .merge(people::routes())
        .merge(tokens::routes())
        .merge(sessions::routes())
}

/// What was just done.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Done {
    added: String,
    changed: String,
    removed: bool,
    token_removed: bool,
    ended: Option<u64>,
}

/// What stands in the forms, and what was wrong with it.
#[derive(Default)]
struct Drafts {
    person: people::Draft,
    own_password: Option<Problem>,
    token: tokens::Draft,
    /// Of an act that has no form of its own.
    act: Option<Problem>,
}

async fn show(
    State(service): State<Service>,
    person: Person,
    Query(done): Query<Done>,
) -> Result<Markup, Refusal> {
    page(&service, &person, &done, &Drafts::default()).await
}

async fn page(
    service: &Service,
    person: &Person,
    done: &Done,
    drafts: &Drafts,
) -> Result<Markup, Refusal> {
    let users = service.users().await?;
    let overview = service.overview().await?;
    let sources = service.sources().await?;
    let capacities = service.capacity().await?;
    let api_tokens = service.api_tokens(&person.actor).await?;
    let open = service.open_sessions(&person.actor, &person.token).await?;
    let title = match person.conditions.len() {
        0 => "The installation works".to_owned(),
        1 => "1 thing keeps the installation from its work".to_owned(),
        many => format!("{many} things keep the installation from its work"),
    };
    let frame = Frame { room: Room::Settings, place: None, title: &title, live: &[] };
    let body = html! {
        (people::done(&users, done))
        (failure(drafts.act.as_ref()))
        (sources_table::sources(&sources, service.instant()))
        (people::section(person, &users))
        div.split {
            div {
                (people::add_form(person, &drafts.person))
                (people::own_password(drafts.own_password.as_ref()))
            }
            div {
                (health(&person.conditions))
                (capacity(&overview.assets, &capacities, service.settings()))
                (installation(service.settings()))
            }
        }
        (tokens::section(person, &api_tokens, &drafts.token, service.instant()))
        (sessions::section(&open))
    };
    Ok(frame.around(person, &body))
}

fn health(conditions: &[Condition]) -> Markup {
    html! {
        section aria-labelledby="health" {
            h2 #health { "Health" }
            @if conditions.is_empty() {
                p { (toned(Tone::Fine, "Nothing keeps it from its work")) }
            } @else {
                ul.rows {
                    @for condition in conditions { li {
                        p { (toned(Tone::High, &condition.code)) " " (condition.message) }
                        p.quiet { "at " (condition.place) " since " (moment::exact(condition.since)) }
                        @if let Some(hint) = &condition.hint { p { (hint) } }
                    } }
                }
            }
        }
    }
}

/// What is used of each capacity, when it will be full, and how long it is remembered what was done.
fn capacity(statistics: &[AssetStatistics], all: &[Capacity], settings: &Settings) -> Markup {
    let buckets: u64 = statistics.iter().map(|row| row.authorized).sum();
    html! {
        section aria-labelledby="capacity" {
            h2 #capacity { "Capacity" }
            dl.facts {
                div { dt { "Protected buckets" } dd {
                    a href="/assets?authorization=authorized" { (amount::count(buckets)) }
                } }
                @for one in all { div { dt { (one.title) } dd { (used(one)) } } }
                div { dt { "Limit of the history" } dd { (history_limit(settings)) } }
                @for one in all.iter().filter(|one| !one.dropped.is_empty()) {
                    div { dt { "Days not kept" } dd { (amount::days(&one.dropped)) } }
                }
            }
        }
    }
}

/// One capacity in words.
fn used(one: &Capacity) -> Markup {
    html! {
        (amount::bytes(one.used)) " used"
        @match one.limit {
            None => ", no limit",
            Some(limit) => { " of " (amount::bytes(limit)) @match one.full_at {
                Some(at) => { ", full " (moment::exact(at)) " if it goes on so" },
                None => "",
            } ". At the limit " (one.at_limit.as_words()) "." }
        }
    }
}

fn history_limit(settings: &Settings) -> String {
    let age = settings.history_max_age.map(|age| {
        let days = age.as_secs() / 86_400;
        format!("{} days", amount::count(days))
    });
    let room = settings.history_max_bytes.map(amount::bytes);
    match (age, room) {
        (Some(age), Some(room)) => format!("{age}, {room}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "None: the disk of the data folder bounds it".to_owned(),
    }
}

fn installation(settings: &Settings) -> Markup {
    let networks = settings.allow_networks.join(", ");
    html! {
        section aria-labelledby="installation" {
            h2 #installation { "Installation" }
            dl.facts {
                div { dt { "Version" } dd { (env!("CARGO_PKG_VERSION")) } }
                div { dt { "Database" } dd { (database(settings)) } }
                div { dt { "Data folder" } dd { code { (settings.data_dir.display()) } } }
                div { dt { "Public address" } dd {
                    @if let Some(url) = &settings.public_url { code { (url) } } @else { "not set" }
                } }
                div { dt { "Private networks allowed" } dd {
                    @if networks.is_empty() { "none" } @else { code { (networks) } }
                } }
                div { dt { "Jobs at the same time" } dd { (settings.workers) } }
                div { dt { "Logs are listed every" } dd { (seconds(settings.log_poll)) } }
                div { dt { "Leaked keys are checked every" } dd { (seconds(settings.key_check)) } }
                div { dt { "Buckets are listed every" } dd { (seconds(settings.synchronize)) } }
            }
            p.quiet { "Set in the configuration file, by the environment or by flags; a restart takes it over." }
        }
    }
}

/// The kind alone: a database's address may hold a password.
fn database(settings: &Settings) -> &'static str {
    if settings.database.starts_with("postgres") {
        "PostgreSQL"
    } else {
        "SQLite, in the data folder"
    }
}

fn seconds(time: std::time::Duration) -> String {
    if time.as_secs() >= 60 && time.as_secs().is_multiple_of(60) {
        return format!("{} min", time.as_secs() / 60);
    }
    format!("{} s", time.as_secs_f64())
}
