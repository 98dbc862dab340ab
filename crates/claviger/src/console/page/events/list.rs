//! The list's page: numbers that lead to their rows, filters, the rows, and what to do with some of them.

use claviger_model::{Level, RiskEvent, RiskType, SavedView, WorkState};
use claviger_service::{Act, Counted};
use claviger_store::risk_events::{RiskCount, RiskEventFilter};
use maud::{Markup, html};

use super::question::{Question, STRETCHES};
use super::{Refused, bulk, table, views};
use crate::console::Person;
use crate::console::part::form::failure;
use crate::console::part::{address, amount, role, state};

/// What the page shows.
pub(super) struct List<'a> {
    pub(super) question: &'a Question,
    pub(super) filter: &'a RiskEventFilter,
    pub(super) events: &'a [RiskEvent],
    /// Of all events, whatever the filters.
    pub(super) counts: &'a [RiskCount],
    /// Filters that are kept under a name.
    pub(super) views: &'a [SavedView],
    /// How many the filters mean, where they are more than the rows here.
    pub(super) all: Option<&'a Counted>,
    /// The names of those who may work on events.
    pub(super) people: &'a [String],
}

impl List<'_> {
    /// Everything below the title.
    pub(super) fn page(&self, person: &Person, refused: &Refused) -> Markup {
        html! {
            (statistics(self.counts))
            (views::links(self.views, self.question, &person.actor))
            (self.filters())
            (views::acts(self.views, self.question, &person.actor, &refused.view))
            @let before = self.question.changed_before().filter(|_| refused.problem.is_none());
            @if let Some(changed) = before.or(Some(refused.changed).filter(|count| *count > 0)) {
                div.notice.fine role="status" {
                    p { (amount::counted(changed, "event was", "events were")) " changed." }
                }
            }
            p.news data-news="rows" role="status" {}
            div data-part="rows" data-quiet {
                @if self.events.is_empty() { (self.nothing()) }
                @else { (self.rows(person, refused)) }
            }
        }
    }

    fn rows(&self, person: &Person, refused: &Refused) -> Markup {
        let missing = role::missing(&person.actor, Act::ChangeRiskEvent);
        html! {
            form.choice method="post" action=(self.question.address("/events/change")) {
                @if let Some(all) = self.all { (bulk::everything(all, refused.all)) }
                (table::rows(self.events, &refused.chosen))
                (failure(refused.problem.as_ref()))
                (bulk::bar(missing.as_deref(), refused, self.people))
            }
            (state::more(self.question.next(self.events).as_deref()))
            p.quiet {
                (amount::counted(self.events.len() as u64, "row", "rows")) " here"
                @if !self.question.is_first() {
                    " · " a href=(self.question.first()) { "First rows" }
                }
                " · " a href=(self.question.address("/events.csv")) { "CSV" }
                " · " a href=(self.question.of_api(self.filter)) { "JSON" }
            }
        }
    }

    fn filters(&self) -> Markup {
        let types = RiskType::ALL.map(|kind| (kind.as_str(), kind.title()));
        let levels = [Level::High, Level::Medium, Level::Low].map(|l| (l.as_str(), l.title()));
        let states = WorkState::ALL.map(|work| (work.as_str(), work.title()));
        let stretches = STRETCHES;
        let people: Vec<(&str, &str)> =
            self.people.iter().map(|name| (name.as_str(), name.as_str())).collect();
        let question = self.question;
        html! {
            form.filters method="get" action="/events" role="search" {
                (choice("risk_type", "Risk type", "All types", &types, &question.risk_type))
                (choice("level", "Level", "All levels", &levels, &question.level))
                (choice("work_state", "State", "All states", &states, &question.work_state))
                (choice("since", "Detected", "At any time", &stretches, &question.since))
                (choice("assigned_to", "Assigned to", "Anybody or nobody", &people,
                    &question.assigned_to))
                label { "Key, account or id"
                    input type="search" name="search" value=(question.search) autocomplete="off";
                }
                @if !question.asset.is_empty() {
                    input type="hidden" name="asset" value=(question.asset);
                }
                @if !question.until.is_empty() {
                    input type="hidden" name="until" value=(question.until);
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

    /// No row: because nothing happened, or because of the filters.
    fn nothing(&self) -> Markup {
        if self.counts.is_empty() {
            return state::empty(
                "No risk event so far. One is raised as soon as a key is found where it can be \
                 read, or a key is used by a stranger.",
                &html! { p.acts {
                    a.button href="/assets" { "See what is watched" }
                    a.button href="/intelligence" { "Enter a key that leaked" }
                } },
            );
        }
        let words =
            if self.question.is_all() { "No more rows." } else { "No event fits these filters." };
        state::empty(words, &html! { p { a.button href="/events" { "Show all events" } } })
    }
}

/// Event statistics, by level and by work: each number leads to its rows.
fn statistics(counts: &[RiskCount]) -> Markup {
    let sum = |wanted: &dyn Fn(&RiskCount) -> bool| -> u64 {
        counts.iter().filter(|count| wanted(count)).map(|count| count.count).sum()
    };
    let number = |title: &str, value: u64, rows: String| {
        html! { div { dt { (title) } dd { a href=(rows) { (amount::count(value)) } } } }
    };
    html! {
        div.statistics data-part="statistics" {
            dl.facts.narrow {
                (number("Total", sum(&|_| true), "/events".to_owned()))
                @for level in Level::ALL.into_iter().rev() {
                    (number(level.title(), sum(&|count| count.level == level),
                        address::with("/events", &[("level", level.as_str())])))
                }
            }
            dl.facts.narrow {
                @for work in WorkState::ALL {
                    (number(work.title(), sum(&|count| count.work_state == work),
                        address::with("/events", &[("work_state", work.as_str())])))
                }
            }
        }
    }
}

/// A choice; a word of the address that is none of the list stays what it is.
fn choice(name: &str, label: &str, all: &str, words: &[(&str, &str)], chosen: &str) -> Markup {
    let known = chosen.is_empty() || words.iter().any(|(word, _)| *word == chosen);
    html! {
        label { (label)
            select name=(name) {
                option value="" { (all) }
                @for (word, title) in words {
                    option value=(word) selected[*word == chosen] { (title) }
                }
                @if !known { option value=(chosen) selected { (chosen) } }
            }
        }
    }
}
