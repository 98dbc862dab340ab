//! Who was told of it, and how each message fared.

use claviger_model::{AlertConfiguration, Delivery, DeliveryState};
use maud::{Markup, html};

use crate::console::part::badge::{Tone, toned};
use crate::console::part::{amount, moment, state};

/// The messages, newest first.
pub(super) fn section(deliveries: &[Delivery], configurations: &[AlertConfiguration]) -> Markup {
    html! {
        section data-part="messages" aria-labelledby="messages" {
            h2 #messages { "Messages" }
            @if deliveries.is_empty() {
                (state::empty("Nobody was told: no alert configuration asked for it.", &html! {
                    p { a.button href="/alerts" { "See who is told of what" } }
                }))
            } @else {
                ul.rows { @for delivery in deliveries { li { (message(delivery, configurations)) } } }
            }
        }
    }
}

fn message(delivery: &Delivery, configurations: &[AlertConfiguration]) -> Markup {
    let configuration = configurations.iter().find(|one| one.id == delivery.configuration_id);
    html! {
        p { (badge(delivery.state)) " " (delivery.notice.subject) }
        p.quiet {
            "by "
            @match configuration {
                Some(one) => a href=(format!("/alerts/{}", one.id)) { (one.name) },
                None => "a configuration that was removed",
            }
            ", put in the outbox " (moment::exact(delivery.created_at))
            @if let Some(at) = delivery.delivered_at { ", delivered " (moment::exact(at)) }
            @else if delivery.attempts > 0 {
                ", " (amount::counted(delivery.attempts.into(), "try", "tries")) " so far"
            }
            @if let Some(error) = &delivery.last_error { " · " (error) }
        }
    }
}

fn badge(state: DeliveryState) -> Markup {
    match state {
        DeliveryState::Delivered => toned(Tone::Fine, "Delivered"),
        DeliveryState::Waiting => toned(Tone::Low, "Waiting"),
        DeliveryState::Retrying => toned(Tone::Medium, "Tried again"),
        DeliveryState::Collected => toned(Tone::Low, "Collected"),
        DeliveryState::Summarized => toned(Tone::Fine, "Told with others"),
        DeliveryState::Dead => toned(Tone::High, "Given up"),
    }
}
