//! What stood in the way of an act, told at the form it was sent with; nothing that was entered is lost.

use maud::{Markup, html};

use crate::api::Problem;
use crate::console::part::entered::Entered;

/// The forms of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// The work on the event.
    Work,
    /// Plans.
    StopIt,
    /// One piece of evidence, by its id.
    Evidence(String),
    /// Comments.
    Comment,
}

impl Place {
    /// Where on the page it stands.
    pub(super) fn anchor(&self) -> &'static str {
        match self {
            Self::Work => "",
            Self::StopIt => "#stop-it",
            Self::Evidence(_) => "#evidence",
            Self::Comment => "#comments",
        }
    }
}

/// An act that was not done.
pub(super) struct Trouble {
    pub(super) place: Place,
    pub(super) problem: Problem,
    pub(super) entered: Entered,
}

/// What is to be told at a form: it takes the focus, so that the page opens there.
pub(super) fn told(trouble: Option<&Trouble>, place: &Place) -> Markup {
    html! {
        @if let Some(trouble) = trouble.filter(|trouble| trouble.place == *place) {
            div.notice.bad role="alert" tabindex="-1" autofocus {
                p { strong { (trouble.problem.title()) } }
                @if let Some(hint) = trouble.problem.way_out() { p { (hint) } }
            }
        }
    }
}

/// What was entered in a field of the form; empty where the form was not sent.
pub(super) fn entered<'t>(trouble: Option<&'t Trouble>, place: &Place, field: &str) -> &'t str {
    trouble
        .filter(|trouble| trouble.place == *place)
        .map_or("", |trouble| trouble.entered.text(field))
}
