//! The new pair of a rotation, shown this once: nothing keeps its secret any more.

use claviger_model::{AccessKeyId, RiskEventId, Secret};
use maud::{Markup, html};

use crate::console::part::key;
use crate::console::{Frame, Person, Room};

pub(super) fn page(
    person: &Person,
    event: &RiskEventId,
    key: &AccessKeyId,
    secret: &Secret,
) -> Markup {
    let title = "The new pair";
    let frame = Frame { room: Room::RiskEvents, place: Some(key.as_str()), title, live: &[] };
    let body = html! {
        p { "Put it in place of the old one now. It is shown this once: Claviger has forgotten its secret." }
        dl.facts {
            dt { "AccessKey ID" } dd { code { (key.as_str()) } (key::copy(key.as_str(), "Copy the id")) }
            dt { "AccessKey secret" }
            dd { code { (secret.reveal()) } (key::copy(secret.reveal(), "Copy the secret")) }
        }
        p { a.button href=(format!("/events/{event}#stop-it")) { "Back to the event" } }
    };
    frame.around(person, &body)
}
