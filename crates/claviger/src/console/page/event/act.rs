//! What a person does on the page: the work on the event, plans, comments, the allowlist. Each is a form
//! that works without scripts; what goes wrong is told at the form.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get};
use claviger_model::{EvidenceId, PlanId, RiskEvent, RiskEventId, WorkState};
use claviger_service::{Act, Change, ReportForm, Service, ServiceError};
use maud::{Markup, html};

use super::trouble::{Place, Trouble, entered, told};
use crate::api::Problem;
use crate::api::draft::Draft;
use crate::console::page::events::bulk;
use crate::console::part::entered::Entered;
use crate::console::part::{badge, moment, role};
use crate::console::{Person, Refusal};

pub(super) fn routes() -> Router<Service> {
    // Somebody who loads the answer of an act anew sees the event.
    let act = || -> MethodRouter<Service> { get(back) };
    Router::new()
        .route("/events/{id}/change", act().post(change))
        .route("/events/{id}/comments", act().post(comment))
        .route("/events/{id}/plans", act().post(draft))
        .route("/events/{id}/plans/{plan}/confirm", act().post(confirm))
        .route("/events/{id}/plans/{plan}/undo", act().post(undo))
        .route("/events/{id}/responses/{response}/veto", act().post(veto))
        .route("/events/{id}/report/{form}", axum::routing::get(report))
        .route("/events/{id}/plans/{plan}/take", act().post(take))
        .route("/events/{id}/evidence/{evidence}/allowlist", act().post(allow))
}

/// The work on the event, as its state allows.
pub(super) fn bar(
    person: &Person,
    event: &RiskEvent,
    people: &[String],
    trouble: Option<&Trouble>,
) -> Markup {
    let refused = role::missing(&person.actor, Act::ChangeRiskEvent);
    let action = format!("/events/{}/change", event.id);
    let state = event.work_state;
    html! {
        div.bar data-part="work" {
            (told(trouble, &Place::Work))
            span { "Work: " (badge::work(state))
                @if let Some(until) = event.ignored_until { " until " (moment::exact(until)) }
            }
            form.acts method="post" action=(action) {
                fieldset.acts disabled[refused.is_some()] title=[refused.as_deref()] {
                    legend.unseen { "Move the work on this event" }
                    @if state == WorkState::Pending {
                        button name="change" value="acknowledge" { "Acknowledge" }
                    }
                    @if matches!(state, WorkState::Pending | WorkState::Acknowledged) {
                        (ignore(trouble))
                    }
                    @if state.is_closed() {
                        button name="change" value="reopen" { "Reopen" }
                    }
                    label { span.quiet { "Assigned to " }
                        select name="to" {
                            option value="" { "nobody" }
                            @for name in people {
                                option value=(name) selected[is_theirs(event, name)] { (name) }
                            }
                        }
                    }
                    button name="change" value="assign" { "Assign" }
                }
            }
            @if let Some(why) = &refused { span.quiet { (why) "." } }
        }
    }
}

/// Ignoring asks for a reason: folded away until it is wanted, or was refused.
fn ignore(trouble: Option<&Trouble>) -> Markup {
    let tried = trouble.is_some_and(|trouble| trouble.place == Place::Work);
    html! {
        details.inline open[tried] {
            summary { "Ignore" }
            div.acts {
                label { span.quiet { "Reason " }
                    input type="text" name="reason" autocomplete="off"
                        value=(entered(trouble, &Place::Work, "reason")); }
                label { span.quiet { "Until (UTC), if not for good " }
                    input type="date" name="until"
                        value=(entered(trouble, &Place::Work, "until")); }
                button name="change" value="ignore" { "Ignore" }
            }
        }
    }
}

fn is_theirs(event: &RiskEvent, name: &str) -> bool {
    event.assigned_to.as_deref() == Some(name)
}

/// What every act is about: the first step of its address is the event.
#[derive(serde::Deserialize)]
struct Event {
    id: String,
}

async fn back(Path(Event { id }): Path<Event>) -> Redirect {
    Redirect::to(&format!("/events/{}", RiskEventId::from(id)))
}

async fn change(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
    entered: Entered,
) -> Result<Response, Refusal> {
    let id = RiskEventId::from(id);
    let change = match entered.text("change") {
        "ignore" => match bulk::day(entered.text("until")) {
            Ok(until) => Change::Ignore { reason: entered.text("reason").to_owned(), until },
            Err(problem) => {
                return told_at(&service, &person, &id, Place::Work, entered, problem).await;
            }
        },
        "reopen" => Change::Reopen,
        "assign" => {
            let to = Some(entered.text("to").to_owned()).filter(|name| !name.is_empty());
            Change::Assign { to }
        }
        _ => Change::Acknowledge,
    };
    let done = service.change_risk_event(&person.actor, &id, change).await.map(drop);
    after(&service, &person, &id, Place::Work, entered, done).await
}

