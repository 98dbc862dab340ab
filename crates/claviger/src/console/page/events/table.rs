//! The rows of the list, for the eye and for a spreadsheet.

use claviger_model::RiskEvent;
use maud::{Markup, html};

use crate::console::part::{amount, badge, key, moment};

/// The rows.
pub(super) fn rows(events: &[RiskEvent]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Risk events" { table {
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
                th.number scope="col" { "Uses" }
                th scope="col" { "First detection" }
                th scope="col" { "Latest detection" }
                th scope="col" { "State" }
                th scope="col" { "Actions" }
            } }
            tbody { @for event in events { (row(event)) } }
        } }
    }
}

fn row(event: &RiskEvent) -> Markup {
    let page = format!("/events/{}", event.id);
    let about = format!("Details of {}", subject(event));
    html! {
        tr {
            td {
                input type="checkbox" name="id" value=(event.id)
                    aria-label=(format!("Choose {}", subject(event)));
            }
            td { (badge::level(event.level)) }
            td { (event.risk_type.title()) }
            th scope="row" {
                @match &event.access_key_id {
                    Some(id) => (key::id(id)),
                    None => code { (event.subject) },
                }
            }
            td { (event.account.as_deref().unwrap_or("not known")) }
            td { (badge::key(event.key_state.status)) }
            td { @for source in &event.sources { div { (source.title()) } } }
            td.number { (amount::count(event.uses)) }
            td { (moment::exact(event.first_detected_at)) }
            td { (moment::ago(event.latest_detected_at)) }
            td { (badge::work(event.work_state)) }
            td { a href=(page) aria-label=(about) { "Details" } }
        }
    }
}

/// What an event is about, shortened.
fn subject(event: &RiskEvent) -> String {
    event.access_key_id.as_ref().map_or_else(|| event.subject.clone(), |key| key.short())
}

/// The rows as CSV (RFC 4180).
pub(super) fn csv(events: &[RiskEvent]) -> String {
    let mut text = String::from(
        "id,risk_type,level,work_state,subject,account,key_status,sources,uses,\
         first_detected_at,latest_detected_at\r\n",
    );
    for event in events {
        let sources: Vec<&str> = event.sources.iter().map(|source| source.as_str()).collect();
        let cells = [
            event.id.as_str(),
            event.risk_type.as_str(),
            event.level.as_str(),
            event.work_state.as_str(),
            &event.subject,
            event.account.as_deref().unwrap_or_default(),
            event.key_state.status.as_str(),
            &sources.join(" "),
            &event.uses.to_string(),
            &event.first_detected_at.to_string(),
            &event.latest_detected_at.to_string(),
        ];
        text.push_str(&cells.map(cell).join(","));
        text.push_str("\r\n");
    }
    text
}

/// A cell that no spreadsheet takes for a formula: names come from outside.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guarded = if formula { format!("'{text}") } else { text.to_owned() };
    if guarded.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_is_a_formula_and_none_leaves_its_place() {
        assert_eq!(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(cell("a,b\nc"), "\"a,b\nc\"");
        assert_eq!(cell("billing-export"), "billing-export");
    }
}
