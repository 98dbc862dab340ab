//! Where in source code a secret stands: file, author, repository and commit, each with the way to it.

use claviger_model::{CodePlace, Evidence};
use maud::{Markup, html};

use super::evidence::{link_to, web};
use crate::console::part::name;

/// Digits of a commit's name that are shown.
const COMMIT_DIGITS: usize = 12;

/// The cells of the columns File Name, Username and Repository Name.
pub(super) fn cells(found: &Evidence, code: &CodePlace) -> Markup {
    let file = code.file.as_deref().unwrap_or("the message of the commit");
    let short = &code.commit[..code.commit.len().min(COMMIT_DIGITS)];
    html! {
        th.name scope="row" {
            (linked(web(found), file))
            @for inner in &found.location.path { div.quiet { "› " (name::object(inner)) } }
            div.quiet {
                "line " (found.location.line) " in commit "
                (linked(code.commit_link().as_deref(), short))
            }
        }
        td.name { (linked(code.author_link().as_deref(), &code.author)) }
        td.name { (linked(code.home().as_deref(), &code.repository)) }
    }
}

fn linked(link: Option<&str>, words: &str) -> Markup {
    match link {
        Some(link) => link_to(link, words),
        None => name::object(words),
    }
}
