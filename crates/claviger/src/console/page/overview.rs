//! The overview: what needs somebody now, what leaked from where, what is not watched.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use claviger_model::{IntelligenceSource, Level, RiskEvent, RiskType, WorkState};
use claviger_service::{Overview, Service};
use claviger_store::assets::AssetStatistics;
use claviger_store::risk_events::RiskCount;
use maud::{Markup, html};

use crate::console::part::{address, amount, badge, moment, state};
use crate::console::{Frame, Person, Refusal, Room};

pub(super) fn routes() -> Router<Service> {
    Router::new().route("/", get(show))
}

async fn show(State(service): State<Service>, person: Person) -> Result<Markup, Refusal> {
    let overview = service.overview().await?;
    let title = title(&overview);
    let frame = Frame { room: Room::Overview, place: None, title: &title, live: &["*"] };
    let body = html! {
        div.split {
            div {
                (needs_you(&overview.open))
                (risk_types(&overview))
                (leaks(&overview))
            }
            div {
                (authorization(&overview.assets))
                (unwatched(&overview))
                (messages(overview.messages_waiting))
            }
        }
    };
    Ok(frame.around(&person, &body))
}

/// The answer to "are we clean?".
fn title(overview: &Overview) -> String {
    let open = |kind: RiskType| -> u64 {
        let counts = overview.counts.iter();
        counts.filter(|c| c.risk_type == kind && !c.work_state.is_closed()).map(|c| c.count).sum()
    };
    let leaked = open(RiskType::AccessKeyPairLeak);
    let all: u64 = RiskType::ALL.into_iter().map(open).sum();
    let used = overview.open.iter().filter(|event| event.uses > 0).count();
    match (all, leaked) {
        (0, _) if overview.assets.iter().all(|a| a.authorized == 0) => {
            "Nothing is watched yet".to_owned()
        }
        (0, _) => "Nothing needs you now".to_owned(),
        (_, 0) => amount::counted(all, "open risk event", "open risk events"),
        (_, 1) if used > 0 => "1 key leaked and in use since".to_owned(),
        _ if used > 0 => {
            format!("{} leaked, {used} in use since", amount::counted(leaked, "key", "keys"))
        }
        _ => format!("{} leaked, none used since", amount::counted(leaked, "key", "keys")),
    }
}

/// The events that wait for somebody, worst first.
fn needs_you(open: &[RiskEvent]) -> Markup {
    html! {
        section data-part="needs-you" aria-labelledby="needs-you" {
            h2 #needs-you { "Needs you now" }
            @if open.is_empty() {
                (state::empty("No risk event is open.", &html! {
                    p { a href="/assets" { "See what is watched" } }
                }))
            } @else {
                ul.rows {
                    @for event in open { li { (line(event)) } }
                }
                p { a href="/events?open=true" { "All open risk events" } }
            }
        }
    }
}

fn line(event: &RiskEvent) -> Markup {
    html! {
        a.row href=(format!("/events/{}", event.id)) {
            (badge::level(event.level)) " "
            strong { (event.risk_type.title()) } " "
            @if let Some(key) = &event.access_key_id { code { (key.short()) } }
            @else { code { (event.subject) } }
            @if let Some(account) = &event.account { " of " (account) }
        }
        p.quiet {
            @if let Some(at) = event.last_used_at {
                (amount::counted(event.uses, "request", "requests")) " since the leak, last "
                (moment::ago(at))
            } @else { "not used since the leak; found " (moment::ago(event.first_detected_at)) }
            " · " (badge::work(event.work_state)) " · key " (badge::key(event.key_state.status))
        }
    }
}

/// Every risk type with its open events by level; each number leads to its rows.
fn risk_types(overview: &Overview) -> Markup {
    let cell = |kind: RiskType, level: Level| {
        let count = open_count(&overview.counts, kind, level);
        let rows = address::with(
            "/events",
            &[("risk_type", kind.as_str()), ("level", level.as_str()), ("open", "true")],
        );
        html! { td.number { @if count == 0 { "0" } @else { a href=(rows) { (amount::count(count)) } } } }
    };
    html! {
        section data-part="risk-types" aria-labelledby="risk-types" {
            h2 #risk-types { "Risk type" }
            div.scroll { table {
                thead { tr {
                    th scope="col" { "Open events" }
                    @for level in Level::ALL.iter().rev() { th.number scope="col" { (level.title()) } }
                } }
                tbody {
                    @for kind in RiskType::ALL { tr {
                        th scope="row" {
                            a href=(address::with("/events", &[("risk_type", kind.as_str())])) {
                                (kind.title())
                            }
                            @if overview.disabled.contains(&kind) {
                                " " a.quiet href="/policy" { "disabled: raises no alerts" }
                            }
                        }
                        @for level in Level::ALL.into_iter().rev() { (cell(kind, level)) }
                    } }
                }
            } }
        }
    }
}

