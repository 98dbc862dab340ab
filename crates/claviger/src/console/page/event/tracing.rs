//! Threat tracing: sources → key → buckets → groups of objects, as a picture that the server draws, and as
//! the same in words. What flows is worked out here; how it is drawn stands in `picture`.

mod picture;

use std::collections::BTreeMap;

use claviger_model::{BucketUsage, KeyUsage, Sensitivity, SourceUsage};
use claviger_service::EventDetails;
use maud::{Markup, html};
use serde::Deserialize;

use crate::console::part::badge::{self, Tone, toned};
use crate::console::part::{amount, name};

/// Most nodes of a column; what is left out is counted below.
const NODES_MAX: usize = 12;

/// What the width of a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum By {
    /// How often.
    #[default]
    Requests,
    /// How much; what was refused weighs nothing.
    Bytes,
}

/// Requests with their answers.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    allowed: u64,
    denied: u64,
    bytes_out: u64,
}

impl Weight {
    fn add(&mut self, other: Self) {
        self.allowed += other.allowed;
        self.denied += other.denied;
        self.bytes_out = self.bytes_out.saturating_add(other.bytes_out);
    }

    /// `3 carried out, 2 refused, 1.2 KiB`.
    fn words(self) -> String {
        let refused = match self.denied {
            0 => String::new(),
            denied => format!(", {} refused", amount::count(denied)),
        };
        let allowed = amount::count(self.allowed);
        format!("{allowed} carried out{refused}, {} read", amount::bytes(self.bytes_out))
    }
}

/// Objects of one bucket in one folder.
struct Group<'a> {
    /// The bucket's place in its column.
    bucket: usize,
    folder: &'a str,
    objects: u64,
    sensitivity: Sensitivity,
    weight: Weight,
}

/// What is drawn and told: the busiest of each column.
struct Path<'a> {
    key: String,
    sources: Vec<(&'a SourceUsage, Weight)>,
    buckets: Vec<(&'a BucketUsage, Weight)>,
    groups: Vec<Group<'a>>,
    /// Nodes of a column that are not among these.
    left_out: usize,
}

/// The picture and the words.
pub(super) fn section(details: &EventDetails, by: By) -> Markup {
    let usage = &details.usage;
    html! {
        section data-part="tracing" data-calm aria-labelledby="tracing" {
            h2 #tracing { "Threat tracing" }
            @if usage.sources.is_empty() {
                p.quiet { "There is nothing to trace: no request with this key is on record." }
            } @else {
                @let path = path(details);
                (switch(by))
                div.scroll tabindex="0" role="region" aria-label="Picture of the access path" {
                    (picture::drawn(&path, by))
                }
                p.quiet {
                    "A dashed line was refused; red is a source never seen before the leak, green one that "
                    "was. Sources stand with their whole past, buckets and folders with what happened since "
                    "the leak."
                }
                (words(&path))
                @if path.left_out > 0 {
                    p.quiet { (amount::count(path.left_out as u64))
                        " more addresses, buckets and folders are among the tables above." }
                }
            }
        }
    }
}

/// What the width tells, and the way to the other.
fn switch(by: By) -> Markup {
    let choice = |this: By, address: &str, words: &str| {
        html! { a href=(address) aria-current=[(by == this).then_some("true")] { (words) } }
    };
    html! {
        p.switch { "Width of a line: "
            (choice(By::Requests, "?by=requests#tracing", "requests")) " "
            (choice(By::Bytes, "?by=bytes#tracing", "bytes"))
        }
    }
}

fn path(details: &EventDetails) -> Path<'_> {
    let usage: &KeyUsage = &details.usage;
    let event = &details.event;
    let key = event.access_key_id.as_ref().map_or_else(|| event.subject.clone(), |key| key.short());
    let sources = usage.sources.iter().take(NODES_MAX).map(|one| {
        let SourceUsage { allowed, denied, bytes_out, .. } = *one;
        (one, Weight { allowed, denied, bytes_out })
    });
    let buckets = usage.buckets.iter().take(NODES_MAX).map(|one| {
        let BucketUsage { allowed, denied, bytes_out, .. } = *one;
        (one, Weight { allowed, denied, bytes_out })
    });
    let mut groups: Vec<Group<'_>> =
        usage.buckets.iter().take(NODES_MAX).enumerate().flat_map(folders).collect();
    let all = usage.sources.len() + usage.buckets.len() + groups.len();
    groups.sort_by_key(|group| {
        let Weight { allowed, denied, bytes_out } = group.weight;
        std::cmp::Reverse((group.sensitivity, bytes_out, allowed + denied))
    });
    groups.truncate(NODES_MAX);
    // Lines of neighbours do not cross.
    groups.sort_by_key(|group| group.bucket);
    let mut path =
        Path { key, sources: sources.collect(), buckets: buckets.collect(), groups, left_out: 0 };
    path.left_out = all - path.sources.len() - path.buckets.len() - path.groups.len();
    path
}

/// The objects of a bucket that were asked for, by the folder they lie in.
fn folders((bucket, usage): (usize, &BucketUsage)) -> Vec<Group<'_>> {
    let mut folders = BTreeMap::<&str, Group<'_>>::new();
    for object in &usage.objects {
        let folder = object.object.rfind('/').map_or("", |end| &object.object[..=end]);
        let group = folders.entry(folder).or_insert(Group {
            bucket,
            folder,
            objects: 0,
            sensitivity: Sensitivity::default(),
            weight: Weight::default(),
        });
        group.objects += 1;
        group.sensitivity = group.sensitivity.max(object.sensitivity);
        let (allowed, denied, bytes_out) = (object.allowed, object.denied, object.bytes_out);
        group.weight.add(Weight { allowed, denied, bytes_out });
    }
    folders.into_values().collect()
}

/// The same in words.
fn words(path: &Path<'_>) -> Markup {
    html! {
        div.split {
            div {
                h3 { "From" }
                ul.rows { @for (source, weight) in &path.sources { li {
                    code { (source.source_ip) } " "
                    @if source.before_leak { (toned(Tone::Fine, "known before the leak")) }
                    @else { (toned(Tone::High, "never seen before the leak")) }
                    p.quiet { (weight.words()) }
                } } }
            }
            div {
                h3 { "To" }
                ul.rows { @for (number, (bucket, weight)) in path.buckets.iter().enumerate() { li {
                    strong { (bucket.bucket) } " " (badge::sensitivity(bucket.sensitivity))
                    p.quiet { (weight.words()) }
                    @for group in path.groups.iter().filter(|group| group.bucket == number) {
                        p.quiet {
                            "› " (folder(group)) " " (badge::sensitivity(group.sensitivity)) " "
                            (amount::counted(group.objects, "object", "objects")) ", "
                            (group.weight.words())
                        }
                    }
                } } }
            }
        }
    }
}

fn folder(group: &Group<'_>) -> Markup {
    if group.folder.is_empty() {
        html! { "at the top" }
    } else {
        name::object(group.folder)
    }
}
