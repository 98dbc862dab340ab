//! Who may read a bucket or an object.

use claviger_model::Acl;
use maud::{Markup, html};

use super::badge::{Tone, toned};

/// An access control list; what anybody may read stands out, what could not be read is a dash.
pub(in crate::console) fn shown(acl: Option<Acl>) -> Markup {
    match acl {
        Some(acl @ (Acl::PublicRead | Acl::PublicReadWrite)) => toned(Tone::Medium, acl.as_str()),
        Some(acl) => html! { (acl.as_str()) },
        None => html! { span title="not read yet" { "–" } },
    }
}
