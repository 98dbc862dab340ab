//! Key ids: shortened for the eye, copied whole. Secrets never come here.

use claviger_model::AccessKeyId;
use maud::{Markup, html};

/// A key id with a button that copies the whole of it.
pub(in crate::console) fn id(key: &AccessKeyId) -> Markup {
    html! {
        span.key {
            code title=(key.as_str()) { (key.short()) }
            (copy(key.as_str(), "Copy the whole id"))
        }
    }
}

/// A button that copies a text; hidden where scripts do not run.
pub(in crate::console) fn copy(text: &str, label: &str) -> Markup {
    html! {
        button.copy type="button" data-copy=(text) aria-label=(label) title=(label) hidden {
            svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" fill="none"
                stroke="currentColor" {
                rect x="5.5" y="5.5" width="8" height="8" rx="1" {}
                path d="M3.5 10.5h-1v-8h8v1" {}
            }
        }
    }
}