fn open_count(counts: &[RiskCount], kind: RiskType, level: Level) -> u64 {
    counts
        .iter()
        .filter(|c| c.risk_type == kind && c.level == level && !WorkState::is_closed(c.work_state))
        .map(|c| c.count)
        .sum()
}

/// How many keys leaked by each source, and how many of them nobody handled.
fn leaks(overview: &Overview) -> Markup {
    let of = |source: IntelligenceSource| overview.leaks.iter().find(|leak| leak.source == source);
    html! {
        section data-part="leaks" aria-labelledby="leaks" {
            h2 #leaks { "Leaks by source" }
            div.scroll { table {
                thead { tr {
                    th scope="col" { "Source" }
                    th.number scope="col" { "All" }
                    th.number scope="col" { "Unhandled" }
                } }
                tbody {
                    @for source in IntelligenceSource::ALL {
                        @let (all, unhandled) = of(source).map_or((0, 0), |l| (l.all, l.unhandled));
                        tr {
                            th scope="row" { (source.title()) }
                            td.number { (amount::count(all)) }
                            td.number { (amount::count(unhandled)) }
                        }
                    }
                }
            } }
        }
    }
}

/// Storage authorization statistics, with the way to authorize more.
fn authorization(statistics: &[AssetStatistics]) -> Markup {
    html! {
        section data-part="authorization" aria-labelledby="authorization" {
            div.head {
                h2 #authorization { "Storage Authorization Statistics" }
                a.button.main href="/assets?authorization=not_authorized" { "Authorize" }
            }
            @if statistics.is_empty() {
                (state::empty("No cloud account is connected.", &html! {
                    p { a.button href="/assets/connect" { "Connect an account" } }
                }))
            } @else {
                div.scroll { table {
                    thead { tr {
                        th scope="col" { "Provider" }
                        th.number scope="col" { "Authorized" }
                        th.number scope="col" { "Not authorized" }
                        th.number scope="col" { "Failed" }
                        th.number scope="col" { "Protected" }
                    } }
                    tbody {
                        @for row in statistics { tr {
                            th scope="row" { (row.provider.title()) }
                            (buckets(row.authorized, "authorized"))
                            (buckets(row.not_authorized, "not_authorized"))
                            (buckets(row.failed, "failed"))
                            td.number { (amount::bytes(row.bytes_authorized)) }
                        } }
                    }
                } }
            }
        }
    }
}

fn buckets(count: u64, word: &str) -> Markup {
    html! {
        td.number {
            a href=(address::with("/assets", &[("authorization", word)])) { (amount::count(count)) }
        }
    }
}

/// Authorized buckets whose access nobody sees.
fn unwatched(overview: &Overview) -> Markup {
    let unwatched = &overview.unwatched;
    let authorized: u64 = overview.assets.iter().map(|one| one.authorized).sum();
    html! {
        section data-part="unwatched" aria-labelledby="unwatched" {
            h2 #unwatched { "Not watched" }
            @if unwatched.is_empty() {
                p.quiet { "The access log of every authorized bucket is read." }
            } @else {
                p {
                    (unwatched.len()) " of " (amount::counted(authorized, "bucket", "buckets"))
                    " are not watched, or not wholly."
                }
                ul.rows {
                    @for one in unwatched { li {
                        a href=(format!("/assets/{}", one.asset.id)) { code { (one.asset.bucket) } }
                        p.quiet { (one.why) }
                    } }
                }
            }
        }
    }
}

/// Messages that have not left yet.
fn messages(waiting: u64) -> Markup {
    html! {
        section data-part="messages" aria-labelledby="messages" {
            h2 #messages { "Messages" }
            @if waiting == 0 {
                p.quiet { "Every message was delivered." }
            } @else {
                p {
                    (badge::toned(badge::Tone::Medium,
                        &format!("{} not delivered yet", amount::counted(waiting, "message", "messages"))))
                    " " a href="/alerts" { "Delivery log" }
                }
            }
        }
    }
}
