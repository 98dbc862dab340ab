//! Whose key it is, what was done with it, and how bad that is, in sentences with numbers.

use claviger_model::{
    AccessKeyId, KeyStatus, KeyUsage, ObjectUsage, RiskEvent, RiskType, Sensitivity, SourceUsage,
};
use claviger_service::EventDetails;
use jiff::Timestamp;
use maud::{Markup, html};

use super::strip;
use crate::console::part::{amount, badge, key, moment};

/// The answer to "what is going on?", in one line.
pub(super) fn title(details: &EventDetails, leaked_at: Option<Timestamp>) -> String {
    let event = &details.event;
    if let Some(title) = of_thing(event) {
        return title;
    }
    let whose = match (&event.access_key_id, &event.account) {
        (Some(key), Some(account)) => format!("Key {} of {account}", key.short()),
        (Some(key), None) => format!("Key {} of an unknown account", key.short()),
        (None, _) => event.subject.clone(),
    };
    let leaked = if leaked_at.is_some() { " leaked" } else { "" };
    let used = match first_stranger(&details.usage) {
        _ if event.uses == 0 => ", not used since".to_owned(),
        Some(stranger) => format!(
            " and was used by a stranger{}",
            leaked_at.map(|at| delay(at, stranger.first_at)).unwrap_or_default()
        ),
        None => " and is used, by sources known from before alone".to_owned(),
    };
    let now = match event.key_state.status {
        KeyStatus::Active | KeyStatus::Unknown => "",
        KeyStatus::Inactive => "; it is disabled now",
        KeyStatus::Rotated => "; it is rotated now",
        KeyStatus::Deleted => "; it is deleted now",
    };
    format!("{whose}{leaked}{used}{now}")
}

/// The title of an event about what is no leaked or abnormally used key.
fn of_thing(event: &RiskEvent) -> Option<String> {
    let subject = &event.subject;
    match event.risk_type {
        RiskType::DatabaseAccountLeak => Some(format!("Password of {subject} leaked")),
        RiskType::PublicStorageOfSensitiveInformation => {
            Some(format!("Sensitive data in {subject} is public"))
        }
        RiskType::SharedAccount => Some(format!("Key {subject} has more than one holder")),
        RiskType::AccessKeyPairLeak | RiskType::AbnormalAccess | RiskType::CustomIntelligence => {
            None
        }
    }
}

/// How long after the leak something was, in words.
fn delay(leaked_at: Timestamp, at: Timestamp) -> String {
    let seconds = at.duration_since(leaked_at).as_secs();
    match seconds {
        ..60 => " at once".to_owned(),
        60..3_600 => format!(" {} min later", seconds / 60),
        3_600..172_800 => format!(" {} h later", seconds / 3_600),
        _ => format!(" {} days later", seconds / 86_400),
    }
}

/// Of the sources that nobody knew before the leak, the first that was let in.
fn first_stranger(usage: &KeyUsage) -> Option<&SourceUsage> {
    usage
        .sources
        .iter()
        .filter(|source| !source.before_leak && source.allowed > 0)
        .min_by_key(|source| source.first_at)
}

/// How bad, of what type, and since when it is used.
pub(super) fn lead(details: &EventDetails) -> Markup {
    let event = &details.event;
    html! {
        p.lead data-part="lead" {
            (badge::level(event.level)) " · " (event.risk_type.title()) " · "
            @match (first_stranger(&details.usage), event.last_used_at) {
                (Some(stranger), Some(last)) => {
                    "used by a stranger since " (moment::exact(stranger.first_at)) ", last request "
                    (moment::ago(last))
                }
                (None, Some(last)) => { "last request " (moment::ago(last)) }
                (_, None) => { "not used since the leak" }
            }
        }
    }
}

/// The fields that name the key and its state, as the original product names them.
pub(super) fn facts(event: &RiskEvent) -> Markup {
    html! {
        dl.facts data-part="facts" {
            @match &event.access_key_id {
                Some(id) => (key_facts(event, id)),
                None => div { dt { "Subject" } dd { code { (event.subject) } } },
            }
            div { dt { "First Detection Time" } dd { (moment::exact(event.first_detected_at)) } }
            div { dt { "Latest Detection Time" } dd { (moment::exact(event.latest_detected_at)) } }
            div { dt { "Intelligence Source" } dd {
                @for source in &event.sources { div { (source.title()) } }
                @if event.sources.is_empty() { "none: the key is not known to be leaked" }
            } }
        }
    }
}

