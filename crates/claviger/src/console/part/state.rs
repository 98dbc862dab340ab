//! What a page shows when there is nothing to show, or not all.

use maud::{Markup, html};

/// Nothing yet: why, and the next step as the caller gives it.
pub(in crate::console) fn empty(words: &str, next: &Markup) -> Markup {
    html! {
        div.empty { p { (words) } (next) }
    }
}

/// Something is missing: what, and why.
pub(in crate::console) fn partial(words: &str) -> Markup {
    html! {
        div.notice.warn role="status" { p { (words) } }
    }
}

/// A link to the next rows, where there are more.
pub(in crate::console) fn more(address: Option<&str>) -> Markup {
    html! {
        @if let Some(address) = address {
            nav.pager aria-label="More rows" { a.button href=(address) { "Next rows" } }
        }
    }
}
