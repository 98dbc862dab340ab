//! Settings: people, whether the installation works, and what it was told. Never a secret.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use claviger_model::Secret;
use claviger_service::{Act, Capacity, Condition, Service, Settings};
use claviger_store::assets::AssetStatistics;
use claviger_store::users::{Role, User};
use maud::{Markup, html};
use serde::Deserialize;

use super::sources_table;
use crate::api::{Problem, users::role_of};
use crate::console::part::badge::{Tone, toned};
use crate::console::part::entered::Entered;
use crate::console::part::form::{Field, failure};
use crate::console::part::{address, amount, moment, role};
use crate::console::{Frame, Person, Refusal, Room};

const ROLES: [(&str, &str); 3] = [
    ("viewer", "Viewer: looks"),
    ("responder", "Responder: also handles events, alerts and intelligence"),
    ("admin", "Admin: also connects, authorizes, sets policies and makes people"),
];

pub(super) fn routes() -> Router<Service> {
    Router::new().route("/settings", get(show)).route("/settings/users", post(add_user))
}

/// Who was just added.
#[derive(Deserialize)]
struct Done {
    #[serde(default)]
    added: String,
}

/// What stands in the form, and what was wrong with it.
#[derive(Default)]
struct Draft {
    name: String,
    role: String,
    problem: Option<Problem>,
}

async fn show(
    State(service): State<Service>,
    person: Person,
    Query(done): Query<Done>,
) -> Result<Markup, Refusal> {
    page(&service, &person, &done.added, &Draft::default()).await
}

async fn add_user(
    State(service): State<Service>,
    person: Person,
    entered: Entered,
) -> Result<Response, Refusal> {
    let (name, word) = (entered.text("name").trim(), entered.text("role"));
    let password = entered.secret("password").unwrap_or_else(|| Secret::new(String::new()));
    let added = match role_of(word) {
        Ok(role) => {
            service.add_user(&person.actor, name, role, &password).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match added {
        Ok(user) => {
            let page = address::with("/settings", &[("added", &user.name)]);
            Ok(Redirect::to(&page).into_response())
        }
        Err(problem) => {
            let status = problem.status();
            let draft =
                Draft { name: name.to_owned(), role: word.to_owned(), problem: Some(problem) };
            Ok((status, page(&service, &person, "", &draft).await?).into_response())
        }
    }
}

async fn page(
    service: &Service,
    person: &Person,
    added: &str,
    draft: &Draft,
) -> Result<Markup, Refusal> {
    let users = service.users().await?;
    let overview = service.overview().await?;
    let sources = service.sources().await?;
    let capacities = service.capacity().await?;
    let title = match person.conditions.len() {
        0 => "The installation works".to_owned(),
        1 => "1 thing keeps the installation from its work".to_owned(),
        many => format!("{many} things keep the installation from its work"),
    };
    let frame = Frame { room: Room::Settings, place: None, title: &title, live: &[] };
    let body = html! {
        @if let Some(user) = users.iter().find(|user| user.name == added) {
            div.notice.fine role="status" {
                p {
                    strong { (user.name) " may sign in" } " as " (user.role.as_str()) ". "
                    "Tell them the password yourself; it is shown nowhere."
                }
            }
        }
        (sources_table::sources(&sources, service.instant()))
        div.split {
            div {
                (people(&users))
                (add_form(draft, role::missing(&person.actor, Act::ManageUsers).as_deref()))
            }
            div {
                (health(&person.conditions))
                (capacity(&overview.assets, &capacities, service.settings()))
                (installation(service.settings()))
            }
        }
    };
    Ok(frame.around(person, &body))
}

fn people(users: &[User]) -> Markup {
    html! {
        section aria-labelledby="people" {
            h2 #people { "People" }
            div.scroll role="region" aria-label="People" { table {
                thead { tr {
                    th scope="col" { "Name" }
                    th scope="col" { "Role" }
                    th scope="col" { "Status" }
                    th scope="col" { "Since" }
                } }
                tbody {
                    @for user in users { tr {
                        th.name scope="row" { (user.name) }
                        td { (user.role.as_str()) }
                        td {
                            @if user.disabled { (toned(Tone::Unknown, "May not sign in")) }
                            @else { (toned(Tone::Fine, "May sign in")) }
                        }
                        td { (moment::exact(user.created_at)) }
                    } }
                }
            } }
        }
    }
}

fn add_form(draft: &Draft, refused: Option<&str>) -> Markup {
    let problem = draft.problem.as_ref();
    let role = if draft.role.is_empty() { Role::Viewer.as_str() } else { draft.role.as_str() };
    let password = match problem {
        None => "At least 12 characters: four random words are easy to keep in mind.",
        Some(_) => "Enter it again: it is never shown.",
    };
    html! {
        section aria-labelledby="add" {
            h2 #add { "Add a person" }
            (failure(problem))
            @if let Some(why) = refused { p.notice { (why) "." } }
            form method="post" action="/settings/users" {
                fieldset.column disabled[refused.is_some()] {
                    (Field { name: "name", label: "Name", effect: "What they sign in with." }
                        .input("text", &draft.name, true, problem))
                    (Field { name: "role", label: "Role", effect: "Each role may do what those before it may." }
                        .select(&ROLES, role, problem))
                    (Field { name: "password", label: "Password", effect: password }
                        .input("password", "", true, problem))
                    button.main { "Add" }
                }
            }
        }
    }
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
