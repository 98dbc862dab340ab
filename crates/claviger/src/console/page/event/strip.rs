//! The course of an event as one line: leak, first use by a stranger, last use, now. Drawn by the server,
//! so that it prints.

use claviger_service::EventDetails;
use jiff::Timestamp;
use maud::{Markup, html};

use crate::console::part::moment;

/// Width of the drawing in its own units.
const WIDTH: f64 = 640.0;

/// Room left and right, so that the marks at the ends are whole.
const MARGIN: f64 = 12.0;

/// One mark on the line.
struct Mark {
    at: Timestamp,
    words: &'static str,
    class: &'static str,
}

/// The line with its marks, and the same as a list.
pub(super) fn course(details: &EventDetails, leaked_at: Option<Timestamp>) -> Markup {
    let marks = marks(details, leaked_at);
    let (Some(first), Some(last)) = (marks.first(), marks.last()) else { return html! {} };
    let span = last.at.duration_since(first.at).as_secs_f64().max(1.0);
    let x = |at: Timestamp| {
        let part = at.duration_since(first.at).as_secs_f64() / span;
        format!("{:.1}", MARGIN + part * (WIDTH - 2.0 * MARGIN))
    };
    html! {
        svg.strip viewBox="0 0 640 24" aria-hidden="true" {
            line x1="12" y1="12" x2="628" y2="12" {}
            @for mark in &marks {
                circle.(mark.class) cx=(x(mark.at)) cy="12" r="6" {}
            }
        }
        ol.course {
            @for mark in &marks {
                li { span.dot.(mark.class) aria-hidden="true" {} (mark.words) " "
                    (moment::exact(mark.at)) }
            }
        }
    }
}

fn marks(details: &EventDetails, leaked_at: Option<Timestamp>) -> Vec<Mark> {
    let event = &details.event;
    let strangers = details.usage.sources.iter().filter(|s| !s.before_leak && s.allowed > 0);
    let stopped = details.plans.iter().find_map(|plan| plan.confirmed_at);
    let mut marks: Vec<Mark> = [
        (leaked_at, "readable since", "medium"),
        (Some(event.first_detected_at), "found", "low"),
        (strangers.map(|source| source.first_at).min(), "first use by a stranger", "high"),
        (event.last_used_at, "last use", "high"),
        (stopped, "plan confirmed", "fine"),
    ]
    .into_iter()
    .filter_map(|(at, words, class)| Some(Mark { at: at?, words, class }))
    .collect();
    marks.sort_by_key(|mark| mark.at);
    marks
}
