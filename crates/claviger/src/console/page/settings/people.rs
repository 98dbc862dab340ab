//! The part of the page that tells who may sign in, and changes that.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use claviger_model::Secret;
use claviger_service::{Act, Service};
use claviger_store::users::{Role, User};
use maud::{Markup, html};

use super::{Done, Drafts};
use crate::api::{Problem, users::role_of};
use crate::console::part::badge::{Tone, toned};
use crate::console::part::entered::Entered;
use crate::console::part::form::{Field, failure};
use crate::console::part::{address, amount, moment, role};
use crate::console::{Person, Refusal};
use crate::server::peer::Peer;

const ROLES: [(&str, &str); 3] = [
    ("viewer", "Viewer: looks"),
    ("responder", "Responder: also handles events, alerts and intelligence"),
    ("admin", "Admin: also connects, authorizes, sets policies and makes people"),
];

/// What stands in the form for a new person, and what was wrong with it.
#[derive(Default)]
pub(super) struct Draft {
    name: String,
    role: String,
    problem: Option<Problem>,
}

pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/settings/users", post(add))
        .route("/settings/users/{id}/role", post(set_role))
        .route("/settings/users/{id}/password", post(set_password))
        .route("/settings/users/{id}/disable", post(disable))
        .route("/settings/users/{id}/enable", post(enable))
        .route("/settings/users/{id}/remove", post(remove))
        .route("/settings/password", post(change_password))
}

async fn add(
    State(service): State<Service>,
    person: Person,
    entered: Entered,
) -> Result<Response, Refusal> {
    let (name, word) = (entered.text("name").trim(), entered.text("role"));
    let password = password_of(&entered, "password");
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
            let draft = Draft {
                name: name.to_owned(),
                role: word.to_owned(),
                problem: Some(problem.clone()),
            };
            refused(&service, &person, &problem, Drafts { person: draft, ..Drafts::default() })
                .await
        }
    }
}

async fn set_role(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
    entered: Entered,
) -> Result<Response, Refusal> {
    let changed = match role_of(entered.text("role")) {
        Ok(role) => service.set_role(&person.actor, &id, role).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    changed_or(&service, &person, changed).await
}

async fn set_password(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
    entered: Entered,
) -> Result<Response, Refusal> {
    let password = password_of(&entered, "password");
    let changed = service.set_password(&person.actor, &id, &password).await;
    changed_or(&service, &person, changed.map_err(Problem::from)).await
}

async fn disable(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let changed = service.set_disabled(&person.actor, &id, true).await;
    changed_or(&service, &person, changed.map_err(Problem::from)).await
}

async fn enable(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let changed = service.set_disabled(&person.actor, &id, false).await;
    changed_or(&service, &person, changed.map_err(Problem::from)).await
}

async fn remove(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    match service.remove_user(&person.actor, &id).await {
        Ok(()) => Ok(Redirect::to("/settings?removed=true#people").into_response()),
        Err(error) => not_done(&service, &person, error.into()).await,
    }
}

/// Whoever changed their password signs in anew with it.
async fn change_password(
    State(service): State<Service>,
    person: Person,
    Peer(from): Peer,
    entered: Entered,
) -> Result<Response, Refusal> {
    let (old, new) = (password_of(&entered, "old_password"), password_of(&entered, "new_password"));
    match service.change_password(&person.actor, (&old, &new), from).await {
        Ok(()) => Ok(Redirect::to("/sign-in?next=/settings").into_response()),
        Err(error) => {
            let problem = Problem::from(error);
            let drafts = Drafts { own_password: Some(problem.clone()), ..Drafts::default() };
            refused(&service, &person, &problem, drafts).await
        }
    }
}

fn password_of(entered: &Entered, name: &str) -> Secret {
    entered.secret(name).unwrap_or_else(|| Secret::new(String::new()))
}

async fn changed_or(
    service: &Service,
    person: &Person,
    changed: Result<User, Problem>,
) -> Result<Response, Refusal> {
    match changed {
        Ok(user) => {
            let page = address::with("/settings", &[("changed", &user.name)]);
            Ok(Redirect::to(&page).into_response())
        }
        Err(problem) => not_done(service, person, problem).await,
    }
}

/// The page again, with why an act without a form of its own was not done.
pub(super) async fn not_done(
    service: &Service,
    person: &Person,
    problem: Problem,
) -> Result<Response, Refusal> {
    let drafts = Drafts { act: Some(problem.clone()), ..Drafts::default() };
    refused(service, person, &problem, drafts).await
}

/// The page again, with what stood in a form.
pub(super) async fn refused(
    service: &Service,
    person: &Person,
    problem: &Problem,
    drafts: Drafts,
) -> Result<Response, Refusal> {
    let page = super::page(service, person, &Done::default(), &drafts).await?;
    Ok((problem.status(), page).into_response())
}

/// What was just done, in words.
pub(super) fn done(users: &[User], done: &Done) -> Markup {
    let named = |name: &str| users.iter().find(|user| user.name == name);
    let words = |words: &str| html! { div.notice.fine role="status" { p { (words) } } };
    html! {
        @if let Some(user) = named(&done.added) {
            div.notice.fine role="status" {
                p {
                    strong { (user.name) " may sign in" } " as " (user.role.as_str()) ". "
                    "Tell them the password yourself; it is shown nowhere."
                }
            }
        }
        @if let Some(user) = named(&done.changed) {
            div.notice.fine role="status" {
                p {
                    strong { (user.name) " was changed." }
                    " Where they were signed in they are no more, and their tokens are worth nothing."
                }
            }
        }
        @if done.removed { (words("Removed. What they did stays under their name.")) }
        @if done.token_removed { (words("The token is removed: it is worth nothing any more.")) }
        @if let Some(count) = done.ended {
            (words(&format!("{} ended.", amount::counted(count, "session", "sessions"))))
        }
    }
}

/// Everybody who may sign in.
pub(super) fn section(person: &Person, users: &[User]) -> Markup {
    let refused = role::missing(&person.actor, Act::SetRole);
    html! {
        section aria-labelledby="people" {
            h2 #people { "People" }
            div.scroll tabindex="0" role="region" aria-label="People" { table {
                thead { tr {
                    th scope="col" { "Name" }
                    th scope="col" { "Role" }
                    th scope="col" { "Status" }
                    th scope="col" { "Since" }
                    @if refused.is_none() { th scope="col" { "Act" } }
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
                        @if refused.is_none() { td { (acts(user)) } }
                    } }
                }
            } }
            p.quiet {
                "A change ends that person's sessions and tokens at once. The last admin who may sign in stays one."
            }
        }
    }
}

