//! The part of the page that tells of watched repositories of source code, and adds one.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use claviger_model::WatchedRepository;
use claviger_service::{Act, NewRepository, Service};
use maud::{Markup, html};

use crate::api::Problem;
use crate::console::part::badge::{Tone, toned};
use crate::console::part::entered::Entered;
use crate::console::part::form::{Field, failure};
use crate::console::part::{amount, moment, name, role, state};
use crate::console::{Person, Refusal};

/// Where the page shows them.
const HERE: &str = "/intelligence#repositories";

/// How often a repository may be looked at, as the form offers it.
const INTERVALS: [(&str, &str); 4] = [
    ("600", "Every 10 minutes"),
    ("3600", "Every hour"),
    ("21600", "Every 6 hours"),
    ("86400", "Every day"),
];

/// What stands in the form, and why it was not kept. A token is never put back into a page.
#[derive(Default)]
pub(super) struct Draft {
    address: String,
    name: String,
    login: String,
    interval: String,
    public: bool,
    problem: Option<Problem>,
}

pub(super) async fn add(
    State(service): State<Service>,
    person: Person,
    entered: Entered,
) -> Result<Response, Refusal> {
    let text = |name: &str| entered.text(name).trim().to_owned();
    let given = |name: &str| Some(text(name)).filter(|text| !text.is_empty());
    let new = NewRepository {
        address: text("address"),
        name: given("repository_name"),
        public: entered.ticked("public"),
        login: given("login"),
        token: entered.secret("token"),
        interval_seconds: text("interval_seconds").parse().ok(),
    };
    match service.add_repository(&person.actor, new).await.map_err(Problem::from) {
        Ok(_) => Ok(Redirect::to(HERE).into_response()),
        Err(problem) => {
            let status = problem.status();
            let draft = Draft {
                address: text("address"),
                name: text("repository_name"),
                login: text("login"),
                interval: text("interval_seconds"),
                public: entered.ticked("public"),
                problem: Some(problem),
            };
            let drafts = super::Drafts { repository: draft, ..super::Drafts::default() };
            Ok((status, super::page(&service, &person, &drafts).await?).into_response())
        }
    }
}

pub(super) async fn scan(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    service.scan_repository(&person.actor, &id, false).await?;
    Ok(Redirect::to(HERE))
}

/// Reads all of it anew.
pub(super) async fn again(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    service.scan_repository(&person.actor, &id, true).await?;
    Ok(Redirect::to(HERE))
}

pub(super) async fn remove(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    service.remove_repository(&person.actor, &id).await?;
    Ok(Redirect::to(HERE))
}

/// The repositories, and the form for another.
pub(super) fn section(person: &Person, all: &[WatchedRepository], draft: &Draft) -> Markup {
    let refused = role::missing(&person.actor, Act::SetRepository);
    html! {
        section aria-labelledby="repositories" {
            h2 #repositories { "Repositories" }
            p.quiet {
                "A key or the password of a database in source code, in any commit of any branch, is evidence of a \
                 risk event, with its file, its author and its commit."
            }
            div data-part="repositories" { (table(person, all)) }
            details open[draft.problem.is_some()] {
                summary { "Watch a repository" }
                @if let Some(why) = &refused { p.notice { (why) "." } }
                (form(draft, refused.is_some()))
            }
        }
    }
}

fn table(person: &Person, all: &[WatchedRepository]) -> Markup {
    html! {
        @if all.is_empty() {
            (state::empty("No repository is watched yet.", &html! {}))
        } @else {
            div.scroll tabindex="0" role="region" aria-label="Repositories" { table {
                thead { tr {
                    th scope="col" { "Repository" }
                    th scope="col" { "State" }
                    th.number scope="col" { "Commits" }
                    th.number scope="col" { "Files" }
                    th scope="col" { "Last read" }
                    th scope="col" { "Act" }
                } }
                tbody { @for repository in all { (row(person, repository)) } }
            } }
        }
    }
}

fn row(person: &Person, repository: &WatchedRepository) -> Markup {
    let scan = &repository.scan;
    let action = |act: &str| format!("/intelligence/repositories/{}/{act}", repository.id);
    let (read, removed) = (
        role::missing(&person.actor, Act::Identify),
        role::missing(&person.actor, Act::SetRepository),
    );
    html! {
        tr {
            th.name scope="row" {
                (repository.name)
                p.quiet { (name::object(&repository.address)) }
                p.quiet { (if repository.public { "Anybody may read it" } else { "Private" }) }
            }
            td.name {
                (badge_of(repository))
                @if let Some(why) = &scan.failure { p.quiet { (name::object(why)) } }
                @if scan.unread > 0 {
                    p.quiet {
                        (amount::counted(scan.unread, "file", "files")) " not read"
                        @if let Some(why) = &scan.unread_why { ": " (name::object(why)) }
                    }
                }
            }
            td.number { (amount::count(scan.commits)) }
            td.number { (amount::count(scan.blobs)) }
            td { @match scan.scanned_at { Some(at) => (moment::ago(at)), None => "–" } }
            td { div.acts {
                form method="post" action=(action("scan")) {
                    button disabled[read.is_some()] title=[&read] { "Read now" }
                }
                form method="post" action=(action("again")) {
                    button disabled[read.is_some()] title=[&read] { "Read all again" }
                }
                form method="post" action=(action("remove")) {
                    button disabled[removed.is_some()] title=[removed] { "Remove" }
                }
            } }
        }
    }
}

fn badge_of(repository: &WatchedRepository) -> Markup {
    match repository.state() {
        "failing" => toned(Tone::High, "Failing"),
        "watched" => toned(Tone::Fine, "Watched"),
        "reading" => toned(Tone::Low, "Reading"),
        _ => toned(Tone::Unknown, "Waiting"),
    }
}

fn form(draft: &Draft, refused: bool) -> Markup {
    let problem = draft.problem.as_ref();
    let interval = if draft.interval.is_empty() { "3600" } else { &draft.interval };
    html! {
        (failure(problem))
        form method="post" action="/intelligence/repositories" {
            fieldset.column disabled[refused] {
                (Field { name: "address", label: "Address",
                    effect: "git+https://HOST/PATH, git+ssh://git@HOST/PATH, or git+file:///PATH on the machine of \
                        the service." }
                    .input("text", &draft.address, true, problem))
                (Field { name: "repository_name", label: "Name",
                    effect: "To know it by; the last part of the address unless given." }
                    .input("text", &draft.name, false, problem))
                (Field { name: "public", label: "Anybody may read it",
                    effect: "Then what stands in it is public: an entry of the allowlist hides it only where that is \
                        said twice." }
                    .check("true", draft.public))
                (Field { name: "token", label: "Token",
                    effect: "One that may read it, for https addresses; kept sealed." }
                    .input("password", "", false, problem))
                (Field { name: "login", label: "Name for the token",
                    effect: "Only where the host wants a certain one." }
                    .input("text", &draft.login, false, problem))
                (Field { name: "interval_seconds", label: "Looked at", effect: "What is new is read each time." }
                    .select(&INTERVALS, interval, problem))
                button.main { "Watch it" }
            }
        }
    }
}
