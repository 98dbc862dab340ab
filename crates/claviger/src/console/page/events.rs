//! Risk events: what waits for a person, with filters that stand in the address.

mod csv;
mod list;
mod question;
mod table;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use claviger_model::{RiskEventId, WorkState};
use claviger_service::{Change, Service};
use claviger_store::risk_events::RiskCount;
use maud::Markup;

use crate::api::Problem;
use crate::console::part::amount;
use crate::console::part::entered::Entered;
use crate::console::{Frame, Person, Refusal, Room};
use question::{Question, ROWS};

pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/events", get(show))
        .route("/events.csv", get(csv::answer))
        .route("/events/change", get(back).post(change))
}

/// What was asked for the chosen rows and could not be done; nothing that was entered is lost.
#[derive(Default)]
struct Refused {
    /// The rows that stay chosen.
    chosen: Vec<String>,
    reason: String,
    problem: Option<Problem>,
}

async fn show(
    State(service): State<Service>,
    person: Person,
    Query(question): Query<Question>,
) -> Result<Markup, Refusal> {
    page(&service, &person, &question, &Refused::default()).await
}

/// Somebody who loads the answer of an act anew sees the rows.
async fn back(Query(question): Query<Question>) -> Redirect {
    Redirect::to(&question.address("/events"))
}

async fn page(
    service: &Service,
    person: &Person,
    question: &Question,
    refused: &Refused,
) -> Result<Markup, Refusal> {
    let filter = question.filter()?;
    let events = service.risk_events(&filter).await?;
    let counts = service.risk_counts().await?;
    let title = title(&counts);
    let frame = Frame { room: Room::RiskEvents, place: None, title: &title, live: &["*"] };
    let list = list::List { question, filter: &filter, events: &events, counts: &counts };
    Ok(frame.around(person, &list.page(person, refused)))
}

/// Moves the work on the chosen events. What cannot be moved does not stop the rest, and is told.
async fn change(
    State(service): State<Service>,
    person: Person,
    Query(question): Query<Question>,
    entered: Entered,
) -> Result<Response, Refusal> {
    let reason = entered.text("reason").to_owned();
    let change = match entered.text("change") {
        "ignore" => Change::Ignore { reason: reason.clone() },
        _ => Change::Acknowledge,
    };
    let mut refused = Refused { reason, ..Refused::default() };
    let mut changed = 0_u64;
    for chosen in entered.texts("id").take(ROWS as usize) {
        let id = RiskEventId::from(chosen.to_owned());
        match service.change_risk_event(&person.actor, &id, change.clone()).await {
            Ok(_) => changed += 1,
            Err(error) => {
                refused.chosen.push(chosen.to_owned());
                refused.problem.get_or_insert(Problem::from(error));
            }
        }
    }
    if changed == 0 && refused.problem.is_none() {
        let words = "no event is chosen";
        refused.problem = Some(Problem::field("id", words, "tick the boxes of those you mean"));
    }
    match &refused.problem {
        None => Ok(Redirect::to(&question.changed(changed)).into_response()),
        Some(problem) => {
            let status = problem.status();
            Ok((status, page(&service, &person, &question, &refused).await?).into_response())
        }
    }
}

/// The answer to "what waits for me?".
fn title(counts: &[RiskCount]) -> String {
    let open = || counts.iter().filter(|count| !WorkState::is_closed(count.work_state));
    let all: u64 = open().map(|count| count.count).sum();
    let used: u64 = open().map(|count| count.used).sum();
    let events = amount::counted(all, "open risk event", "open risk events");
    match (all, used) {
        (0, _) => "No risk event is open".to_owned(),
        (1, 1) => format!("{events}, in use since the leak"),
        (1, _) => format!("{events}, not used since the leak"),
        (_, 0) => format!("{events}, none used since the leak"),
        _ => format!("{events}, {} in use since the leak", amount::count(used)),
    }
}