fn acts(user: &User) -> Markup {
    let action = |act: &str| format!("/settings/users/{}/{act}", user.id);
    let of = |what: &str| format!("{what} {}", user.name);
    html! {
        details {
            summary aria-label=(of("Change")) { "Change" }
            form method="post" action=(action("role")) { div.acts {
                select name="role" aria-label=(of("Role of")) {
                    @for one in Role::ALL {
                        option value=(one.as_str()) selected[one == user.role] { (one.as_str()) }
                    }
                }
                button aria-label=(of("Set role of")) { "Set role" }
            } }
            form method="post" action=(action("password")) { div.acts {
                input type="password" name="password" required autocomplete="new-password"
                    aria-label=(of("New password of")) placeholder="New password";
                button aria-label=(of("Set password of")) { "Set password" }
            } }
            div.acts {
                @let (act, word) = if user.disabled { ("enable", "Enable") } else { ("disable", "Disable") };
                form method="post" action=(action(act)) { button aria-label=(of(word)) { (word) } }
                form method="post" action=(action("remove")) {
                    button aria-label=(of("Remove")) { "Remove" }
                }
            }
        }
    }
}

/// The form for a new person.
pub(super) fn add_form(person: &Person, draft: &Draft) -> Markup {
    let refused = role::missing(&person.actor, Act::ManageUsers);
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
            @if let Some(why) = &refused { p.notice { (why) "." } }
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

/// The form for another password of one's own.
pub(super) fn own_password(problem: Option<&Problem>) -> Markup {
    html! {
        section aria-labelledby="password-change" {
            h2 #password-change { "Change your password" }
            (failure(problem))
            form method="post" action="/settings/password" {
                fieldset.column {
                    (Field { name: "old_password", label: "Old password", effect: "So that nobody else changes it." }
                        .input("password", "", true, problem))
                    (Field { name: "new_password", label: "New password",
                        effect: "At least 12 characters. You sign in again with it, everywhere." }
                        .input("password", "", true, problem))
                    button { "Change" }
                }
            }
        }
    }
}