/// Whose key it is, and what the provider says of it.
fn key_facts(event: &RiskEvent, id: &AccessKeyId) -> Markup {
    html! {
            div { dt { "AccessKey ID" } dd { code { (id) } (key::copy(id.as_str(), "Copy the id")) } }
            div { dt { "Account of AccessKey Pair" } dd {
                @match &event.account {
                    Some(account) => (account),
                    None => span.quiet { "not known: no connected account lists this key" },
                }
            } }
            div { dt { "AccessKey Pair Status" } dd {
                (badge::key(event.key_state.status))
                div.quiet {
                    (event.key_state.proof) ", checked " (moment::ago(event.key_state.checked_at))
                }
            } }
    }
}

/// The judge's sentences, the loss so far, and the course of things.
pub(super) fn section(details: &EventDetails, leaked_at: Option<Timestamp>) -> Markup {
    let event = &details.event;
    html! {
        section data-part="what-happened" aria-labelledby="what-happened" {
            h2 #what-happened { "What happened" }
            @if event.access_key_id.is_none() {

            } @else if event.uses == 0 {
                p { "No use of the key since the leak is on record." }
            } @else {
                (loss(&details.usage))
            }
            @if event.judgement.is_empty() && event.uses > 0 {
                p.quiet {
                    "The detector has raised no alarm: nothing it saw is unlike the key's past, or it "
                    "saw too little. That a leaked key is used is told all the same."
                }
            }
            @if !event.judgement.is_empty() {
                ul.reasons { @for reason in &event.judgement { li { (reason) } } }
                @if let Some(score) = event.score.filter(|_| is_judged(event)) {
                    p.quiet { "The judge's score is " (format!("{score:.1}")) " nats; above 0 a "
                        "stranger is likelier than the owner." }
                }
            }
            @if details.usage.partial {
                p.quiet { "The history holds more than was read: these numbers are the least." }
            }
            (strip::course(details, leaked_at))
        }
    }
}

/// Whether the score is the detector's.
fn is_judged(event: &RiskEvent) -> bool {
    event.risk_type != RiskType::SharedAccount
}

/// Objects, bytes and the worst sensitivity of what was taken: what was refused is no loss.
fn loss(usage: &KeyUsage) -> Markup {
    let touched = || usage.buckets.iter().flat_map(|bucket| &bucket.objects);
    let taken = || touched().filter(|object| object.allowed > 0);
    let in_vain = touched().count() - taken().count();
    let worst = taken().map(|object| object.sensitivity).max().unwrap_or_default();
    let strangers = usage.sources.iter().filter(|source| !source.before_leak).count();
    html! {
        p.loss {
            strong { (amount::counted(taken().count() as u64, "object", "objects")) } " · "
            strong { (amount::bytes(usage.bytes_out)) } " read · "
            @if worst == Sensitivity::NotAvailable {
                "nothing sensitive is known in them"
            } @else { "worst " (badge::sensitivity(worst)) " " (of_worst(taken(), worst)) }
        }
        p {
            (amount::counted(usage.allowed, "request", "requests")) " carried out, "
            (amount::count(usage.denied)) " refused, from "
            (amount::counted(usage.sources.len() as u64, "address", "addresses"))
            @if strangers > 0 {
                ", " (amount::count(strangers as u64)) " of them never seen before the leak"
            } "."
            @if in_vain > 0 {
                " " (amount::counted(in_vain as u64, "object was", "objects were"))
                " asked for in vain."
            }
        }
    }
}

/// How many objects are of the worst kind.
fn of_worst<'a>(objects: impl Iterator<Item = &'a ObjectUsage>, worst: Sensitivity) -> Markup {
    let count = objects.filter(|object| object.sensitivity == worst).count() as u64;
    html! { span.quiet { "in " (amount::count(count)) } }
}
