//! Recipients and groups: who has shown that an address is theirs, and who is told together.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Redirect;
use axum::routing::post;
use claviger_model::{
    AlertConfiguration, AlertConfigurationId, Recipient, RecipientGroup, RecipientGroupId,
    RecipientKind,
};
use claviger_service::Service;
use maud::{Markup, html};

use crate::console::part::badge::{Tone, toned};
use crate::console::part::entered::Entered;
use crate::console::part::moment;
use crate::console::{Person, Refusal};

pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/recipients/verify", post(verify))
        .route("/recipients/code", post(send_code))
        .route("/recipient-groups", post(add_group))
        .route("/recipient-groups/{id}/remove", post(remove_group))
}

async fn verify(
    State(service): State<Service>,
    person: Person,
    entered: Entered,
) -> Result<Redirect, Refusal> {
    let (address, code) = (entered.text("address"), entered.text("code"));
    service.verify_recipient(&person.actor, address, code).await?;
    Ok(Redirect::to("/alerts?done=verified"))
}

async fn send_code(
    State(service): State<Service>,
    person: Person,
    entered: Entered,
) -> Result<Redirect, Refusal> {
    let through = AlertConfigurationId::from(entered.text("through").to_owned());
    service.send_code(&person.actor, entered.text("address"), &through).await?;
    Ok(Redirect::to("/alerts?done=code"))
}

async fn add_group(
    State(service): State<Service>,
    person: Person,
    entered: Entered,
) -> Result<Redirect, Refusal> {
    let members = entered.text("members").split(['\n', ',', ';']).map(str::trim);
    let members = members.filter(|text| !text.is_empty()).map(str::to_owned).collect();
    service.set_recipient_group(&person.actor, None, entered.text("name"), members).await?;
    Ok(Redirect::to("/alerts?done=group"))
}

async fn remove_group(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    service.remove_recipient_group(&person.actor, &RecipientGroupId::from(id)).await?;
    Ok(Redirect::to("/alerts?done=group_removed"))
}

/// The section of the page.
pub(super) fn show(
    recipients: &[Recipient],
    groups: &[RecipientGroup],
    configurations: &[AlertConfiguration],
    refused: bool,
) -> Markup {
    html! {
        @if !recipients.is_empty() {
            section data-part="recipients" aria-labelledby="recipients" {
                h2 #recipients { "Recipients" }
                div.scroll role="region" aria-label="Recipients" { table {
                    thead { tr { th scope="col" { "Address" } th scope="col" { "State" } th scope="col" { "Code" } } }
                    tbody { @for one in recipients { (recipient(one, configurations, refused)) } }
                } }
            }
        }
        section aria-labelledby="groups" {
            h2 #groups { "Groups" }
            @for group in groups {
                form.acts method="post" action=(format!("/recipient-groups/{}/remove", group.id)) {
                    span { strong { (group.name) } ": " (group.members.join(", ")) }
                    button disabled[refused] aria-label=(format!("Remove group {}", group.name)) { "Remove" }
                }
            }
            details {
                summary { "Create a group…" }
                form.column method="post" action="/recipient-groups" {
                    label { "Name" input name="name" required; }
                    label { "Members" textarea name="members" required spellcheck="false" {} }
                    p.effect { "Mail addresses and numbers, one a line." }
                    button disabled[refused] { "Create group" }
                }
            }
        }
    }
}

fn recipient(one: &Recipient, configurations: &[AlertConfiguration], refused: bool) -> Markup {
    let kind = RecipientKind::of(&one.address);
    let through = configurations.iter().find(|c| c.method.reaches() == Some(kind));
    html! {
        tr {
            th.name scope="row" { (one.address) }
            td {
                @if let Some(at) = one.verified_at {
                    (toned(Tone::Fine, "Verified")) p.quiet { (moment::exact(at)) }
                } @else {
                    (toned(Tone::Medium, "Not verified: alerts are not sent there"))
                    @if let Some(at) = one.code_sent_at { p.quiet { "code sent " (moment::exact(at)) } }
                }
            }
            td {
                @if one.verified_at.is_none() {
                    form.acts method="post" action="/recipients/verify" {
                        input type="hidden" name="address" value=(one.address);
                        input name="code" inputmode="numeric" size="8" required
                            aria-label=(format!("Code that was sent to {}", one.address));
                        button disabled[refused] { "Enter code" }
                    }
                    @if let Some(through) = through {
                        form method="post" action="/recipients/code" {
                            input type="hidden" name="address" value=(one.address);
                            input type="hidden" name="through" value=(through.id);
                            button.plain disabled[refused] { "Send another code" }
                        }
                    }
                }
            }
        }
    }
}
