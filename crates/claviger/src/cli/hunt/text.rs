//! What a key did, in tables and lines for people.

use std::io::Write;

use claviger_model::AccessEvent;
use claviger_watch::{Place, Places};
use jiff::Timestamp;

use super::past::Past;

/// Rows of each table. The JSON summary has all.
const ROWS_SHOWN: usize = 20;

pub(super) fn print_summary(
    out: &mut dyn Write,
    past: &Past<'_>,
    places: &Places,
) -> anyhow::Result<()> {
    let usage = &past.usage;
    writeln!(
        out,
        "{}: {}, {} refused, {} out, {} in",
        past.key,
        requests(past.events.len() as u64),
        usage.denied,
        size(usage.bytes_out),
        size(past.bytes_in)
    )?;
    if let (Some(first), Some(last)) = (past.first_at(), past.last_at()) {
        writeln!(out, "first {}, last {}", second(first), second(last))?;
    }
    table(out, "Sources", &usage.sources, |source| {
        let counts = counts(source.allowed, source.denied, source.bytes_out);
        let when = format!("{} – {}", second(source.first_at), second(source.last_at));
        let clients = source.user_agents.join(", ");
        let (ip, place) = (plain(&source.source_ip), in_words(places, &source.source_ip));
        format!("{ip:<16} {counts}  {when}  {place}{}", plain(&clients))
    })?;
    table(out, "Operations", &past.operations, |(operation, requests)| {
        format!("{requests:>9}  {}", plain(operation))
    })?;
    table(out, "Buckets", &usage.buckets, |bucket| {
        let counts = counts(bucket.allowed, bucket.denied, bucket.bytes_out);
        format!("{counts}  {}", plain(&bucket.bucket))
    })?;
    let objects: Vec<_> = usage
        .buckets
        .iter()
        .flat_map(|of| of.objects.iter().map(move |object| (of, object)))
        .collect();
    table(out, "Objects", &objects, |(bucket, object)| {
        let counts = counts(object.allowed, object.denied, object.bytes_out);
        format!("{counts}  {}/{}", plain(&bucket.bucket), plain(&object.object))
    })
}

/// The place of a source before something else; nothing where it is not known.
pub(super) fn in_words(places: &Places, source: &str) -> String {
    let place = places.of_source(source);
    if place == Place::default() { String::new() } else { format!("{place}  ") }
}

/// The first rows of a table under its name, and how many more there are.
pub(super) fn table<T>(
    out: &mut dyn Write,
    name: &str,
    rows: &[T],
    row: impl Fn(&T) -> String,
) -> anyhow::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{name} ({})", rows.len())?;
    for shown in rows.iter().take(ROWS_SHOWN) {
        writeln!(out, "  {}", row(shown).trim_end())?;
    }
    if let Some(more) = rows.len().checked_sub(ROWS_SHOWN).filter(|more| *more > 0) {
        writeln!(out, "  … and {more} more: `--summary --format jsonl` has all")?;
    }
    Ok(())
}

/// One request in one line.
pub(super) fn print_request(out: &mut dyn Write, event: &AccessEvent) -> anyhow::Result<()> {
    let source = event.source_ip.as_deref().unwrap_or("-");
    let result = match (event.status, event.error.as_deref()) {
        (Some(status), Some(error)) => format!("{status} {}", plain(error)),
        (Some(status), None) => status.to_string(),
        (None, Some(error)) => plain(error),
        (None, None) => "-".to_owned(),
    };
    let place = match (event.bucket.as_deref(), event.object.as_deref()) {
        (Some(bucket), Some(object)) => format!("{}/{}", plain(bucket), plain(object)),
        (Some(place), None) | (None, Some(place)) => plain(place),
        (None, None) => String::new(),
    };
    let line = format!(
        "  {} {:<16} {result:<4} {:>10} {} {place}",
        second(event.time),
        plain(source),
        size(event.bytes_out.unwrap_or(0)),
        plain(&event.operation)
    );
    Ok(writeln!(out, "{}", line.trim_end())?)
}

fn counts(allowed: u64, denied: u64, bytes_out: u64) -> String {
    format!("{:>17}, {denied} refused, {:>10}", requests(allowed + denied), size(bytes_out))
}

pub(super) fn requests(count: u64) -> String {
    if count == 1 { "1 request".to_owned() } else { format!("{count} requests") }
}

pub(super) fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Bytes for people: `431 B`, `4.2 GiB`.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let step = (bytes.max(1).ilog2() / 10).min(4);
    match UNITS.get(step as usize) {
        Some(unit) if step > 0 => {
            let tenths = u128::from(bytes) * 10 / (1_u128 << (10 * step));
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        _ => format!("{bytes} B"),
    }
}

/// Text out of a log without what would command the terminal: clients choose it.
pub(in crate::cli) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { plain.extend(c.escape_default()) } else { plain.push(c) }
    }
    plain
}
