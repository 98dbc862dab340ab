//! The table of log sources: how much, how late, and what was missed.

use claviger_model::Feed;
use claviger_service::SourceView;
use claviger_store::{Gap, GapKind};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::console::part::badge::{Tone, toned};
use crate::console::part::{amount, moment};

/// Every source of log lines, in a section.
pub(super) fn sources(views: &[SourceView], now: Timestamp) -> Markup {
    html! {
        section aria-labelledby="sources" {
            h2 #sources { "Log sources" }
            @if views.is_empty() {
                p {
                    "None yet. The log bucket of an authorized asset is read by itself; for others: "
                    code { "claviger sources add NAME" }
                }
            } @else {
                div.scroll role="region" aria-label="Log sources" { table {
                    thead { tr {
                        th scope="col" { "Name" }
                        th scope="col" { "Comes by" }
                        th scope="col" { "State" }
                        th scope="col" { "Lines" }
                        th scope="col" { "Rejected" }
                        th scope="col" { "Per second" }
                        th scope="col" { "Last line" }
                        th scope="col" { "Behind" }
                        th scope="col" { "Gaps in 30 days" }
                    } }
                    tbody { @for view in views { (row(view, now)) } }
                } }
            }
        }
    }
}

fn row(view: &SourceView, now: Timestamp) -> Markup {
    let known = view.progress.as_ref();
    html! { tr {
        th.name scope="row" { (view.name) }
        td {
            (view.kind())
            @if let Some(Feed::Bucket { bucket, prefix }) = view.source.as_ref().map(|it| &it.feed) {
                p.quiet { (bucket) "/" (prefix) }
            }
        }
        td { (state(view)) }
        td { (amount::count(known.map_or(0, |known| known.lines))) }
        td { (amount::count(known.map_or(0, |known| known.rejected))) }
        td { (format!("{:.1}", known.map_or(0.0, |known| known.lines_per_second(now)))) }
        td { (moment::exact_or_dash(known.and_then(|known| known.last_line_at))) }
        td { (known.and_then(|known| known.lag_ms).map_or_else(|| "–".to_owned(), behind)) }
        td {
            @if view.gaps.is_empty() { "none" } @else {
                @for kind in GapKind::ALL { (gaps(&view.gaps, kind)) }
            }
        }
    } }
}

fn state(view: &SourceView) -> Markup {
    let known = view.progress.as_ref();
    html! {
        @match view.state() {
            "failing" => (toned(Tone::High, "Failing")),
            "reading" => (toned(Tone::Fine, "Reading")),
            _ => (toned(Tone::Unknown, "Waiting for its first line")),
        }
        @if let Some((failure, since)) = known.and_then(|known| known.failure.as_ref()) {
            p { (failure.message) " since " (moment::exact(*since)) }
            @if let Some(hint) = &failure.hint { p.quiet { (hint) } }
        }
        @if let Some(words) = known.and_then(|known| known.confirmation.as_ref()) {
            p { (words) }
        }
        @if let Some((count, unit)) = known.and_then(|known| known.backlog.as_ref())
            && *count > 0 {
            p.quiet { (amount::count(*count)) " " (unit) " wait" }
        }
        @if let Some(audit) = view.audit.as_ref() {
            p.quiet {
                (amount::count(audit.listed)) " files compared " (moment::ago(audit.at)) ", "
                (amount::count(audit.missed)) " had been missed"
                @if audit.skipped > 0 { ", " (amount::count(audit.skipped)) " are no logs" }
            }
        }
    }
}

fn gaps(all: &[Gap], kind: GapKind) -> Markup {
    let own: Vec<&Gap> = all.iter().filter(|gap| gap.kind == kind).collect();
    let seconds: i64 =
        own.iter().map(|gap| gap.ended_at.duration_since(gap.begun_at).as_secs()).sum();
    let what = match kind {
        GapKind::Blind => "blind for",
        GapKind::Lost => "lines lost within",
    };
    html! {
        @if let Some(last) = own.first() {
            p { (what) " " (span(seconds)) ", last " (moment::ago(last.ended_at)) ": " (last.words) }
        }
    }
}

fn behind(milliseconds: u64) -> String {
    match milliseconds {
        0..=9_999 => {
            format!("{:.1} s", f64::from(u32::try_from(milliseconds).unwrap_or(u32::MAX)) / 1000.0)
        }
        _ => span(i64::try_from(milliseconds / 1000).unwrap_or(i64::MAX)),
    }
}

/// A stretch of time in its largest unit.
fn span(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_behind_is_told_in_the_largest_unit() {
        let told = [350, 9_999, 61_000, 3_600_000, 400_000_000].map(behind);
        assert_eq!(told, ["0.3 s", "10.0 s", "61 s", "60 min", "4 days"]);
    }
}
