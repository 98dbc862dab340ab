//! How a connection fares, and what to do when it does not.

use claviger_model::{Connection, ConnectionHealth};
use maud::{Markup, html};

use super::badge::{Tone, toned};
use super::moment;

/// A word for it, with its time.
pub(in crate::console) fn word(health: &ConnectionHealth) -> Markup {
    match health {
        ConnectionHealth::Untested => toned(Tone::Unknown, "Not tested yet"),
        ConnectionHealth::Healthy { checked_at } => html! {
            (toned(Tone::Fine, "Answers")) " " span.quiet { "checked " (moment::ago(*checked_at)) }
        },
        ConnectionHealth::Failing { checked_at, .. } => html! {
            (toned(Tone::High, "Failing")) " " span.quiet { "checked " (moment::ago(*checked_at)) }
        },
    }
}

/// What a failing connection answers, with the way out; nothing for any other.
pub(in crate::console) fn notice(connection: &Connection) -> Markup {
    html! {
        @if let ConnectionHealth::Failing { message, hint, .. } = &connection.health {
            div.notice.bad {
                p { strong { (connection.name) ": " (message) } }
                @if !hint.is_empty() { p { (hint) } }
                p {
                    a href=(format!("/connections/{}", connection.id)) { "See the connection" }
                    @if connection.access_key_id.is_some() {
                        " · "
                        a href=(format!("/connections/{}#credentials", connection.id)) {
                            "Change its credentials"
                        }
                    }
                }
            }
        }
    }
}
