//! The way to stop it: the plan in place, its confirmation, its steps as they tick, and its undo.

use claviger_model::{Action, Plan, PlanState, Step, StepState};
use claviger_service::{Act, EventDetails};
use maud::{Markup, html};

use crate::console::Person;
use crate::console::part::badge::{Tone, toned};
use crate::console::part::{key, moment, role};

/// The newest plan in full, the way to draft one, and the earlier ones.
pub(super) fn section(person: &Person, details: &EventDetails) -> Markup {
    let refused = role::missing(&person.actor, Act::RunPlan);
    let newest = details.plans.first();
    let under_way = newest.is_some_and(|plan| {
        matches!(plan.state, PlanState::Drafted | PlanState::Confirmed | PlanState::Undoing)
    });
    html! {
        section data-part="stop-it" aria-labelledby="stop-it" {
            h2 #stop-it { "Stop it" }
            @if let Some(plan) = newest { (shown(plan, details, refused.as_deref())) }
            @if !under_way && newest.is_none_or(|plan| plan.state != PlanState::Done) {
                (draft(details, refused.as_deref()))
            }
            @if let Some(why) = &refused { p.quiet { (why) "." } }
            @if details.plans.len() > 1 {
                details #earlier-plans {
                    summary { "Earlier plans" }
                    ul.rows { @for plan in details.plans.iter().skip(1) {
                        li { (title(plan)) " · " (state(plan.state)) " · drafted "
                            (moment::exact(plan.drafted_at)) " by " (plan.drafted_by) }
                    } }
                }
            }
        }
    }
}

/// The choice among actions, each with its effect in words.
fn draft(details: &EventDetails, refused: Option<&str>) -> Markup {
    let known = details.event.access_key_id.is_some();
    html! {
        @if known {
            form method="post" action=(format!("/events/{}/plans", details.event.id)) {
                button.main name="action" value=(Action::Disable.as_str())
                    disabled[refused.is_some()] title=[refused] { "Disable: show the plan" }
                p.effect {
                    "The key opens nothing any more, whoever holds it. Can be undone. The plan shows "
                    "each call and what breaks, and changes nothing yet."
                }
            }
        } @else { p { "The event names no key: there is nothing to disable." } }
    }
}

/// A plan: calls in order, what breaks, and what a person may do with it now.
fn shown(plan: &Plan, details: &EventDetails, refused: Option<&str>) -> Markup {
    html! {
        div.plan {
            p { strong { (title(plan)) } " " (state(plan.state)) }
            @if !plan.breaks.is_empty() {
                p.quiet { "What it stops and breaks" }
                ul.reasons { @for line in &plan.breaks { li { (line) } } }
            }
            ol.steps { @for step in &plan.steps { li { (call(step)) } } }
            (turn(plan, details, refused))
            @if let Some(by) = &plan.confirmed_by {
                p.quiet { "Confirmed by " (by) " "
                    @if let Some(at) = plan.confirmed_at { (moment::exact(at)) } }
            }
        }
    }
}

/// One call: what it changes, how it fares, how to take it back, and the same as a command.
fn call(step: &Step) -> Markup {
    html! {
        p { strong { (step.title) } " " (step_state(&step.state)) }
        p { (step.changes) }
        @if let StepState::Failed { message, hint, .. } = &step.state {
            div.notice.bad role="alert" { p { (message) } p { (hint) } }
        }
        p.quiet {
            @match &step.undo { Some(undo) => { "Undo: " (undo) } None => "This cannot be undone." }
        }
        details { summary.quiet { "The call " code { (step.call) } " as a command" }
            pre { (step.command) } (key::copy(&step.command, "Copy the command"))
        }
    }
}

fn step_state(state: &StepState) -> Markup {
    match state {
        StepState::Waiting => toned(Tone::Unknown, "not run yet"),
        StepState::Applied { .. } => toned(Tone::Medium, "carried out, being verified"),
        StepState::Verified { proof, at } => html! {
            (toned(Tone::Fine, "verified")) span.quiet { " " (proof) ", " (moment::exact(*at)) }
        },
        StepState::Undone { proof, at } => html! {
            (toned(Tone::Unknown, "taken back")) span.quiet { " " (proof) ", " (moment::exact(*at)) }
        },
        StepState::Failed { .. } => toned(Tone::High, "failed"),
    }
}

/// Confirm, undo or try again, as the plan's state allows.
fn turn(plan: &Plan, details: &EventDetails, refused: Option<&str>) -> Markup {
    let to = |act: &str| format!("/events/{}/plans/{}/{act}", details.event.id, plan.id);
    let whose = details.event.access_key_id.as_ref().map_or_else(String::new, |key| key.short());
    let undoable = plan.steps.iter().all(|step| step.undo.is_some());
    let button = |act: &str, class: &str, words: &str| {
        html! {
            form method="post" action=(to(act)) {
                button class=(class) disabled[refused.is_some()] title=[refused] { (words) }
            }
        }
    };
    html! {
        div.acts.apart {
            @match plan.state {
                PlanState::Drafted => {
                    (button("confirm", "danger", &format!("{} {whose}", verb(plan.action))))
                    span.quiet { "Nothing is changed until you confirm." }
                }
                PlanState::Confirmed | PlanState::Undoing => {
                    span.quiet role="status" { "Under way; this page follows." }
                }
                PlanState::Failed => { (button("confirm", "danger", "Try again")) }
                PlanState::Done => {
                    @if undoable { (button("undo", "", "Undo")) }
                    @else { span.quiet { "This cannot be undone." } }
                }
                PlanState::Undone => {}
            }
        }
    }
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::Disable => "Disable",
    }
}

fn title(plan: &Plan) -> &'static str {
    match plan.action {
        Action::Disable => "Plan to disable the key",
    }
}

fn state(state: PlanState) -> Markup {
    let tone = match state {
        PlanState::Drafted => Tone::Low,
        PlanState::Confirmed | PlanState::Undoing => Tone::Medium,
        PlanState::Done => Tone::Fine,
        PlanState::Failed => Tone::High,
        PlanState::Undone => Tone::Unknown,
    };
    toned(tone, state.title())
}
