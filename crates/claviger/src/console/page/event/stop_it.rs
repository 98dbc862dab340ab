//! The way to stop it: what that would break, the plan in place, its confirmation, its steps as they tick,
//! and its undo.

use claviger_model::{
    Action, Kept, KeyStatus, KeyUsage, Plan, PlanState, Response, SourceUsage, Step, StepState,
};
use claviger_service::{Act, EventDetails};
use maud::{Markup, html};

use super::trouble::{Place, Trouble, told};
use super::{announced, other_ways};
use crate::console::Person;
use crate::console::part::badge::{Tone, toned};
use crate::console::part::{amount, key, moment, role};

/// The newest plan in full, the way to draft one, and the earlier ones.
pub(super) fn section(
    person: &Person,
    details: &EventDetails,
    responses: &[Response],
    trouble: Option<&Trouble>,
) -> Markup {
    let refused = role::missing(&person.actor, Act::RunPlan);
    let newest = details.plans.first();
    // Somebody gave the key back elsewhere: it can be stopped once more.
    let contradicted = newest.is_some_and(|plan| plan.state == PlanState::Done)
        && details.event.key_state.status == KeyStatus::Active;
    html! {
        section data-part="stop-it" aria-labelledby="stop-it" {
            h2 #stop-it { "Stop it" }
            (told(trouble, &Place::StopIt))
            (announced::section(person, details, responses))
            @if let Some(plan) = newest { (shown(plan, details, refused.as_deref())) }
            // One that waits is not hidden by a newer one: somebody may have to take its pair.
            @for plan in details.plans.iter().skip(1).filter(|plan| runs(plan)) {
                (shown(plan, details, refused.as_deref()))
            }
            @if newest.is_none_or(|plan| plan.state == PlanState::Undone) || contradicted {
                div.offer { (offer(details, refused.as_deref())) }
            }
            (other_ways::section(details, trouble, refused.as_deref()))
            @if let Some(why) = &refused { p.quiet { (why) "." } }
            (earlier(details, refused.as_deref()))
        }
    }
}

/// The plans that are over, each with its undo where it can be taken back.
fn earlier(details: &EventDetails, refused: Option<&str>) -> Markup {
    let plans: Vec<&Plan> = details.plans.iter().skip(1).filter(|plan| !runs(plan)).collect();
    html! {
        @if !plans.is_empty() {
            details #earlier-plans {
                summary { "Earlier plans" }
                ul.rows { @for plan in plans {
                    li { (title(plan)) " · " (state(plan.state)) " · drafted "
                        (moment::exact(plan.drafted_at)) " by " (plan.drafted_by)
                        @if plan.state == PlanState::Done && is_undoable(plan) {
                            form method="post" action=(to(details, plan, "undo")) {
                                button disabled[refused.is_some()] title=[refused] { "Undo" }
                            }
                        }
                    }
                } }
            }
        }
    }
}

/// Whether it is under way.
fn runs(plan: &Plan) -> bool {
    matches!(plan.state, PlanState::Confirmed | PlanState::Undoing)
}

/// Whether everything of it that was carried out can be taken back.
fn is_undoable(plan: &Plan) -> bool {
    plan.steps.iter().all(|step| step.undo.is_some() || !step.has_begun())
}

/// Where a form of a plan sends to.
fn to(details: &EventDetails, plan: &Plan, act: &str) -> String {
    format!("/events/{}/plans/{}/{act}", details.event.id, plan.id)
}

/// The actions, each with its effect in words; or why there is none.
fn offer(details: &EventDetails, refused: Option<&str>) -> Markup {
    let event = &details.event;
    let open = matches!(event.key_state.status, KeyStatus::Active | KeyStatus::Unknown);
    let owned = event.account.is_some() && event.connection_id.is_some();
    html! {
        @if event.access_key_id.is_none() {
            p { "The event names no key: there is nothing to disable." }
        } @else if !open {
            p { "The key is " (event.key_state.status.title()) " already: nothing is left to stop." }
        } @else if !owned {
            p {
                "No connected account lists this key, so Claviger cannot stop it. Connect the account it "
                "belongs to, or disable it in the provider's own console."
            }
            p { a.button href="/assets/connect" { "Connect an account" } }
        } @else {
            (breaks(&details.usage))
            (draft(details, "main", "Disable: show the plan", refused))
            p.effect {
                "The key opens nothing any more, whoever holds it. Can be undone. The plan shows each "
                "call and what breaks, and changes nothing yet."
            }
        }
    }
}

