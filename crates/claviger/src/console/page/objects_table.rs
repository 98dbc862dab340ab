//! The table of a bucket's objects with what was found in each: kinds of data, counts, and one masked
//! value of each kind.

use claviger_model::Availability;
use claviger_store::objects::{DataCount, ObjectRow, ObjectState};
use maud::{Markup, html};

use crate::console::part::badge::{Tone, sensitivity, toned};
use crate::console::part::{acl, amount, moment, name};

/// The template whose words name the kinds of data: the one that every identification uses.
const TEMPLATE: &str = "internet_industry";

/// The table.
pub(super) fn table(objects: &[ObjectRow]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th scope="col" { "Object" }
                th scope="col" { "Sensitivity" }
                th.number scope="col" { "Keys" }
                th scope="col" { "Data found" }
                th scope="col" { "ACL" }
                th.number scope="col" { "Size" }
                th scope="col" { "State" }
            } }
            tbody { @for object in objects { (row(object)) } }
        } }
    }
}

fn row(object: &ObjectRow) -> Markup {
    html! {
        tr {
            th.name scope="row" { (name::object(&object.name)) }
            td { (sensitivity(object.sensitivity)) }
            td.number {
                @if object.keys > 0 { strong { (amount::count(object.keys)) } } @else { "0" }
            }
            td.found { (found(&object.data)) }
            td { (acl::shown(object.acl)) }
            td.number {
                (amount::bytes(object.bytes))
                @if let Some(class) = &object.storage_class { p.quiet { (class) } }
            }
            td.state {
                (state(object))
                @if let Some(at) = object.scanned_at { p.quiet { (moment::ago(at)) } }
                @if let Some(why) = &object.why { p.quiet { (why) } }
            }
        }
    }
}

fn found(data: &[DataCount]) -> Markup {
    let template = claviger_scan::template(TEMPLATE);
    html! {
        @if data.is_empty() { span.quiet { "nothing" } }
        ul.plain { @for one in data { li {
            (template.map_or(one.data_type.as_str(), |t| t.data_type_title(&one.data_type)))
            " " span.quiet { (one.sensitivity.as_str()) " × " (amount::count(one.count)) }
            @if !one.sample.is_empty() { " " code { (one.sample) } }
        } } }
    }
}

/// How far its scan is; a reason on a scanned object says what of it was left out.
fn state(object: &ObjectRow) -> Markup {
    match (object.state, object.why.is_some()) {
        (ObjectState::Pending, _) => toned(Tone::Low, "To be scanned"),
        (ObjectState::Scanned, false) => toned(Tone::Fine, "Scanned"),
        (ObjectState::Scanned, true) => toned(Tone::Medium, "Scanned in part"),
        (ObjectState::Unreadable, _) if object.availability == Availability::Archived => {
            toned(Tone::Medium, "Archived")
        }
        (ObjectState::Unreadable, _) if object.availability == Availability::Restoring => {
            toned(Tone::Low, "Being restored")
        }
        (ObjectState::Unreadable, _) => toned(Tone::Medium, "Unreadable"),
        (ObjectState::Deleted, _) => toned(Tone::Unknown, "Deleted"),
    }
}
