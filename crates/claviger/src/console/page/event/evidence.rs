//! Where the key was seen, by source: what stands there, since when it can be read, what became of it.

use claviger_model::{Evidence, EvidenceState, IntelligenceSource};
use claviger_service::Act;
use claviger_store::objects::ObjectRow;
use maud::{Markup, html};

use crate::console::Person;
use crate::console::part::{amount, badge, moment, name, role};

/// Evidence and what is known of its file.
type Found<'a> = (&'a Evidence, Option<&'a ObjectRow>);

/// A table a source.
pub(super) fn section(
    person: &Person,
    evidence: &[Evidence],
    files: &[Option<ObjectRow>],
) -> Markup {
    let refused = role::missing(&person.actor, Act::SetAllowlist);
    let all: Vec<Found<'_>> = evidence.iter().zip(files.iter().map(Option::as_ref)).collect();
    html! {
        section data-part="evidence" aria-labelledby="evidence" {
            h2 #evidence { "AccessKey leak details" }
            @if all.is_empty() { p.quiet { "No place is known where the key can be read." } }
            @for source in IntelligenceSource::ALL {
                @let of_source: Vec<Found<'_>> =
                    all.iter().copied().filter(|(found, _)| found.source == source).collect();
                @if !of_source.is_empty() {
                    h3 { (source.title()) " · "
                        (amount::counted(of_source.len() as u64, "place", "places")) }
                    (table(source, &of_source, refused.as_deref()))
                }
            }
        }
    }
}

fn table(source: IntelligenceSource, all: &[Found<'_>], refused: Option<&str>) -> Markup {
    let stored = matches!(
        source,
        IntelligenceSource::PublicPlaintextStorage | IntelligenceSource::PrivatePlaintextStorage
    );
    html! {
        div.scroll tabindex="0" role="region" aria-label=(source.title()) { table {
            thead { tr {
                @if stored {
                    th scope="col" { "File" } th scope="col" { "Bucket" } th scope="col" { "File ACL" }
                    th scope="col" { "Place" }
                } @else {
                    th scope="col" { "Entry" } th scope="col" { "Said with it" }
                }
                th scope="col" { "Secret" }
                th scope="col" { "Readable since" }
                th scope="col" { "Found" }
                th scope="col" { "State" }
                th scope="col" { "Actions" }
            } }
            tbody { @for (found, file) in all { (row(found, *file, stored, refused)) } }
        } }
    }
}

fn row(found: &Evidence, file: Option<&ObjectRow>, stored: bool, refused: Option<&str>) -> Markup {
    html! {
        tr {
            @if stored { (file_cells(found, file)) } @else { (entry_cells(found)) }
            td { code { (found.masked.as_deref().unwrap_or("id alone")) } }
            td { (moment::exact_or_dash(found.readable_since)) }
            td { (moment::exact(found.found_at)) }
            td { (badge::evidence(found.state)) }
            td { (allow(found, refused)) }
        }
    }
}

fn file_cells(found: &Evidence, file: Option<&ObjectRow>) -> Markup {
    let acl = file.and_then(|file| file.acl).map(|acl| acl.as_str());
    html! {
        th.name scope="row" {
            (name::object(found.object.as_deref().unwrap_or(&found.location.uri)))
            @for inner in &found.location.path { div.quiet { "› " (name::object(inner)) } }
        }
        td {
            @match (&found.asset_id, &found.bucket) {
                (Some(asset), Some(bucket)) => a href=(format!("/assets/{asset}")) { (bucket) },
                (None, Some(bucket)) => (bucket),
                _ => "–",
            }
        }
        td { (acl.unwrap_or("not read")) }
        td { "line " (found.location.line) ", column " (found.location.column) }
    }
}

fn entry_cells(found: &Evidence) -> Markup {
    let web = found
        .link
        .as_deref()
        .filter(|link| link.starts_with("https://") || link.starts_with("http://"));
    html! {
        th.name scope="row" {
            @match web {
                Some(link) => a href=(link) rel="noopener noreferrer" { (found.location.uri) },
                None => (name::object(&found.location.uri)),
            }
        }
        td { @for words in &found.why { div { (words) } } }
    }
}

/// The form that puts the place on the allowlist.
fn allow(found: &Evidence, refused: Option<&str>) -> Markup {
    if found.state == EvidenceState::AddedToWhitelist {
        return html! { a href="/allowlist" { "On the allowlist" } };
    }
    let action = format!("/events/{}/evidence/{}/allowlist", found.risk_event_id, found.id);
    html! {
        details id=(format!("allow-{}", found.id)) {
            summary { "Add to Whitelist" }
            form.column method="post" action=(action) {
                label { "Reason"
                    input type="text" name="reason" autocomplete="off" required;
                }
                p.effect { "This place counts no more; the same key elsewhere still does." }
                button disabled[refused.is_some()] title=[refused] { "Add to Whitelist" }
            }
        }
    }
}
