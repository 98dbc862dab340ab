//! What to do with the chosen rows, or with all that the filters mean, and what came of it.

use axum::http::StatusCode;
use claviger_model::RiskEventId;
use claviger_service::{Answered, Change, Chosen, Counted, EVENTS_MAX, Service, ServiceError};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::Refused;
use super::question::{Question, ROWS};
use crate::api::Problem;
use crate::console::part::amount;
use crate::console::part::entered::Entered;
use crate::console::{Person, Refusal};

/// The bar below the rows; the style sheet shows it once a box is ticked.
pub(super) fn bar(missing: Option<&str>, refused: &Refused, people: &[String]) -> Markup {
    html! {
        fieldset.acts.chosen disabled[missing.is_some()] title=[missing] {
            legend { "With the chosen events" }
            button name="change" value="acknowledge" { "Acknowledge" }
            button name="change" value="reopen" { "Reopen" }
            label { span.quiet { "Assign to " }
                select name="to" {
                    option value="" { "nobody" }
                    @for name in people { option value=(name) selected[*name == refused.to] { (name) } }
                }
            }
            button name="change" value="assign" { "Assign" }
            label { span.quiet { "Reason or note " }
                input type="text" name="reason" value=(refused.reason) autocomplete="off"; }
            label { span.quiet { "Until (UTC) " } input type="date" name="until" value=(refused.until); }
            button name="change" value="ignore" { "Ignore" }
            button name="change" value="note" { "Note" }
            label.check {
                input type="checkbox" name="also_public" value="true" checked[refused.also_public];
                "Also what anybody may read"
            }
            button name="change" value="allow" { "Add to Whitelist" }
        }
        @if let Some(why) = missing { p.quiet { (why) "." } }
    }
}

/// The box that means all that fit, not only the rows here.
pub(super) fn everything(all: &Counted, ticked: bool) -> Markup {
    html! {
        @match &all.token {
            Some(token) => label.check.everything {
                input type="checkbox" name="all" value=(token) checked[ticked];
                "All " (amount::count(all.count)) " that fit these filters, not only the rows here"
            },
            None => p.quiet {
                (amount::count(all.count)) " fit these filters. Narrow them to at most "
                (amount::count(EVENTS_MAX as u64)) " to change all at once."
            },
        }
    }
}

/// Changes what is meant. Gives how many were changed, and what could not be.
pub(super) async fn change(
    service: &Service,
    person: &Person,
    question: &Question,
    entered: &Entered,
) -> Result<(u64, Refused), Refusal> {
    let mut refused = Refused {
        reason: entered.text("reason").to_owned(),
        until: entered.text("until").to_owned(),
        to: entered.text("to").to_owned(),
        also_public: entered.ticked("also_public"),
        all: entered.ticked("all"),
        ..Refused::default()
    };
    let chosen = match entered.texts("all").next() {
        Some(token) => {
            Chosen::Where { filter: Box::new(question.filter()?), token: token.to_owned() }
        }
        None => {
            let ids = entered.texts("id").take(ROWS as usize).map(str::to_owned);
            Chosen::Ids(ids.map(RiskEventId::from).collect())
        }
    };
    let keep_chosen = |refused: &mut Refused| {
        refused.chosen = entered.texts("id").map(str::to_owned).collect();
    };
    let asked = match asked(entered) {
        Ok(asked) => asked,
        Err(problem) => {
            keep_chosen(&mut refused);
            refused.problem = Some(problem);
            return Ok((0, refused));
        }
    };
    match service.change_risk_events(&person.actor, chosen, asked).await {
        Ok(answers) => Ok((note_refused(&answers, &mut refused), refused)),
        Err(ServiceError::Invalid { field: "ids", .. }) => {
            let hint = "tick the boxes of those you mean";
            refused.problem = Some(Problem::field("id", "no event is chosen", hint));
            Ok((0, refused))
        }
        Err(error) => {
            keep_chosen(&mut refused);
            // Whoever sees other events than were counted looks at them before choosing all again.
            refused.all = false;
            refused.problem = Some(Problem::from(error));
            Ok((0, refused))
        }
    }
}

/// What the form asks for.
fn asked(entered: &Entered) -> Result<Change, Problem> {
    let reason = entered.text("reason").to_owned();
    Ok(match entered.text("change") {
        "ignore" => Change::Ignore { reason, until: day(entered.text("until"))? },
        "reopen" => Change::Reopen,
        "assign" => {
            let to = Some(entered.text("to").to_owned()).filter(|name| !name.is_empty());
            Change::Assign { to }
        }
        "allow" => Change::Allow { reason, also_public: entered.ticked("also_public") },
        "note" => Change::Note { text: reason },
        _ => Change::Acknowledge,
    })
}

/// The beginning of a day in UTC, where one was chosen.
pub(in crate::console::page) fn day(text: &str) -> Result<Option<Timestamp>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let day = text.parse::<Date>().and_then(|date| TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)));
    let problem = |_| Problem::field("until", "That is no day", "Choose one, or none for good.");
    day.map(Some).map_err(problem)
}

/// Keeps what was not changed chosen. Gives how many were.
fn note_refused(answers: &[Answered], refused: &mut Refused) -> u64 {
    let mut changed = 0;
    for answer in answers {
        match &answer.outcome {
            Ok(_) => changed += 1,
            Err(why) => {
                refused.chosen.push(answer.id.to_string());
                refused.first.get_or_insert_with(|| why.clone());
            }
        }
    }
    if let Some(first) = &refused.first {
        let others = refused.chosen.len() - 1;
        let more = if others > 0 {
            format!(" (and {} more were not changed)", amount::count(others as u64))
        } else {
            String::new()
        };
        let title = format!("{}{more}", first.why);
        let status = match first.code {
            "not_found" => StatusCode::NOT_FOUND,
            _ => StatusCode::CONFLICT,
        };
        let problem = Problem::new(status, first.code, &title);
        refused.problem = Some(match &first.hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        });
        refused.all = false;
    }
    changed
}
