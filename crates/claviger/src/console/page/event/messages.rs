//! Who was told of it, and how each message fared.

use claviger_model::{Delivery, DeliveryState};
use maud::{Markup, html};

use crate::console::part::badge::{Tone, toned};
use crate::console::part::{moment, state};

/// The messages, newest first.
pub(super) fn section(deliveries: &[Delivery]) -> Markup {
    html! {
        section data-part="messages" aria-labelledby="messages" {
            h2 #messages { "Messages" }
            @if deliveries.is_empty() {
                (state::empty("Nobody was told: no alert configuration asked for it.", &html! {
                    p { a.button href="/alerts" { "See who is told of what" } }
                }))
            } @else {
                ul.rows { @for delivery in deliveries { li {
                    p { (badge(delivery.state)) " " (delivery.notice.subject) }
                    p.quiet {
                        "put in the outbox " (moment::exact(delivery.created_at))
                        @if let Some(at) = delivery.delivered_at {
                            ", delivered " (moment::exact(at))
                        }
                        @if let Some(error) = &delivery.last_error { " · " (error) }
                    }
                } } }
            }
        }
    }
}

fn badge(state: DeliveryState) -> Markup {
    match state {
        DeliveryState::Delivered => toned(Tone::Fine, "Delivered"),
        DeliveryState::Waiting => toned(Tone::Low, "Waiting"),
        DeliveryState::Retrying => toned(Tone::Medium, "Tried again"),
    }
}
