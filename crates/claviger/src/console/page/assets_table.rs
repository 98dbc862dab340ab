//! The table of buckets on the page of Asset Authorization: one form, so that the ticked rows are
//! authorized together and a row's own button takes that row alone.

use std::collections::BTreeMap;

use claviger_model::{Asset, AssetId, Authorization};
use claviger_service::{Act, Actor, TaskView};
use maud::{Markup, html};

use super::assets_asked::Which;
use crate::console::part::badge::{Tone, sensitivity, toned};
use crate::console::part::{acl, amount, progress, role};

/// Columns of the table.
const COLUMNS: usize = 9;

/// The form with its table.
pub(super) fn form(
    which: &Which,
    assets: &[Asset],
    running: &BTreeMap<AssetId, TaskView>,
    actor: &Actor,
) -> Markup {
    let missing = role::missing(actor, Act::Authorize);
    let missing = missing.as_deref();
    html! {
        form method="post" action="/assets/authorize" {
            (which.fields())
            (bulk(which.tab(), missing))
            div.scroll { table {
                thead { tr {
                    th scope="col" {
                        input type="checkbox" data-check-all="ids" disabled[missing.is_some()]
                            aria-label="Tick every bucket shown";
                    }
                    th scope="col" { "Bucket" }
                    th scope="col" { "State" }
                    th scope="col" { "Sensitivity" }
                    th scope="col" { "ACL" }
                    th scope="col" { "Access log" }
                    th.number scope="col" { "Objects" }
                    th.number scope="col" { "Size" }
                    th.act scope="col" { "Actions" }
                } }
                tbody { @for asset in assets { (row(asset, running.get(&asset.id), missing)) } }
            } }
        }
    }
}

/// What can be done to the ticked rows of a tab.
fn bulk(tab: Option<Authorization>, missing: Option<&str>) -> Markup {
    html! {
        div.acts.bulk {
            @if tab != Some(Authorization::Authorized) {
                button disabled[missing.is_some()] title=[missing] { "Authorize the ticked" }
            }
            @if tab != Some(Authorization::NotAuthorized) {
                button formaction="/assets/deauthorize" disabled[missing.is_some()] title=[missing] {
                    "De-authorize the ticked"
                }
            }
            @if let Some(missing) = missing { span.quiet { (missing) "." } }
        }
    }
}

fn row(asset: &Asset, running: Option<&TaskView>, missing: Option<&str>) -> Markup {
    html! {
        tr {
            td {
                input type="checkbox" name="ids" value=(asset.id) disabled[missing.is_some()]
                    aria-label=(format!("Tick {}", asset.bucket));
            }
            th.bucket scope="row" {
                a href=(format!("/assets/{}", asset.id)) { code { (asset.bucket) } }
                p.quiet {
                    (asset.provider.title())
                    @if !asset.region.is_empty() { " · " (asset.region) }
                }
            }
            td.state { (state(asset, running)) }
            td { (sensitivity(asset.sensitivity)) }
            td.access {
                (acl::shown(asset.acl))
                @if let Some(blocked) = asset.public_access_blocked {
                    p.quiet { "public access " (if blocked { "blocked" } else { "not blocked" }) }
                }
            }
            td.target { (log_target(asset.log_target.as_deref())) }
            td.number { (known(asset.object_count, amount::count)) }
            td.number { (known(asset.bytes, amount::bytes)) }
            td.act { (button(asset, missing)) }
        }
        @if let Some(failure) = &asset.failure { tr.why {
            td {}
            td colspan=(COLUMNS - 1) {
                (failure) " "
                a href=(format!("/connections/{}", asset.connection_id)) { "See the connection" }
            }
        } }
    }
}

/// A row's own button; it takes its row, whatever is ticked.
fn button(asset: &Asset, missing: Option<&str>) -> Markup {
    let (address, word) = match asset.authorization {
        Authorization::NotAuthorized => ("/assets/authorize", "Authorization"),
        Authorization::Authorized => ("/assets/deauthorize", "De-authorize"),
        Authorization::Failed => ("/assets/authorize", "Authorize again"),
    };
    html! {
        button name="only" value=(asset.id) formaction=(address) disabled[missing.is_some()]
            title=[missing] aria-label=(format!("{word}: {}", asset.bucket)) { (word) }
    }
}

/// Whether a bucket is authorized, and how far its identification is.
fn state(asset: &Asset, running: Option<&TaskView>) -> Markup {
    let running = running.filter(|_| asset.authorization == Authorization::Authorized);
    html! {
        (authorization(asset.authorization))
        @if let Some(view) = running { (progress::bar(view)) }
    }
}

/// Whether Claviger may look into a bucket, as a word.
pub(super) fn authorization(state: Authorization) -> Markup {
    match state {
        Authorization::Authorized => toned(Tone::Fine, "Authorized"),
        Authorization::NotAuthorized => toned(Tone::Unknown, "Not authorized"),
        Authorization::Failed => toned(Tone::High, "Failed"),
    }
}

/// Where the access log goes; a bucket without one is not watched.
pub(super) fn log_target(target: Option<&str>) -> Markup {
    match target {
        Some(target) => html! { code { (target) } },
        None => toned(Tone::Medium, "no access log"),
    }
}

/// An amount, or a dash where nobody has counted.
pub(super) fn known(number: Option<u64>, shown: impl Fn(u64) -> String) -> Markup {
    match number {
        Some(number) => html! { (shown(number)) },
        None => html! { span title="not counted yet" { "–" } },
    }
}
