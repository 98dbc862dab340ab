//! What was done with the key since the leak: buckets by sensitivity, their files, and the addresses it came
//! from.

use claviger_model::{BucketUsage, ObjectUsage, SourceUsage};
use claviger_service::EventDetails;
use claviger_watch::{Place, Places};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::console::part::badge::{self, Tone, toned};
use crate::console::part::{acl, address, amount, moment, name, state};

/// Files of one bucket that are shown; the rest is in the API's answer.
const FILES_MAX: usize = 200;

/// Buckets, files and sources.
pub(super) fn section(
    details: &EventDetails,
    leaked_at: Option<Timestamp>,
    places: &Places,
) -> Markup {
    let usage = &details.usage;
    html! {
        section data-part="access" data-calm aria-labelledby="access" {
            h2 #access { "AccessKey bucket access details" }
            @if usage.buckets.is_empty() {
                (state::empty("No request with this key is on record.", &html! {
                    p { a href="/" { "See which buckets are not watched" } }
                }))
            } @else if let Some(at) = leaked_at {
                p.quiet { "Requests since " (moment::exact(at)) ", the most sensitive bucket first." }
            }
            @if usage.partial {
                (state::partial("The history holds more than was read: these numbers are the least."))
            }
            @if !details.days_not_kept.is_empty() {
                (state::partial(&format!(
                    "The history dropped {}: what was done then may be missing in these numbers.",
                    amount::days(&details.days_not_kept)
                )))
            }
            @for (number, bucket) in usage.buckets.iter().enumerate() { (of_bucket(number, bucket)) }
            @if !usage.sources.is_empty() {
                h3 { "Sources" }
                p.quiet { "Each with its whole past, before the leak too." }
                (sources(&usage.sources, places))
                (origin(places))
            }
        }
    }
}

fn of_bucket(number: usize, bucket: &BucketUsage) -> Markup {
    let rows = address::with("/assets", &[("search", &*bucket.bucket)]);
    html! {
        div.bucket {
            h3 { a href=(rows) { (bucket.bucket) } " " (badge::sensitivity(bucket.sensitivity)) }
            p {
                (amount::counted(bucket.allowed, "request", "requests")) " carried out, "
                (amount::count(bucket.denied)) " refused · " (amount::bytes(bucket.bytes_out))
                " read · " (moment::exact(bucket.first_at)) " to " (moment::exact(bucket.last_at))
                " · " a href="#tracing" { "Threat Tracing" }
            }
            details id=(format!("files-{number}")) open[number == 0] {
                summary { "Files: " (amount::count(bucket.objects.len() as u64)) }
                (files(&bucket.bucket, &bucket.objects))
                @if bucket.objects.len() > FILES_MAX {
                    p.quiet { "The " (FILES_MAX) " most sensitive are shown; the API has all." }
                }
            }
        }
    }
}

fn files(bucket: &str, objects: &[ObjectUsage]) -> Markup {
    let label = format!("Files of {bucket}");
    html! {
        div.scroll tabindex="0" role="region" aria-label=(label) { table {
            thead { tr {
                th scope="col" { "File" }
                th scope="col" { "Sensitivity" }
                th scope="col" { "File ACL" }
                th scope="col" { "Operations" }
                th.number scope="col" { "Carried out" }
                th.number scope="col" { "Refused" }
                th.number scope="col" { "Read" }
                th scope="col" { "First" }
                th scope="col" { "Last" }
            } }
            tbody { @for object in objects.iter().take(FILES_MAX) { tr {
                th.name scope="row" { (name::object(&object.object)) }
                td { (badge::sensitivity(object.sensitivity)) }
                td { (acl::shown(object.acl.as_deref().and_then(|acl| acl.parse().ok()))) }
                td.calls { @for (operation, count) in &object.operations {
                    div { (operation) " × " (amount::count(*count)) } } }
                td.number { (amount::count(object.allowed)) }
                td.number { (amount::count(object.denied)) }
                td.number { (amount::bytes(object.bytes_out)) }
                td { (moment::exact(object.first_at)) }
                td { (moment::exact(object.last_at)) }
            } } }
        } }
    }
}

fn sources(sources: &[SourceUsage], places: &Places) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Sources" { table {
            thead { tr {
                th scope="col" { "Address" }
                th scope="col" { "Before the leak" }
                th scope="col" { "Clients" }
                th.number scope="col" { "Carried out" }
                th.number scope="col" { "Refused" }
                th.number scope="col" { "Read" }
                th scope="col" { "First" }
                th scope="col" { "Last" }
            } }
            tbody { @for source in sources { tr {
                th.address scope="row" { code { (source.source_ip) }
                    @let place = places.of_source(&source.source_ip);
                    @if place != Place::default() { div.quiet { (place) } } }
                td { @if source.before_leak { (toned(Tone::Fine, "known")) }
                    @else { (toned(Tone::High, "never seen")) } }
                td.agents { @for agent in &source.user_agents { div { (name::object(agent)) } } }
                td.number { (amount::count(source.allowed)) }
                td.number { (amount::count(source.denied)) }
                td.number { (amount::bytes(source.bytes_out)) }
                td { (moment::exact(source.first_at)) }
                td { (moment::exact(source.last_at)) }
            } } }
        } }
    }
}

/// Where the networks and countries are from: their licences ask for it.
fn origin(places: &Places) -> Markup {
    let is_of_db_ip = |licence: &String| licence.contains("DBIP");
    let links = places.sources().iter().any(|one| one.licence.as_ref().is_some_and(is_of_db_ip));
    let dates = places.sources().iter().filter_map(|source| source.date);
    html! {
        @if places.is_empty() {
            p.quiet { "Networks and countries are not known: " code { "claviger places" } " says how." }
        } @else {
            p.quiet {
                "Networks and countries as of " (dates.min().map(|day| day.to_string()).unwrap_or_default())
                " or later, by the tables that " code { "claviger places" } " names"
                @if links { ", with " a href="https://db-ip.com" { "IP Geolocation by DB-IP" } }
                "."
            }
        }
    }
}
