//! How far an identification task is: progress, rate, time left, and why it waits.

use claviger_model::Authorization;
use claviger_service::TaskView;
use claviger_store::tasks::TaskState;
use maud::{Markup, html};

use super::amount;
use super::badge::{Tone, toned};

/// How a task fares, in a word. A task that met an error and is not ended is tried again by itself, and
/// one of a bucket that was de-authorized rests.
pub(in crate::console) fn word(view: &TaskView, bucket: Authorization) -> Markup {
    let stopped = bucket == Authorization::NotAuthorized;
    match (view.task.state, view.task.error.is_some()) {
        (TaskState::Running, _) if stopped => toned(Tone::Unknown, "Stopped: not authorized"),
        (TaskState::Running, false) => toned(Tone::Low, "Running"),
        (TaskState::Running, true) => toned(Tone::Medium, "Waits to try again"),
        (TaskState::Done, _) => toned(Tone::Fine, "Done"),
        (TaskState::Failed, _) => toned(Tone::High, "Failed"),
    }
}

/// How far it is, with the rate and the time left while it runs.
pub(in crate::console) fn bar(view: &TaskView) -> Markup {
    let (done, total) = (view.task.objects_done, view.task.objects_total);
    let running = view.task.state == TaskState::Running;
    let waits = view.task.error.is_some();
    html! {
        @if waits && total == 0 {
            p.quiet { "no object listed" }
        } @else if running && total == 0 {
            progress aria-label="Progress" {}
            p.quiet { "listing the objects" }
        } @else {
            @if running { progress aria-label="Progress" value=(done) max=(total) {} }
            p.quiet {
                @if running || done < total { (amount::count(done)) " of " }
                (amount::counted(total, "object", "objects"))
                " · " (amount::bytes(view.task.bytes_done))
                @if view.task.unreadable > 0 {
                    " · " (amount::count(view.task.unreadable)) " unreadable"
                }
                @if running && done > 0 { " · " (rate(view.objects_per_second)) }
                @if let Some(seconds) = view.seconds_left { " · " (stretch(seconds)) " left" }
            }
        }
    }
}

/// Objects a second: `12 objects/s`, `0.4 objects/s`.
pub(in crate::console) fn rate(objects_per_second: f64) -> String {
    if objects_per_second < 10.0 {
        format!("{objects_per_second:.1} objects/s")
    } else {
        format!("{objects_per_second:.0} objects/s")
    }
}

/// A stretch of time in its two largest units: `40 s`, `3 min 20 s`, `2 h 5 min`.
pub(in crate::console) fn stretch(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a stretch is positive, and whole seconds are what a person reads"
    )]
    let whole = seconds.max(0.0).ceil() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3_600 => format!("{} min {} s", whole / 60, whole % 60),
        3_600..86_400 => format!("{} h {} min", whole / 3_600, whole % 3_600 / 60),
        _ => format!("{} d {} h", whole / 86_400, whole % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::{rate, stretch};

    #[test]
    fn a_rate_and_a_stretch_read_well() {
        assert_eq!(
            [0.42, 9.99, 120.4].map(rate),
            ["0.4 objects/s", "10.0 objects/s", "120 objects/s"]
        );
        let told = [-1.0, 0.2, 59.0, 200.0, 7_500.0, 90_000.0].map(stretch);
        assert_eq!(told, ["0 s", "1 s", "59 s", "3 min 20 s", "2 h 5 min", "1 d 1 h"]);
    }
}