/// What stops working with the key, as far as its past tells.
fn breaks(usage: &KeyUsage) -> Markup {
    let good: Vec<&SourceUsage> =
        usage.sources.iter().filter(|one| one.before_leak && one.allowed > 0).collect();
    let strangers = usage.sources.iter().filter(|one| !one.before_leak && one.allowed > 0).count();
    html! {
        ul.reasons {
            @if strangers > 0 {
                li { "stops " (amount::counted(strangers as u64, "address", "addresses"))
                    " never seen before the leak" }
            }
            @match good.iter().max_by_key(|one| one.last_at) {
                Some(last) => li {
                    "breaks what used it before the leak from "
                    (amount::counted(good.len() as u64, "address", "addresses")) ": last use "
                    (moment::ago(last.last_at)) " from " code { (last.source_ip) }
                },
                None => li { "breaks nothing that is known: no use before the leak is on record" },
            }
        }
    }
}

/// The button that drafts the plan.
fn draft(details: &EventDetails, class: &str, words: &str, refused: Option<&str>) -> Markup {
    html! {
        form method="post" action=(format!("/events/{}/plans", details.event.id)) {
            button class=(class) name="action" value=(Action::Disable.as_str())
                disabled[refused.is_some()] title=[refused] { (words) }
        }
    }
}

/// A plan: calls in order, what breaks, and what a person may do with it now.
fn shown(plan: &Plan, details: &EventDetails, refused: Option<&str>) -> Markup {
    html! {
        div.plan {
            p { strong { (title(plan)) } " " span role="status" { (state(plan.state)) } }
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
        @if !step.command.is_empty() {
            details { summary.quiet { "The call " code { (step.call) } " as a command" }
                pre { (step.command) } (key::copy(&step.command, "Copy the command"))
            }
        }
    }
}

fn step_state(state: &StepState) -> Markup {
    match state {
        StepState::Waiting => toned(Tone::Unknown, "not run yet"),
        StepState::Held { why, .. } => html! {
            (toned(Tone::Medium, "waits")) span.quiet { " " (why) }
        },
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
    let to = |act: &str| to(details, plan, act);
    let whose = details.event.access_key_id.as_ref().map_or_else(String::new, |key| key.short());
    let undoable = is_undoable(plan);
    let begun = plan.steps.iter().any(Step::has_begun);
    let held = plan.steps.iter().any(|step| matches!(step.state, StepState::Held { .. }));
    let untaken = plan.steps.iter().any(|step| {
        matches!(&step.kept, Some(Kept::Keys { made: Some(made), .. }) if made.sealed.is_some())
    });
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
                    (confirm(plan, details, &to("confirm"), &format!("{} {whose}", verb(plan.action)), refused))
                    span.quiet { "Nothing is changed until you confirm. Drafted "
                        (moment::ago(plan.drafted_at)) " by " (plan.drafted_by) "." }
                    (draft(details, "plain", "Draft it anew", refused))
                }
                PlanState::Confirmed | PlanState::Undoing => {
                    @if untaken { (button("take", "main", "Take the new pair, shown once")) }
                    @if held && undoable { (button("undo", "", "Undo")) }
                    span.quiet { "Under way; this page follows." }
                }
                PlanState::Failed => {
                    (confirm(plan, details, &to("confirm"), "Try again", refused))
                    @if begun && undoable { (button("undo", "", "Undo")) }
                    (draft(details, "plain", "Draft it anew", refused))
                }
                PlanState::Done => {
                    @if undoable { (button("undo", "", "Undo")) }
                    @else { span.quiet { "This cannot be undone." } }
                }
                PlanState::Undone => {}
            }
        }
    }
}

/// The button that confirms; what cannot be taken back is confirmed by typing the key.
fn confirm(
    plan: &Plan,
    details: &EventDetails,
    to: &str,
    words: &str,
    refused: Option<&str>,
) -> Markup {
    let typed = plan.steps.iter().any(|step| step.undo.is_none());
    html! {
        form method="post" action=(to) {
            @if typed {
                label { "Something of this cannot be taken back. Type " code { (details.event.subject) } " "
                    input type="text" name="key" autocomplete="off" spellcheck="false" required;
                }
            }
            button.danger disabled[refused.is_some()] title=[refused] { (words) }
        }
    }
}

/// What the button that confirms says before the key's name.
fn verb(action: Action) -> &'static str {
    match action {
        Action::Disable => "Disable",
        Action::Enable => "Enable",
        Action::Delete => "Delete",
        Action::RestrictNetwork => "Restrict",
        Action::Rotate | Action::RotateManaged => "Rotate",
        Action::HostManaged => "Host",
        Action::DenyPolicy | Action::DenyBucket | Action::RevokeSessions => "Bind the user of",
        Action::BucketAcl
        | Action::BlockPublicAccess
        | Action::BlockAccountPublicAccess
        | Action::ObjectAcl
        | Action::DeleteFile => "Do it for the event of",
    }
}

fn title(plan: &Plan) -> String {
    match plan.action {
        Action::Disable => "Plan to disable the key".to_owned(),
        other => format!("Plan: {}", other.title()),
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
