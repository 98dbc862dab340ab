//! The alarm dial on the page of the policies: how it stands, and what other values would have raised.

use axum::Router;
use axum::extract::State;
use axum::response::Redirect;
use axum::routing::post;
use claviger_service::{
    Act, AlarmChange, DialView, PreviewResult, PreviewView, PreviewedAlarm, PreviewedDial, Service,
};
use claviger_store::PreviewState;
use maud::{Markup, html};

use crate::api::Problem;
use crate::console::part::badge::{Tone, toned};
use crate::console::part::entered::Entered;
use crate::console::part::{address, amount, moment, role};
use crate::console::{Person, Refusal};

/// Alarms shown; the API has all that are kept.
const SHOWN_MAX: usize = 100;

pub(super) fn routes() -> Router<Service> {
    Router::new().route("/policy/dial", post(act))
}

/// What the buttons of the form do.
async fn act(
    State(service): State<Service>,
    person: Person,
    entered: Entered,
) -> Result<Redirect, Refusal> {
    if entered.text("act") == "cancel" {
        service.cancel_dial_preview(&person.actor).await?;
        return Ok(Redirect::to("/policy#dial"));
    }
    let number =
        |field: &'static str| {
            let words = "That is no number";
            entered.text(field).trim().parse::<f64>().map_err(|_| {
                Problem::field(field, words, "Enter a number above 0, such as 5 or 0.1.")
            })
        };
    let value = number("alarms_per_day")?;
    if entered.text("act") == "preview" {
        let days =
            entered.text("days").trim().parse().map_err(|_| {
                Problem::field("days", "That is no number of days", "Enter 1 to 365.")
            })?;
        service.preview_dial(&person.actor, value, days).await?;
        return Ok(Redirect::to("/policy#dial"));
    }
    service.set_dial(&person.actor, value).await?;
    Ok(Redirect::to(&address::with("/policy", &[("saved", "dial")])))
}

/// The section, with all that it asks for.
pub(super) async fn section(service: &Service, person: &Person) -> Result<Markup, Refusal> {
    let (dial, preview) = (service.dial().await?, service.dial_preview().await?);
    let sets = role::missing(&person.actor, Act::SetPolicy);
    let asks = role::missing(&person.actor, Act::PreviewDial);
    Ok(html! {
        section aria-labelledby="dial" {
            h2 #dial { "Alarm dial" }
            div data-part="dial" { (stands(&dial)) }
            (form(&dial, preview.as_ref(), (sets.as_deref(), asks.as_deref())))
            div data-part="dial-preview" aria-live="polite" {
                @if let Some(preview) = &preview {
                    (shown(preview, dial.alarms_per_day, (sets.is_some(), asks.is_some())))
                }
            }
        }
    })
}

/// What the turn did, once it is done.
pub(super) fn said(dial: &DialView) -> Markup {
    html! {
        div.notice.fine role="status" {
            p {
                strong { "The alarm dial stands at about " (dial.alarms_per_day) " alarms a day" }
                ". Accesses from now on are judged by it, without a restart. Alarms and events that stand are not \
                 affected."
            }
        }
    }
}

fn stands(dial: &DialView) -> Markup {
    html! {
        p {
            "About " strong { (dial.alarms_per_day) " alarms a day" } " over all keys"
            @match dial.latest() {
                Some(turn) => { ", since " (moment::exact(turn.turned_at)) " by " (turn.turned_by) "." }
                None => { ", as the configuration says." }
            }
        }
    }
}

fn form(
    dial: &DialView,
    preview: Option<&PreviewView>,
    (sets, asks): (Option<&str>, Option<&str>),
) -> Markup {
    let days = preview.map_or(crate::api::DIAL_PREVIEW_DAYS, |preview| preview.asked.days);
    html! {
        form method="post" action="/policy/dial" {
            fieldset.column disabled[asks.is_some()] {
                div.field {
                    label for="alarms_per_day" { "Alarms a day" }
                    input id="alarms_per_day" name="alarms_per_day" type="number" min="0.001" max="10000"
                        step="any" required value=(dial.alarms_per_day) aria-describedby="dial-effect";
                    p.effect id="dial-effect" {
                        "More alarms catch more strangers and more owners. Saving holds for accesses from then on; \
                         existing alarms and events are not affected."
                    }
                }
                div.field {
                    label for="days" { "Days to preview" }
                    input id="days" name="days" type="number" min="1" max="365" required value=(days);
                }
                p.buttons {
                    button name="act" value="preview" { "Preview" } " "
                    button.main name="act" value="set" disabled[sets.is_some()] aria-label="Save the dial" { "Save" }
                }
                @if let Some(why) = asks.or(sets) { p.quiet { (why) "." } }
            }
        }
    }
}

fn shown(preview: &PreviewView, stands: f64, (sets, asks): (bool, bool)) -> Markup {
    let asked = preview.asked;
    html! {
        h3 { "Preview of " (asked.alarms_per_day) " alarms a day over " (amount::counted(asked.days.into(), "day", "days")) }
        @match preview.state {
            PreviewState::Running => (running(preview, asks)),
            PreviewState::Cancelled => p { (toned(Tone::Unknown, "Stopped")) },
            PreviewState::Failed => p {
                (toned(Tone::High, "Failed")) " " (preview.failure.as_deref().unwrap_or_default())
            },
            PreviewState::Done => @if let Some(result) = &preview.result {
                (done(preview, result, stands))
                (take_up(asked.alarms_per_day, stands, sets))
                (alarms(preview, result))
            },
        }
    }
}

