//! What happened, newest first, with who did it; and a person's own words.

use claviger_service::{Act, EventDetails};
use maud::{Markup, html};

use super::trouble::{Place, Trouble, entered, told};
use crate::console::Person;
use crate::console::part::{moment, role};

/// The entries, and the form that adds one.
pub(super) fn section(
    person: &Person,
    details: &EventDetails,
    trouble: Option<&Trouble>,
) -> Markup {
    let refused = role::missing(&person.actor, Act::ChangeRiskEvent);
    html! {
        section aria-labelledby="timeline" {
            h2 #timeline { "Timeline" }
            div.tall data-part="timeline" tabindex="0" role="region" aria-label="Entries, newest first" {
                ol.timeline reversed {
                    @for entry in details.timeline.iter().rev() {
                        li {
                            (moment::exact(entry.at)) " "
                            span.quiet { (entry.kind.replace('_', " ")) }
                            @if let Some(actor) = &entry.actor { span.quiet { " by " (actor) } }
                            p.words { (entry.text) }
                        }
                    }
                }
            }
            form.column method="post" action=(format!("/events/{}/comments", details.event.id)) {
                (told(trouble, &Place::Comment))
                div.field {
                    label #comments for="comment" { "Comment" }
                    textarea id="comment" name="text" required maxlength="10000"
                        disabled[refused.is_some()] {
                        "\n" (entered(trouble, &Place::Comment, "text"))
                    }
                }
                button disabled[refused.is_some()] title=[refused.as_deref()] { "Comment" }
            }
        }
    }
}