async fn comment(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
    entered: Entered,
) -> Result<Response, Refusal> {
    let id = RiskEventId::from(id);
    let done = service.comment(&person.actor, &id, entered.text("text")).await;
    after(&service, &person, &id, Place::Comment, entered, done).await
}

async fn draft(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
    entered: Entered,
) -> Result<Response, Refusal> {
    let id = RiskEventId::from(id);
    let done = match asked(&entered).ask() {
        Ok((ask, language)) => service.draft_plan(&person.actor, &id, &ask, language).await,
        Err(problem) => {
            return told_at(&service, &person, &id, Place::StopIt, entered, problem).await;
        }
    };
    after(&service, &person, &id, Place::StopIt, entered, done.map(drop)).await
}

/// The fields of a form as the API names them; lists stand in one field, apart by commas or blanks.
fn asked(entered: &Entered) -> Draft {
    let word = |name: &str| {
        Some(entered.text(name).trim()).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let list = |name: &str| {
        let words = entered.text(name).split([',', ' ', '\n', '\r', '\t']);
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    Draft {
        action: entered.text("action").to_owned(),
        bucket: word("bucket"),
        // A name may begin or end with a blank.
        object: Some(entered.text("object").to_owned()).filter(|text| !text.is_empty()),
        acl: word("acl"),
        secret_name: word("secret_name"),
        addresses: list("addresses"),
        prefixes: list("prefixes"),
        ..Draft::default()
    }
}

async fn confirm(
    State(service): State<Service>,
    person: Person,
    Path((id, plan)): Path<(String, String)>,
    entered: Entered,
) -> Result<Response, Refusal> {
    let typed = Some(entered.text("key")).filter(|text| !text.is_empty());
    let done = service.confirm_plan(&person.actor, &PlanId::from(plan), typed).await.map(drop);
    after(&service, &person, &RiskEventId::from(id), Place::StopIt, entered, done).await
}

/// Shows the new pair of a rotation, this once.
async fn take(
    State(service): State<Service>,
    person: Person,
    Path((id, plan)): Path<(String, String)>,
    entered: Entered,
) -> Result<Response, Refusal> {
    let id = RiskEventId::from(id);
    match service.take_new_pair(&person.actor, &PlanId::from(plan)).await {
        Ok((key, secret)) => {
            let page = super::new_pair::page(&person, &id, &key, &secret);
            let never = [(axum::http::header::CACHE_CONTROL, "no-store")];
            Ok((never, page).into_response())
        }
        Err(error) => after(&service, &person, &id, Place::StopIt, entered, Err(error)).await,
    }
}

async fn undo(
    State(service): State<Service>,
    person: Person,
    Path((id, plan)): Path<(String, String)>,
    entered: Entered,
) -> Result<Response, Refusal> {
    let done = service.undo_plan(&person.actor, &PlanId::from(plan)).await.map(drop);
    after(&service, &person, &RiskEventId::from(id), Place::StopIt, entered, done).await
}

/// Stops what a rule is about to do.
async fn veto(
    State(service): State<Service>,
    person: Person,
    Path((id, response)): Path<(String, String)>,
    entered: Entered,
) -> Result<Response, Refusal> {
    let done = service.veto(&person.actor, &response).await.map(drop);
    after(&service, &person, &RiskEventId::from(id), Place::StopIt, entered, done).await
}

/// The report as a file.
async fn report(
    State(service): State<Service>,
    _: Person,
    Path((id, form)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let form = ReportForm::from_word(&form).ok_or_else(|| {
        Problem::field("form", "There is no such form", "Choose one on the event's page.")
    })?;
    Ok(crate::api::export::file(&service, &RiskEventId::from(id), form).await?)
}

async fn allow(
    State(service): State<Service>,
    person: Person,
    Path((id, evidence)): Path<(String, String)>,
    entered: Entered,
) -> Result<Response, Refusal> {
    let place = Place::Evidence(evidence.clone());
    let evidence = EvidenceId::from(evidence);
    let (reason, twice) = (entered.text("reason"), entered.text("also_public") == "true");
    let done = service.add_to_allowlist(&person.actor, &evidence, reason, twice).await.map(drop);
    after(&service, &person, &RiskEventId::from(id), place, entered, done).await
}

/// Back to the page; where the act was not done, with what stood in its way.
async fn after(
    service: &Service,
    person: &Person,
    id: &RiskEventId,
    place: Place,
    entered: Entered,
    done: Result<(), ServiceError>,
) -> Result<Response, Refusal> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/events/{id}{}", place.anchor())).into_response()),
        Err(error) => told_at(service, person, id, place, entered, Problem::from(error)).await,
    }
}

/// The page, with what stood in the way of the act.
async fn told_at(
    service: &Service,
    person: &Person,
    id: &RiskEventId,
    place: Place,
    entered: Entered,
    problem: Problem,
) -> Result<Response, Refusal> {
    let trouble = Trouble { place, problem, entered };
    let look = super::Look::default();
    let page = super::page(service, person, id, &look, Some(&trouble)).await?;
    Ok((trouble.problem.status(), page).into_response())
}
