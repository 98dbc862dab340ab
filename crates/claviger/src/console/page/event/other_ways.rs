//! The other ways to handle a key beside disabling it, each with its effect in words. Each drafts a plan that
//! says what it breaks, and changes nothing yet. What needs to be told something has its own fields.

use claviger_model::{Action, KeyStatus};
use claviger_service::EventDetails;
use maud::{Markup, html};

use super::trouble::{Place, Trouble, entered};

/// What can be done with a key, and what that does.
const WAYS: [(Action, &str); 8] = [
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
    (
        Action::BlockAccountPublicAccess,
        "Nobody on the internet reads any bucket of the account any more; signed requests go on.",
    ),
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
    if event.access_key_id.is_none()
        || matches!(event.key_state.status, KeyStatus::Deleted | KeyStatus::Rotated)
    {
        return html! {};
    }
    let owned = event.account.is_some() && event.connection_id.is_some();
    let action = entered(trouble, &Place::StopIt, "action");
    html! {
        details #other-ways open[!action.is_empty() && action != "disable"] {
            summary { "Other ways" }
            @if owned { (ways(details, trouble, refused)) (stored(details, trouble, refused)) }
            (in_bucket(details, trouble, refused))
        }
    }
}

/// A form that drafts a plan.
fn form(details: &EventDetails, legend: &str, refused: Option<&str>, fields: &Markup) -> Markup {
    html! {
        form.offer method="post" action=(format!("/events/{}/plans", details.event.id)) {
            fieldset.column disabled[refused.is_some()] title=[refused] {
                legend.unseen { (legend) }
                (fields)
            }
        }
    }
}

/// What was entered, where this very action was asked for; the fields of the others stay empty.
fn field<'t>(trouble: Option<&'t Trouble>, action: Option<Action>, name: &str) -> &'t str {
    let asked = entered(trouble, &Place::StopIt, "action");
    match action {
        Some(action) if action.as_str() != asked => "",
        None if [Action::DenyBucket, Action::RotateStored].map(Action::as_str).contains(&asked) => {
            ""
        }
        _ => entered(trouble, &Place::StopIt, name),
    }
}

/// The ways that need nothing, or addresses and prefixes alone.
fn ways(details: &EventDetails, trouble: Option<&Trouble>, refused: Option<&str>) -> Markup {
    let status = details.event.key_state.status;
    let fits = |action: Action| match action {
        Action::Enable => status == KeyStatus::Inactive,
        Action::Delete => true,
        _ => status != KeyStatus::Inactive,
    };
    let fields = html! {
        label { "Addresses that may go on, apart by commas "
            input type="text" name="addresses" autocomplete="off"
                placeholder="those of the good past" value=(field(trouble, None, "addresses")); }
        label { "Sensitive prefixes, as bucket/folder/ "
            input type="text" name="prefixes" autocomplete="off"
                value=(field(trouble, None, "prefixes")); }
        ul.rows { @for (action, effect) in WAYS { @if fits(action) { li {
            (button(action)) p.effect { (effect) }
        } } } }
    };
    form(details, "Draft another plan", refused, &fields)
}

/// A rotation whose new pair goes where programs fetch it.
fn stored(details: &EventDetails, trouble: Option<&Trouble>, refused: Option<&str>) -> Markup {
    let action = Action::RotateStored;
    let fields = html! {
        label { "Secret of Secrets Manager that programs fetch this key from "
            input type="text" name="secret_name" autocomplete="off" placeholder="app/s3"
                value=(field(trouble, Some(action), "secret_name")); }
        (button(action))
        p.effect { "The new pair is put there in place of the old one, which goes once nobody good uses it. On AWS." }
    };
    form(details, "Draft a rotation into a secret", refused, &fields)
}

/// A refusal in the policy of one bucket.
fn in_bucket(details: &EventDetails, trouble: Option<&Trouble>, refused: Option<&str>) -> Markup {
    let action = Action::DenyBucket;
    let of = |name: &str| field(trouble, Some(action), name).to_owned();
    let known = buckets(details);
    let only = match known.as_slice() {
        [one] if of("bucket").is_empty() => one.to_string(),
        _ => of("bucket"),
    };
    let fields = html! {
        label { "Bucket "
            input type="text" name="bucket" autocomplete="off" list="buckets-of-the-key" value=(only); }
        datalist #buckets-of-the-key { @for name in &known { option value=(name) {} } }
        label { "Addresses that may go on there, apart by commas "
            input type="text" name="addresses" autocomplete="off"
                placeholder="those of the good past" value=(of("addresses")); }
        label { "Beginnings of names that the user may not read, as folder/ "
            input type="text" name="prefixes" autocomplete="off" value=(of("prefixes")); }
        (button(action))
        p.effect { "The bucket's policy refuses the key's user; what others wrote there stays." }
    };
    form(details, "Draft a refusal by a bucket's policy", refused, &fields)
}

fn button(action: Action) -> Markup {
    html! { button name="action" value=(action.as_str()) { (action.title()) } }
}

/// The buckets that have to do with the key: where it lies, and what it touched.
fn buckets(details: &EventDetails) -> Vec<&str> {
    let lies = details.evidence.iter().filter_map(|one| one.bucket.as_deref());
    let touched = details.usage.buckets.iter().map(|one| one.bucket.as_str());
    let mut all: Vec<&str> = touched.chain(lies).collect();
    all.sort_unstable();
    all.dedup();
    all
}
