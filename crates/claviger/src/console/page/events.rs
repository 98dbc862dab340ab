//! Risk events: what waits for a person, with filters that stand in the address.

pub(super) mod bulk;
mod csv;
mod list;
mod question;
mod table;
mod views;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use claviger_model::WorkState;
use claviger_service::{NotChanged, Service};
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
        .route("/events/views", get(back).post(views::save))
        .route("/events/views/{id}/remove", post(views::remove))
}

/// What was asked for the chosen rows and could not be done; nothing that was entered is lost.
#[derive(Default)]
struct Refused {
    /// The rows that stay chosen.
    chosen: Vec<String>,
    /// Whether all that fit were meant, and still are.
    all: bool,
    reason: String,
    until: String,
    to: String,
    also_public: bool,
    /// How many were changed all the same.
    changed: u64,
    /// Why the first was not.
    first: Option<NotChanged>,
    problem: Option<Problem>,
    /// What was asked of saved views.
    view: views::Unsaved,
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
    // Where there are more than these rows, all that fit can be meant.
    let is_whole = question.is_first() && events.len() < ROWS as usize;
    let all = match is_whole {
        true => None,
        false => Some(service.count_risk_events(&filter).await?),
    };
    let users = service.users().await?.into_iter().filter(|user| !user.disabled);
    let people: Vec<String> = users.map(|user| user.name).collect();
    let views = service.saved_views(&person.actor).await?;
    let list = list::List {
        views: &views,
        question,
        filter: &filter,
        events: &events,
        counts: &counts,
        all: all.as_ref(),
        people: &people,
    };
    Ok(frame.around(person, &list.page(person, refused)))
}

/// Changes the chosen events. What cannot be changed does not stop the rest, and is told.
async fn change(
    State(service): State<Service>,
    person: Person,
    Query(question): Query<Question>,
    entered: Entered,
) -> Result<Response, Refusal> {
    let (changed, refused) = bulk::change(&service, &person, &question, &entered).await?;
    match &refused.problem {
        None => Ok(Redirect::to(&question.changed(changed)).into_response()),
        Some(problem) => {
            let status = problem.status();
            let refused = Refused { changed, ..refused };
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