fn running(preview: &PreviewView, refused: bool) -> Markup {
    let (events, of) = preview.progress.unwrap_or_default();
    html! {
        @if of == 0 {
            progress aria-label="Progress of the preview" {}
        } @else {
            progress aria-label="Progress of the preview" value=(events.min(of)) max=(of) {}
            p.quiet { (amount::count(events)) " of about " (amount::counted(of, "event", "events")) }
        }
        form method="post" action="/policy/dial" {
            button name="act" value="cancel" disabled[refused] { "Stop the preview" }
        }
    }
}

fn done(preview: &PreviewView, result: &PreviewResult, stands: f64) -> Markup {
    let before = preview.asked.present;
    html! {
        p.quiet {
            "Asked by " (preview.asked_by) " " (moment::ago(preview.asked_at)) ". "
            (amount::counted(result.events, "event", "events")) " were read in "
            (format!("{:.1}", std::time::Duration::from_millis(result.took_ms).as_secs_f64())) " s; alarms are counted from "
            (moment::exact(result.since)) " to " (moment::exact(result.until)) ", "
            (amount::counted(result.keys, "key was", "keys were")) " used."
        }
        @if before.to_bits() != stands.to_bits() {
            p.notice.warn { "The dial was turned since: here, present means " (before) " a day, as it stood then." }
        }
        @for caution in &result.cautions { p.notice.warn { (sentence(caution)) } }
        (values(preview, result))
    }
}

/// The button that turns the dial to what was previewed.
fn take_up(value: f64, stands: f64, refused: bool) -> Markup {
    html! {
        @if value.to_bits() != stands.to_bits() {
            form.column method="post" action="/policy/dial" {
                input type="hidden" name="alarms_per_day" value=(value);
                button name="act" value="set" disabled[refused] { "Turn the dial to " (value) }
            }
        }
    }
}

/// A caution as a sentence of a page.
fn sentence(caution: &str) -> String {
    let mut letters = caution.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn values(preview: &PreviewView, result: &PreviewResult) -> Markup {
    html! {
        div.scroll role="region" aria-label="What each value would have raised" { table {
            thead { tr {
                th scope="col" { "Dial" }
                th scope="col" { "Alarms" }
                th scope="col" { "A day" }
                th scope="col" { "Worst day" }
                th scope="col" { "Keys" }
            } }
            tbody { @for one in &result.dials { (value(preview, one)) } }
        } }
    }
}

fn value(preview: &PreviewView, one: &PreviewedDial) -> Markup {
    let is = |value: f64| value.to_bits() == one.alarms_per_day.to_bits();
    html! {
        tr {
            th scope="row" {
                (one.alarms_per_day)
                @if is(preview.asked.present) { " " span.quiet { "present" } }
                @else if is(preview.asked.alarms_per_day) { " " span.quiet { "asked for" } }
            }
            td { (amount::count(one.alarms)) }
            td { (format!("{:.2}", one.mean)) }
            td {
                @match one.worst {
                    Some((day, alarms)) => { (day) " (" (amount::count(alarms)) ")" }
                    None => "–",
                }
            }
            td { (amount::count(one.keys)) }
        }
    }
}

fn alarms(preview: &PreviewView, result: &PreviewResult) -> Markup {
    let more = result.alarms.len().saturating_sub(SHOWN_MAX) as u64 + result.alarms_unlisted;
    let asked = preview.asked;
    html! {
        @if result.alarms.is_empty() {
            p { "No alarm at " (asked.alarms_per_day) " a day." }
        } @else {
            p { strong { "Against " (asked.present) " a day: " } (summary(&result.alarms)) "." }
            ul.rows { @for alarm in result.alarms.iter().take(SHOWN_MAX) { (row(alarm)) } }
            @if more > 0 { p.quiet { "And " (amount::counted(more, "more alarm", "more alarms")) "." } }
        }
    }
}

/// How many alarms there are of each change, in words.
fn summary(alarms: &[PreviewedAlarm]) -> String {
    let parts = AlarmChange::ALL.into_iter().filter_map(|change| {
        let count = alarms.iter().filter(|alarm| alarm.change == change).count() as u64;
        let words = title(change).1.to_lowercase();
        (count > 0).then(|| format!("{} {words}", amount::count(count)))
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn title(change: AlarmChange) -> (Tone, &'static str) {
    match change {
        AlarmChange::New => (Tone::Medium, "New"),
        AlarmChange::Gone => (Tone::Unknown, "Gone"),
        AlarmChange::Moved => (Tone::Low, "At another time"),
        AlarmChange::Same => (Tone::Fine, "The same"),
        AlarmChange::Unknown => (Tone::Unknown, "Not known"),
    }
}

fn row(alarm: &PreviewedAlarm) -> Markup {
    let (tone, words) = title(alarm.change);
    html! {
        li {
            (toned(tone, words)) " · " (moment::exact(alarm.time)) " · " code { (alarm.access_key_id) }
            " · score " (format!("{:.1}", alarm.score)) " nats"
            p { (alarm.sentence) }
        }
    }
}
