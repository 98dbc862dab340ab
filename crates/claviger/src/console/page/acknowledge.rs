//! The page of a link in a message: what the event is, and one button. Opening it changes nothing.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use claviger_model::WorkState;
use claviger_service::{AcknowledgeLink, Service};
use maud::{Markup, html};

use crate::console::{Refusal, frame};

pub(super) fn routes() -> Router<Service> {
    Router::new().route("/acknowledge/{token}", get(show).post(acknowledge))
}

async fn show(
    State(service): State<Service>,
    Path(token): Path<String>,
) -> Result<Markup, Refusal> {
    let link = service.acknowledge_link_of(&token).await?;
    Ok(page(&link, &token))
}

async fn acknowledge(
    State(service): State<Service>,
    Path(token): Path<String>,
) -> Result<Markup, Refusal> {
    let link = service.acknowledge_by_link(&token).await?;
    Ok(page(&link, &token))
}

fn page(link: &AcknowledgeLink, token: &str) -> Markup {
    let event = &link.event;
    let subject =
        event.access_key_id.as_ref().map_or_else(|| event.subject.clone(), |key| key.short());
    let body = html! {
        main.alone {
            p.quiet { (event.risk_type.title()) " · " (event.level.title()) }
            h1 { (subject) }
            p { "The work on it: " strong { (event.work_state.title()) } "." }
            @if event.work_state == WorkState::Pending {
                form method="post" action=(format!("/acknowledge/{token}")) {
                    button.main { "Acknowledge " (subject) }
                }
                p.quiet { "It will be written down as acknowledged by the link of " (link.by)
                    ". Nobody is told further then; the key is not touched." }
            } @else {
                p { "Nobody needs to acknowledge it any more." }
            }
            p { a.button href=(format!("/events/{}", event.id)) { "Open the event" } }
        }
    };
    frame::bare("Acknowledge", &body)
}
