//! Threat tracing: sources → key → buckets, as a picture that the server draws, and as the same in words.
//! The width of a line says how many bytes or requests; a dashed line was refused.

use claviger_model::{BucketUsage, KeyUsage, SourceUsage};
use claviger_service::EventDetails;
use maud::{Markup, html};

use crate::console::part::badge::sensitivity;
use crate::console::part::{amount, name};

/// Most nodes of a column; the words below have all.
const NODES_MAX: usize = 12;

/// Height of one node with its gap.
const ROW: usize = 44;

/// Widest line.
const WIDTH_MAX: f64 = 14.0;

/// The picture and the words.
pub(super) fn section(details: &EventDetails) -> Markup {
    let usage = &details.usage;
    html! {
        section data-part="tracing" aria-labelledby="tracing" {
            h2 #tracing { "Threat tracing" }
            @if usage.sources.is_empty() {
                p.quiet { "There is nothing to trace: no request with this key is on record." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label="Picture of the access path" {
                    (picture(details))
                }
                p.quiet {
                    "A line's width is its share of the requests; a dashed line was refused; red is "
                    "a source never seen before the leak."
                }
                (words(usage))
            }
        }
    }
}

fn picture(details: &EventDetails) -> Markup {
    let usage = &details.usage;
    let sources = &usage.sources[..usage.sources.len().min(NODES_MAX)];
    let buckets = &usage.buckets[..usage.buckets.len().min(NODES_MAX)];
    let height = ROW * sources.len().max(buckets.len()).max(1);
    let middle = height / 2;
    let key = details
        .event
        .access_key_id
        .as_ref()
        .map_or_else(|| details.event.subject.chars().take(20).collect(), |key| key.short());
    let y = |index: usize, of: usize| middle + ROW * index + ROW / 2 - ROW * of / 2;
    let total = (usage.allowed + usage.denied).max(1);
    html! {
        svg.tracing viewBox=(format!("0 0 960 {height}")) width="960" height=(height) role="img"
            aria-label="Sources, the key, and the buckets it opened; the list below says the same" {
            @for (index, source) in sources.iter().enumerate() {
                @let at = y(index, sources.len());
                (line((250, at), (400, middle), source.allowed + source.denied, total,
                    source.allowed == 0, !source.before_leak))
                (node(10, at, &source.source_ip, &requests_of(source)))
            }
            @for (index, bucket) in buckets.iter().enumerate() {
                @let at = y(index, buckets.len());
                (line((560, middle), (700, at), bucket.allowed + bucket.denied, total,
                    bucket.allowed == 0, false))
                (node(710, at, &bucket.bucket, &objects_of(bucket)))
            }
            (node(410, middle, &key, &format!("{} requests", amount::count(total))))
        }
    }
}

/// A node: its name and a line below it.
fn node(x: usize, y: usize, title: &str, below: &str) -> Markup {
    let title: String = title.chars().take(30).collect();
    html! {
        text.title x=(x) y=(y.saturating_sub(2)) { (title) }
        text.below x=(x) y=(y + 14) { (below) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a width in a drawing")]
fn line(
    from: (usize, usize),
    to: (usize, usize),
    requests: u64,
    total: u64,
    refused: bool,
    stranger: bool,
) -> Markup {
    let width = (WIDTH_MAX * requests as f64 / total as f64).clamp(1.5, WIDTH_MAX);
    let bend = (from.0 + to.0) / 2;
    let path =
        format!("M{} {} C{bend} {} {bend} {} {} {}", from.0, from.1, from.1, to.1, to.0, to.1);
    html! {
        path class=(if stranger { "stranger" } else { "good" }) d=(path)
            stroke-width=(format!("{width:.1}")) stroke-dasharray=[refused.then_some("6 5")] {}
    }
}

fn requests_of(source: &SourceUsage) -> String {
    let known = if source.before_leak { "known" } else { "never seen before" };
    format!("{known} · {} in, {} refused", source.allowed, source.denied)
}

fn objects_of(bucket: &BucketUsage) -> String {
    format!(
        "{} · {} · {}",
        bucket.sensitivity,
        amount::counted(bucket.objects.len() as u64, "object", "objects"),
        amount::bytes(bucket.bytes_out)
    )
}

/// The same in words, objects grouped by the folder they lie in.
fn words(usage: &KeyUsage) -> Markup {
    html! {
        details #tracing-words { summary { "The same in words" }
            ul.rows {
                @for source in &usage.sources { li {
                    code { (source.source_ip) } ": " (requests_of(source)) ", "
                    (amount::bytes(source.bytes_out)) " read"
                } }
                @for bucket in &usage.buckets { li {
                    strong { (bucket.bucket) } " " (sensitivity(bucket.sensitivity)) ": "
                    @for (folder, count) in folders(bucket) {
                        span { (name::object(&folder)) " (" (amount::count(count)) ") " }
                    }
                } }
            }
        }
    }
}

/// How many objects were touched in each folder, busiest first.
fn folders(bucket: &BucketUsage) -> Vec<(String, u64)> {
    let mut counts = std::collections::BTreeMap::<String, u64>::new();
    for object in &bucket.objects {
        let folder = object.object.rsplit_once('/').map_or("/", |(folder, _)| folder);
        *counts.entry(folder.to_owned()).or_default() += 1;
    }
    let mut folders: Vec<(String, u64)> = counts.into_iter().collect();
    folders.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    folders.truncate(NODES_MAX);
    folders
}
