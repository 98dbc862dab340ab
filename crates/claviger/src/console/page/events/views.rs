//! The row of saved views above the list, and what saves and removes one.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use claviger_model::SavedView;
use claviger_service::{Act, Actor, Service, ServiceError};
use maud::{Markup, html};

use super::question::Question;
use super::{Refused, page};
use crate::api::Problem;
use crate::console::part::entered::Entered;
use crate::console::part::form::failure;
use crate::console::part::{address, role};
use crate::console::{Person, Refusal};

/// What a form of the row could not do, with what was entered.
#[derive(Default)]
pub(super) struct Unsaved {
    name: String,
    shared: bool,
    problem: Option<Problem>,
}

/// A view that was not saved, and why.
fn unsaved(entered: &Entered, error: ServiceError) -> Result<Unsaved, Refusal> {
    match error {
        ServiceError::Invalid { .. } | ServiceError::Conflict { .. } => Ok(Unsaved {
            name: entered.text("name").to_owned(),
            shared: entered.ticked("shared"),
            problem: Some(Problem::from(error)),
        }),
        error => Err(error.into()),
    }
}

/// Keeps the filters of the address under a name.
pub(super) async fn save(
    State(service): State<Service>,
    person: Person,
    Query(question): Query<Question>,
    entered: Entered,
) -> Result<Response, Refusal> {
    question.filter()?;
    let (name, shared) = (entered.text("name"), entered.ticked("shared"));
    match service.save_view(&person.actor, name, question.words(), shared).await {
        Ok(_) => Ok(Redirect::to(&question.first()).into_response()),
        Err(error) => {
            let refused = Refused { view: unsaved(&entered, error)?, ..Refused::default() };
            let page = page(&service, &person, &question, &refused).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Removes a view; the filters stay.
pub(super) async fn remove(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
    Query(question): Query<Question>,
) -> Result<Redirect, Refusal> {
    service.remove_view(&person.actor, &id).await?;
    Ok(Redirect::to(&question.first()))
}

/// A link each view.
pub(super) fn links(views: &[SavedView], question: &Question, actor: &Actor) -> Markup {
    let shown = shown(views, question);
    html! {
        @if !views.is_empty() {
            nav.tabs aria-label="Saved views" {
                @for view in views {
                    @let is_shown = shown.is_some_and(|one| one.id == view.id);
                    a href=(to(view)) aria-current=[is_shown.then_some("page")]
                        title=[(!is_own(view, actor)).then(|| format!("of {}", view.owner))] {
                        (view.name)
                    }
                }
            }
        }
    }
}

/// What can be done with the filters that are looked at: kept under a name, or forgotten.
pub(super) fn acts(
    views: &[SavedView],
    question: &Question,
    actor: &Actor,
    refused: &Unsaved,
) -> Markup {
    html! {
        (failure(refused.problem.as_ref()))
        @match shown(views, question) {
            Some(view) if is_own(view, actor) || actor.may(Act::RemoveSharedView) => {
                form.acts method="post" action=(question.address(&format!("/events/views/{}/remove", view.id))) {
                    button.plain { "Remove the view “" (view.name) "”" }
                }
            },
            None if !question.is_all() => (save_form(question, actor, refused)),
            _ => {},
        }
    }
}

/// The view whose filters these are.
fn shown<'v>(views: &'v [SavedView], question: &Question) -> Option<&'v SavedView> {
    let words = question.words();
    views.iter().find(|view| view.words == words)
}

fn is_own(view: &SavedView, actor: &Actor) -> bool {
    Some(&view.owner_id) == actor.user_id.as_ref()
}

fn to(view: &SavedView) -> String {
    let words: Vec<(&str, &str)> =
        view.words.iter().map(|(word, value)| (word.as_str(), value.as_str())).collect();
    address::with("/events", &words)
}

/// The filters of the address, to be kept under a name.
fn save_form(question: &Question, actor: &Actor, refused: &Unsaved) -> Markup {
    let missing = role::missing(actor, Act::ShareView);
    html! {
        details.view open[refused.problem.is_some()] {
            summary { "Save this view" }
            form.filters method="post" action=(question.address("/events/views")) {
                label { "Name"
                    input type="text" name="name" value=(refused.name) required maxlength="60"
                        autocomplete="off";
                }
                label.check title=[missing.as_deref()] {
                    input type="checkbox" name="shared" value="true" checked[refused.shared]
                        disabled[missing.is_some()];
                    "Everybody sees it"
                }
                button { "Save" }
            }
        }
    }
}
