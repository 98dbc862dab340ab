//! The other ways to handle a key beside disabling it, each with its effect in words. Each drafts a plan that
//! says what it breaks, and changes nothing yet.

use claviger_model::{Action, KeyStatus};
use claviger_service::EventDetails;
use maud::{Markup, html};

use super::trouble::{Place, Trouble, entered};

/// What can be done with a key, and what that does.
const WAYS: [(Action, &str); 7] = [
    (
        Action::RestrictNetwork,
        "It works from the addresses of its good past, or from those named above, alone.",
    ),
    (
        Action::Rotate,
        "A new pair is made and handed over; the old one goes once nobody good uses it.",
    ),
    (Action::RotateManaged, "KMS makes a new pair; programs that fetch it from KMS go on."),
    (Action::DenyPolicy, "The user is denied what comes from elsewhere, or what is sensitive."),
    (Action::RevokeSessions, "Temporary credentials that were made with it end."),
    (Action::Enable, "Requests signed with it are carried out again."),
    (Action::Delete, "It is gone, from the recycle bin too after a while."),
];

pub(super) fn section(
    details: &EventDetails,
    trouble: Option<&Trouble>,
    refused: Option<&str>,
) -> Markup {
    let event = &details.event;
    let owned = event.account.is_some() && event.connection_id.is_some();
    if event.access_key_id.is_none() || !owned || event.key_state.status == KeyStatus::Deleted {
        return html! {};
    }
    let fits = |action: Action| match (action, event.key_state.status) {
        (Action::Enable, status) => status == KeyStatus::Inactive,
        (Action::Delete, _) => true,
        (_, status) => status != KeyStatus::Inactive,
    };
    let field = |name: &str| entered(trouble, &Place::StopIt, name).to_owned();
    html! {
        details #other-ways open[!field("action").is_empty() && field("action") != "disable"] {
            summary { "Other ways" }
            form.offer method="post" action=(format!("/events/{}/plans", event.id)) {
                fieldset disabled[refused.is_some()] title=[refused] {
                    legend.unseen { "Draft another plan" }
                    label { "Addresses that may go on, apart by commas "
                        input type="text" name="addresses" autocomplete="off"
                            placeholder="those of the good past" value=(field("addresses")); }
                    label { "Sensitive prefixes, as bucket/folder/ "
                        input type="text" name="prefixes" autocomplete="off"
                            value=(field("prefixes")); }
                    ul.rows { @for (action, effect) in WAYS { @if fits(action) { li {
                        button name="action" value=(action.as_str()) { (action.title()) }
                        p.effect { (effect) }
                    } } } }
                }
            }
        }
    }
}
