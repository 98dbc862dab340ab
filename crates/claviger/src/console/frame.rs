//! What stands around every page: the rail with the rooms, the path to the page, the title that answers
//! its question, and what is wrong with the installation right now.

use claviger_service::{Condition, Gravity};
use maud::{DOCTYPE, Markup, html};

use super::{Person, part::moment, static_file};

/// The rooms of the console, in the order of the rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// What needs somebody now.
    Overview,
    /// What a person handles.
    RiskEvents,
    /// Connections and buckets.
    Assets,
    /// Tasks, and what was found in objects.
    Identification,
    /// Keys known to be leaked from elsewhere.
    Intelligence,
    /// What counts as a risk.
    Policy,
    /// Who is told.
    Alerts,
    /// What counts no more.
    Allowlist,
    /// Who did what.
    Audit,
    /// People and the installation.
    Settings,
}

impl Room {
    const ALL: [Self; 10] = [
        Self::Overview,
        Self::RiskEvents,
        Self::Assets,
        Self::Identification,
        Self::Intelligence,
        Self::Policy,
        Self::Alerts,
        Self::Allowlist,
        Self::Audit,
        Self::Settings,
    ];

    /// Its name on the rail.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::RiskEvents => "Risk events",
            Self::Assets => "Assets",
            Self::Identification => "Identification",
            Self::Intelligence => "Intelligence",
            Self::Policy => "Policy",
            Self::Alerts => "Alerts",
            Self::Allowlist => "Allowlist",
            Self::Audit => "Audit",
            Self::Settings => "Settings",
        }
    }

    /// Its address.
    pub(crate) fn address(self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::RiskEvents => "/events",
            Self::Assets => "/assets",
            Self::Identification => "/identification",
            Self::Intelligence => "/intelligence",
            Self::Policy => "/policy",
            Self::Alerts => "/alerts",
            Self::Allowlist => "/allowlist",
            Self::Audit => "/audit",
            Self::Settings => "/settings",
        }
    }
}

/// One page's place in the console.
pub(crate) struct Frame<'a> {
    /// The room it is in.
    pub(crate) room: Room,
    /// Its name on the path below the room; `None` for the room's own page.
    pub(crate) place: Option<&'a str>,
    /// The answer to the page's question.
    pub(crate) title: &'a str,
    /// Subjects of changes that make the page look again, as `/api/v1/live` names them; empty for a
    /// page that stands still.
    pub(crate) live: &'a [&'a str],
}

impl Frame<'_> {
    /// The whole page. What may change while it is looked at stands in elements with a `data-part`
    /// of their own; the script replaces those whose content changed.
    pub(crate) fn around(&self, person: &Person, body: &Markup) -> Markup {
        let content = html! {
            a.skip href="#main" { "Skip to the page" }
            (rail(self.room, person))
            main #main data-live=(self.live.join(" ")) tabindex="-1" {
                (banner(&person.conditions))
                @if let Some(place) = self.place {
                    nav.crumbs aria-label="Path" {
                        a href=(self.room.address()) { (self.room.title()) }
                        span aria-hidden="true" { " / " }
                        span aria-current="page" { (place) }
                    }
                }
                h1 data-part="title" { (self.title) }
                (body)
            }
        };
        bare(&format!("{} · {}", self.title, self.room.title()), &content)
    }
}

/// A page without rooms: signing in, and errors.
pub(super) fn bare(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Claviger" }
                link rel="icon" href=(static_file::address("mark.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(static_file::address("console.css"));
                script src=(static_file::address("console.js")) defer {}
            }
            body { (body) }
        }
    }
}

fn rail(current: Room, person: &Person) -> Markup {
    html! {
        header.rail {
            a.brand href="/" {
                img src=(static_file::address("mark.svg")) alt="" width="24" height="24";
                "Claviger"
            }
            details.rooms open {
                summary { "Rooms" }
                nav aria-label="Rooms" {
                    @for room in Room::ALL {
                        a href=(room.address())
                            aria-current=[(room == current).then_some("page")] { (room.title()) }
                    }
                }
            }
            div.person {
                p { (person.actor.name) " " span.quiet { (person.actor.role.as_str()) } }
                div.switches {
                    button.plain type="button" data-switch="theme" hidden { "Theme: system" }
                    button.plain type="button" data-switch="zone" hidden { "Times: UTC" }
                }
                form method="post" action="/sign-out" { button.plain { "Sign out" } }
            }
        }
    }
}

/// What is wrong with the installation, on every page until it is mended.
fn banner(conditions: &[Condition]) -> Markup {
    html! {
        div data-part="conditions" {
            @for condition in conditions {
                @let is_warning = condition.gravity == Gravity::Warning;
                div.notice.bad[!is_warning].warn[is_warning]
                    role=(if is_warning { "status" } else { "alert" }) {
                    p { strong { (condition.message) } " since " (moment::ago(condition.since)) }
                    @if let Some(hint) = &condition.hint { p { (hint) } }
                }
            }
        }
    }
}
