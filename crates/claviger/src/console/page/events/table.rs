//! The rows of the list.

use claviger_model::RiskEvent;
use maud::{Markup, html};

use crate::console::part::{amount, badge, key, moment, name};

/// The rows; those of `chosen` are ticked.
pub(super) fn rows(events: &[RiskEvent], chosen: &[String]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Risk events" { table.dense {
            thead { tr {
                th scope="col" {
                    input type="checkbox" data-check-all="id" aria-label="Choose all rows";
                }
                th scope="col" { "Level" }
                th scope="col" { "Risk type" }
                th scope="col" { "Key or subject" }
                th scope="col" { "Account" }
                th scope="col" { "Key status" }
                th scope="col" { "Intelligence source" }
                th.number scope="col" { "Uses" span.unseen { " since the leak" } }
                th scope="col" { "First detection" }
                th scope="col" { "Latest detection" }
                th scope="col" { "State" }
                th.act scope="col" { "Actions" }
            } }
            tbody {
                @for event in events {
                    (row(event, chosen.iter().any(|id| id == event.id.as_str())))
                }
            }
        } }
    }
}

fn row(event: &RiskEvent, chosen: bool) -> Markup {
    let page = format!("/events/{}", event.id);
    let about = format!("Details of {}", subject(event));
    html! {
        tr id=(event.id) {
            td {
                input type="checkbox" name="id" value=(event.id) checked[chosen]
                    aria-label=(format!("Choose {}", subject(event)));
            }
            td { (badge::level(event.level)) }
            td { (event.risk_type.title()) }
            th.subject scope="row" {
                @match &event.access_key_id {
                    Some(id) => (key::id(id)),
                    None => (name::object(&event.subject)),
                }
            }
            td {
                @match &event.account {
                    Some(account) => (account),
                    None => span.quiet { "not known" },
                }
            }
            td { (badge::key(event.key_state.status)) }
            td { @for source in &event.sources { div { (source.title()) } } }
            td.number {
                @if event.uses == 0 { "0" }
                @else { a href={ (page) "#access" } { (amount::count(event.uses)) } }
            }
            td { (moment::ago(event.first_detected_at)) }
            td { (moment::ago(event.latest_detected_at)) }
            td {
                (badge::work(event.work_state))
                @if let Some(until) = event.ignored_until {
                    div.quiet { "until " (moment::exact(until)) }
                }
                @if let Some(name) = &event.assigned_to { div.quiet { (name) } }
            }
            td.act { a href=(page) aria-label=(about) { "Details" } }
        }
    }
}

/// What an event is about, shortened.
fn subject(event: &RiskEvent) -> String {
    event.access_key_id.as_ref().map_or_else(|| event.subject.clone(), |key| key.short())
}
