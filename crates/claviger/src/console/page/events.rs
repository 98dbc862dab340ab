//! Risk events: what waits for a person, with filters that stand in the address.

mod list;
mod question;
mod table;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use claviger_model::{RiskEventId, WorkState};
use claviger_service::{Change, Service};
use claviger_store::risk_events::RiskCount;
use maud::Markup;

use super::super::part::amount;
use crate::console::part::entered::Entered;
use crate::console::{Frame, Person, Refusal, Room};
use question::Question;

pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/events", get(show))
        .route("/events.csv", get(csv))
        .route("/events/change", post(change))
}

async fn show(
    State(service): State<Service>,
    person: Person,
    Query(question): Query<Question>,
) -> Result<Markup, Refusal> {
    let filter = question.filter()?;
    let events = service.risk_events(&filter).await?;
    let counts = service.risk_counts().await?;
    let title = title(&counts);
    let frame = Frame { room: Room::RiskEvents, place: None, title: &title, live: &["*"] };
    Ok(frame.around(&person, &list::page(&person, &question, &filter, &events, &counts)))
}

/// What is shown, for a spreadsheet.
async fn csv(
    State(service): State<Service>,
    _: Person,
    Query(question): Query<Question>,
) -> Result<Response, Refusal> {
    let events = service.risk_events(&question.filter()?).await?;
    let kind = "text/csv; charset=utf-8";
    let name = "attachment; filename=\"risk-events.csv\"";
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, table::csv(&events)).into_response())
}

/// Moves the work on the chosen events. What cannot be moved stops the rest and is told.
async fn change(
    State(service): State<Service>,
    person: Person,
    entered: Entered,
) -> Result<Redirect, Refusal> {
    let change = match entered.text("change") {
        "ignore" => Change::Ignore { reason: entered.text("reason").to_owned() },
        _ => Change::Acknowledge,
    };
    for id in entered.texts("id") {
        let id = RiskEventId::from(id.to_owned());
        service.change_risk_event(&person.actor, &id, change.clone()).await?;
    }
    Ok(Redirect::to("/events?open=true"))
}

/// The answer to "what waits for me?".
fn title(counts: &[RiskCount]) -> String {
    let sum = |wanted: &dyn Fn(WorkState) -> bool| -> u64 {
        counts.iter().filter(|count| wanted(count.work_state)).map(|count| count.count).sum()
    };
    let pending = sum(&|state| state == WorkState::Pending);
    let open = sum(&|state| !state.is_closed());
    match (open, pending) {
        (0, _) => "No risk event is open".to_owned(),
        (open, 0) => format!(
            "{}, all looked at",
            amount::counted(open, "open risk event", "open risk events")
        ),
        (open, pending) if open == pending => {
            format!("{} nobody looked at", amount::counted(open, "risk event", "risk events"))
        }
        (open, pending) => format!(
            "{}, {} nobody looked at",
            amount::counted(open, "open risk event", "open risk events"),
            amount::count(pending)
        ),
    }
}
