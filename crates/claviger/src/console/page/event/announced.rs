//! What a response rule is about to do by itself, with the veto; or why it did not.

use claviger_model::{Response, ResponseState};
use claviger_service::{Act, EventDetails};
use maud::{Markup, html};

use crate::console::Person;
use crate::console::part::{moment, role};

/// One line for each response that no plan of the page speaks for: a plan that was run says so itself.
pub(super) fn section(person: &Person, details: &EventDetails, responses: &[Response]) -> Markup {
    let refused = role::missing(&person.actor, Act::Veto);
    html! {
        @for response in responses.iter().filter(|one| one.state != ResponseState::Run) {
            div.notice data-response=(response.id) {
                @match response.state {
                    ResponseState::Waiting => {
                        p { "The rule " code { (response.rule_id) } " runs its plan at "
                            (moment::exact(response.runs_at)) " unless somebody vetoes." }
                        form method="post" action=(to(details, response)) {
                            button.danger disabled[refused.is_some()] title=[refused.as_deref()] {
                                "Veto"
                            }
                        }
                    }
                    ResponseState::Vetoed => p {
                        "The plan of the rule " code { (response.rule_id) } " was vetoed by "
                        (response.note.as_deref().unwrap_or("somebody")) ": it is not run."
                    },
                    ResponseState::Dropped | ResponseState::Run => p {
                        "The plan of the rule " code { (response.rule_id) } " is not run: "
                        (response.note.as_deref().unwrap_or("it is not meant any more")) "."
                    },
                }
            }
        }
    }
}

fn to(details: &EventDetails, response: &Response) -> String {
    format!("/events/{}/responses/{}/veto", details.event.id, response.id)
}
