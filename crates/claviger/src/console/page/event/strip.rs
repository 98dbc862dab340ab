//! The course of an event as one line: leak, first use by a stranger, last request, now. Drawn by the server,
//! so that it prints. The marks are numbered, and the list below says what each is.

use claviger_model::PlanState;
use claviger_service::EventDetails;
use jiff::Timestamp;
use maud::{Markup, html};

use crate::console::part::moment;

/// Width of the drawing in its own units.
const WIDTH: f64 = 440.0;

/// Room left and right, so that the marks at the ends are whole.
const MARGIN: f64 = 12.0;

/// Least distance of two marks, so that both can be read; what happened closer together is drawn apart.
const APART: f64 = 21.0;

/// The last mark, whose time everybody knows.
const NOW: &str = "now";

/// One mark on the line.
struct Mark {
    at: Timestamp,
    words: &'static str,
    class: &'static str,
}

/// The line with its marks, and the same as a list.
pub(super) fn course(details: &EventDetails, leaked_at: Option<Timestamp>) -> Markup {
    let marks = marks(details, leaked_at);
    let xs = places(&marks);
    let (Some(first), Some(last)) = (xs.first(), xs.last()) else { return html! {} };
    let at = |x: &f64| format!("{x:.1}");
    let (used, stopped) = (|mark: &Mark| mark.class == "high", |mark: &Mark| mark.class == "fine");
    let end = marks.iter().position(stopped).or(marks.iter().rposition(used));
    let misuse = marks.iter().position(used).zip(end).filter(|(from, to)| from < to);
    html! {
        svg.strip data-moving viewBox="0 0 440 24" aria-hidden="true" {
            line x1=(at(first)) y1="12" x2=(at(last)) y2="12" {}
            @if let Some((from, to)) = misuse {
                line.high x1=(at(&xs[from])) y1="12" x2=(at(&xs[to])) y2="12" {}
            }
            @for ((number, mark), x) in (1..).zip(&marks).zip(&xs) {
                circle.(mark.class) cx=(at(x)) cy="12" r="9" {}
                text x=(at(x)) y="16" text-anchor="middle" { (number) }
            }
        }
        ol.course {
            @for mark in &marks { li {
                (mark.words)
                @if mark.words != NOW { " " (moment::exact(mark.at)) }
            } }
        }
    }
}

/// Where the marks stand: to scale, as far as they leave each other room.
fn places(marks: &[Mark]) -> Vec<f64> {
    let (Some(first), Some(last)) = (marks.first(), marks.last()) else { return Vec::new() };
    let span = last.at.duration_since(first.at).as_secs_f64().max(1.0);
    let mut xs: Vec<f64> = marks
        .iter()
        .map(|mark| mark.at.duration_since(first.at).as_secs_f64() / span)
        .map(|part| MARGIN + part * (WIDTH - 2.0 * MARGIN))
        .collect();
    for place in 1..xs.len() {
        xs[place] = xs[place].max(xs[place - 1] + APART);
    }
    let mut end = WIDTH - MARGIN;
    for x in xs.iter_mut().rev() {
        *x = x.min(end);
        end = *x - APART;
    }
    xs
}

fn marks(details: &EventDetails, leaked_at: Option<Timestamp>) -> Vec<Mark> {
    let event = &details.event;
    let strangers = details.usage.sources.iter().filter(|s| !s.before_leak && s.allowed > 0);
    let stopped = details
        .plans
        .iter()
        .find(|plan| plan.state == PlanState::Done)
        .and_then(|plan| plan.ended_at);
    let mut marks: Vec<Mark> = [
        (leaked_at, "readable since", "medium"),
        (Some(event.first_detected_at), "found", "low"),
        (strangers.map(|source| source.first_at).min(), "first use by a stranger", "high"),
        (event.last_used_at, "last request", "high"),
        (stopped, "stopped", "fine"),
        (Some(Timestamp::now()), NOW, "unknown"),
    ]
    .into_iter()
    .filter_map(|(at, words, class)| Some(Mark { at: at?, words, class }))
    .collect();
    marks.sort_by_key(|mark| mark.at);
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_never_hide_each_other_nor_leave_the_drawing() {
        let mark =
            |second| Mark { at: Timestamp::from_second(second).unwrap(), words: "", class: "" };
        for seconds in [vec![0], vec![0, 0, 0], vec![0, 1, 2, 3, 4, 5_000], vec![0, 99, 100, 100]] {
            let marks: Vec<Mark> = seconds.iter().copied().map(mark).collect();
            let xs = places(&marks);
            assert!(xs.iter().all(|x| (MARGIN..=WIDTH - MARGIN).contains(x)), "{xs:?}");
            assert!(xs.windows(2).all(|two| two[1] - two[0] >= APART - 1e-9), "{xs:?}");
        }
    }
}
