//! The list's page: numbers that lead to their rows, filters, the rows, and what to do with some of them.

use claviger_model::{Level, RiskEvent, RiskType, WorkState};
use claviger_service::Act;
use claviger_store::risk_events::{RiskCount, RiskEventFilter};
use maud::{Markup, html};

use super::question::Question;
use super::table;
use crate::console::Person;
use crate::console::part::{address, amount, role, state};

/// Everything below the title.
pub(super) fn page(
    person: &Person,
    question: &Question,
    filter: &RiskEventFilter,
    events: &[RiskEvent],
    counts: &[RiskCount],
) -> Markup {
    let refused = role::missing(&person.actor, Act::ChangeRiskEvent);
    html! {
        (statistics(counts))
        (filters(question))
        div data-part="rows" {
            @if events.is_empty() { (nothing(question, counts)) }
            @else {
                form method="post" action="/events/change" {
                    (table::rows(events))
                    (state::more(question.next(events).as_deref()))
                    (bulk(refused.as_deref()))
                }
                p.quiet {
                    (amount::counted(events.len() as u64, "row", "rows"))
                    @if filter.after.is_some() { " on this page" }
                    " · " a href=(question.address("/events.csv", "")) { "CSV" }
                    " · " a href=(question.address("/api/v1/events", "")) { "JSON" }
                }
            }
        }
    }
}

/// Event statistics: each number leads to its rows.
fn statistics(counts: &[RiskCount]) -> Markup {
    let sum = |wanted: &dyn Fn(&RiskCount) -> bool| -> u64 {
        counts.iter().filter(|count| wanted(count)).map(|count| count.count).sum()
    };
    let number = |title: &str, value: u64, rows: String| {
        html! { div { dt { (title) } dd { a href=(rows) { (amount::count(value)) } } } }
    };
    html! {
        dl.facts.narrow data-part="statistics" aria-label="Event statistics" {
            (number("Total", sum(&|_| true), "/events".to_owned()))
            @for level in Level::ALL.into_iter().rev() {
                (number(level.title(), sum(&|count| count.level == level),
                    address::with("/events", &[("level", level.as_str())])))
            }
            @for work in WorkState::ALL {
                (number(work.title(), sum(&|count| count.work_state == work),
                    address::with("/events", &[("work_state", work.as_str())])))
            }
        }
    }
}

fn filters(question: &Question) -> Markup {
    let types = RiskType::ALL.map(|kind| (kind.as_str(), kind.title()));
    let levels = [Level::High, Level::Medium, Level::Low].map(|l| (l.as_str(), l.title()));
    let states = WorkState::ALL.map(|work| (work.as_str(), work.title()));
    html! {
        form.filters method="get" action="/events" role="search" {
            (choice("risk_type", "Risk type", "All types", &types, &question.risk_type))
            (choice("level", "Level", "All levels", &levels, &question.level))
            (choice("work_state", "State", "All states", &states, &question.work_state))
            label { "Key, account or id"
                input type="search" name="search" value=(question.search) autocomplete="off";
            }
            label.check {
                input type="checkbox" name="open" value="true" checked[!question.open.is_empty()];
                "Only open"
            }
            button { "Filter" }
            @if !question.is_all() { a href="/events" { "Clear filters" } }
        }
    }
}

fn choice(name: &str, label: &str, all: &str, words: &[(&str, &str)], chosen: &str) -> Markup {
    html! {
        label { (label)
            select name=(name) {
                option value="" { (all) }
                @for (word, title) in words {
                    option value=(word) selected[*word == chosen] { (title) }
                }
            }
        }
    }
}

/// What to do with the chosen rows.
fn bulk(refused: Option<&str>) -> Markup {
    html! {
        fieldset.acts disabled[refused.is_some()] title=[refused] {
            legend.quiet { "With the chosen events" }
            button name="change" value="acknowledge" { "Acknowledge" }
            label { span.quiet { "Reason " } input type="text" name="reason" autocomplete="off"; }
            button name="change" value="ignore" { "Ignore" }
        }
        @if let Some(why) = refused { p.quiet { (why) "." } }
    }
}

/// No row: because nothing happened, or because of the filters.
fn nothing(question: &Question, counts: &[RiskCount]) -> Markup {
    if counts.is_empty() {
        let next = html! {
            p { a.button href="/assets" { "See what is watched" } }
        };
        return state::empty(
            "No risk event so far. One is raised as soon as a key is found where it can be read, \
             or a key is used by a stranger.",
            &next,
        );
    }
    let words = if question.is_all() { "No more rows." } else { "No event fits these filters." };
    state::empty(words, &html! { p { a.button href="/events" { "Show all events" } } })
}
