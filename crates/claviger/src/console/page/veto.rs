//! The page of a veto link in a message: what is about to happen, and one button. Opening it changes nothing.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use claviger_model::ResponseState;
use claviger_service::{Service, VetoLink};
use maud::{Markup, html};

use crate::console::part::moment;
use crate::console::{Refusal, frame};

pub(super) fn routes() -> Router<Service> {
    Router::new().route("/veto/{token}", get(show).post(veto))
}

async fn show(
    State(service): State<Service>,
    Path(token): Path<String>,
) -> Result<Markup, Refusal> {
    Ok(page(&service.veto_link_of(&token).await?, &token))
}

async fn veto(
    State(service): State<Service>,
    Path(token): Path<String>,
) -> Result<Markup, Refusal> {
    Ok(page(&service.veto_by_link(&token).await?, &token))
}

fn page(link: &VetoLink, token: &str) -> Markup {
    let (event, response) = (&link.event, &link.response);
    let subject =
        event.access_key_id.as_ref().map_or_else(|| event.subject.clone(), |key| key.short());
    let rule = link.rule.as_deref().unwrap_or("a rule that is gone");
    let body = html! {
        main.alone {
            p.quiet { (event.risk_type.title()) " · " (event.level.title()) }
            h1 { (subject) }
            @match response.state {
                ResponseState::Waiting => {
                    p { "The rule " strong { (rule) } " runs its plan at "
                        (moment::exact(response.runs_at)) "." }
                    form method="post" action=(format!("/veto/{token}")) {
                        button.danger { "Veto" }
                    }
                    p.quiet { "Nothing is changed then, and the event waits for a person." }
                }
                ResponseState::Vetoed => p { "It was vetoed: the plan is not run." },
                ResponseState::Run => p { "The plan was run. It can be taken back on the event's page." },
                ResponseState::Dropped => p { "The plan is not run: "
                    (response.note.as_deref().unwrap_or("the event is closed")) "." },
            }
            p { a.button href=(format!("/events/{}", event.id)) { "Open the event" } }
        }
    };
    frame::bare("Veto", &body)
}
