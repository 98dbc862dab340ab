//! The delivery log: every message, how often it was tried, and what the last try met.

use claviger_model::{AlertConfiguration, Delivery, DeliveryState, Language, RiskEventId};
use maud::{Markup, html};

use crate::console::part::badge::{Tone, toned};
use crate::console::part::{amount, moment, state};

/// The log, newest first; of one event or of all.
pub(super) fn log(
    deliveries: &[Delivery],
    configurations: &[AlertConfiguration],
    event: Option<&RiskEventId>,
    most: u32,
    refused: bool,
) -> Markup {
    let configured =
        |delivery: &Delivery| configurations.iter().find(|one| one.id == delivery.configuration_id);
    let waiting = deliveries
        .iter()
        .filter(|one| one.state == DeliveryState::Retrying && configured(one).is_some())
        .count();
    html! {
        section data-part="deliveries" aria-labelledby="deliveries" {
            h2 #deliveries { "Delivery log" }
            @if let Some(event) = event {
                p {
                    "Messages of " a href=(format!("/events/{event}")) { "one risk event" } ". "
                    a href="/alerts" { "Show all" }
                }
            }
            @if waiting > 0 {
                (state::partial(&format!(
                    "{} not get through. Each is tried again until it is taken; nothing is lost.",
                    amount::counted(waiting as u64, "message could", "messages could"))))
            }
            @if deliveries.is_empty() {
                (state::empty("No message yet: the first risk event or test message brings one.", &html! {}))
            } @else {
                div.scroll role="region" aria-label="Delivery log" { table {
                    thead { tr {
                        th scope="col" { "Message" }
                        th scope="col" { "State" }
                        th.number scope="col" { "Tries" }
                        th scope="col" { "Configuration" }
                        th scope="col" { "Put in the outbox" }
                    } }
                    tbody { @for one in deliveries { (row(one, configured(one), refused)) } }
                } }
                @if deliveries.len() == most as usize {
                    p.quiet { "The newest " (most) " messages are shown." }
                }
            }
        }
    }
}

fn row(delivery: &Delivery, configured: Option<&AlertConfiguration>, refused: bool) -> Markup {
    let language = configured.map(|one| match one.language {
        Language::English => "en",
        Language::Chinese => "zh-CN",
    });
    let subject = &delivery.notice.subject;
    html! {
        tr {
            th.name scope="row" lang=[language] {
                @if let Some(event) = &delivery.risk_event_id {
                    a href=(format!("/events/{event}")) { (subject) }
                } @else { (subject) }
            }
            td {
                (state_of(delivery, configured.is_some()))
                @if let Some(at) = delivery.delivered_at { p.quiet { (moment::exact(at)) } }
                @if delivery.delivered_at.is_none() && delivery.leaves_at > delivery.created_at {
                    p.quiet { "leaves " (moment::exact(delivery.leaves_at)) }
                }
                @if let Some(error) = &delivery.last_error { p.quiet.why { (error) } }
                @if delivery.state == DeliveryState::Dead && configured.is_some() {
                    form method="post" action=(format!("/deliveries/{}/again", delivery.id)) {
                        button disabled[refused] aria-label=(format!("Send again: {subject}")) { "Send again" }
                    }
                }
            }
            td.number { (delivery.attempts) }
            td {
                @match configured {
                    Some(one) => a href=(format!("/alerts/{}", one.id)) { (one.name) },
                    None => span.quiet { "removed" },
                }
            }
            td { (moment::exact(delivery.created_at)) }
        }
    }
}

/// A message whose configuration is gone is not sent any more, whatever its state says.
fn state_of(delivery: &Delivery, configured: bool) -> Markup {
    match (delivery.state, configured) {
        (DeliveryState::Delivered, _) => toned(Tone::Fine, "Delivered"),
        (DeliveryState::Waiting, true) => toned(Tone::Low, "Waiting"),
        (DeliveryState::Collected, true) => toned(Tone::Low, "Collected, told with others"),
        (DeliveryState::Summarized, _) => toned(Tone::Fine, "Told with others"),
        (DeliveryState::Dead, true) => toned(Tone::High, "Given up"),
        (DeliveryState::Retrying, true) => toned(Tone::Medium, "Not delivered, tried again"),
        (_, false) => toned(Tone::Unknown, "Dropped"),
    }
}
