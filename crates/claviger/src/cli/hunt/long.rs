//! A past too long to hold: counts, and the most frequent values of each field.

use std::io::Write;

use claviger_history::{Distinct, Summary};
use claviger_model::AccessKeyId;
use claviger_watch::Places;
use serde_json::{Value, json};

use super::super::places::place_json;
use super::text::{in_words, plain, requests, second, size};

/// Values that are named of each field.
pub(super) const VALUES_NAMED: usize = 20;

/// Prints the summary for people.
pub(super) fn print(
    out: &mut dyn Write,
    key: &AccessKeyId,
    summary: &Summary,
    places: &Places,
) -> anyhow::Result<()> {
    writeln!(
        out,
        "{key}: {}, {} refused, {} out, {} in",
        requests(summary.events),
        summary.refused,
        size(summary.bytes_out),
        size(summary.bytes_in)
    )?;
    if let Some((first, last)) = summary.first.zip(summary.last) {
        writeln!(out, "first {}, last {}", second(first), second(last))?;
    }
    for (name, field) in [
        ("Sources", &summary.sources),
        ("Clients", &summary.user_agents),
        ("Operations", &summary.operations),
        ("Buckets", &summary.buckets),
        ("Objects", &summary.objects),
    ] {
        let known = if name == "Sources" { places } else { &Places::default() };
        print_field(out, name, field, known)?;
    }
    Ok(())
}

fn print_field(
    out: &mut dyn Write,
    name: &str,
    field: &Distinct,
    places: &Places,
) -> anyhow::Result<()> {
    if field.most.is_empty() {
        return Ok(());
    }
    let about = if field.short_by_max > 0 { "about " } else { "" };
    writeln!(out, "\n{name} ({about}{})", field.values)?;
    for (value, count) in &field.most {
        let line = format!("  {count:>9}  {}  {}", plain(value), in_words(places, value));
        writeln!(out, "{}", line.trim_end())?;
    }
    let more = field.values.saturating_sub(field.most.len() as u64);
    if more > 0 {
        writeln!(out, "  … and {about}{more} more")?;
    }
    Ok(())
}

/// The summary for machines.
pub(super) fn to_json(key: &AccessKeyId, summary: &Summary, places: &Places) -> Value {
    let most = |name: &str, field: &Distinct| -> Vec<Value> {
        field.most.iter().map(|(value, count)| json!({ name: value, "requests": count })).collect()
    };
    let sources: Vec<Value> = summary.sources.most.iter().map(|(ip, count)| {
        json!({ "source_ip": ip, "requests": count, "place": place_json(places.of_source(ip)) })
    }).collect();
    json!({
        "access_key_id": key,
        "first_at": summary.first,
        "last_at": summary.last,
        "requests": summary.events,
        "allowed": summary.events - summary.refused,
        "denied": summary.refused,
        "bytes_out": summary.bytes_out,
        "bytes_in": summary.bytes_in,
        "operations": most("operation", &summary.operations),
        "sources": sources,
        "user_agents": most("user_agent", &summary.user_agents),
        "buckets": most("bucket", &summary.buckets),
        "objects": most("object", &summary.objects),
        "distinct": {
            "operations": summary.operations.values,
            "sources": summary.sources.values,
            "user_agents": summary.user_agents.values,
            "buckets": summary.buckets.values,
            "objects": summary.objects.values,
        },
        "partial": summary.is_partial,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_past_is_told_by_its_most_frequent_values() {
        let field = |value: &str, values, short_by_max| Distinct {
            values,
            most: vec![(value.to_owned(), 9)],
            short_by_max,
        };
        let summary = Summary {
            first: "2026-03-01T00:00:00Z".parse().ok(),
            last: "2026-03-02T00:00:00Z".parse().ok(),
            events: 500_000,
            refused: 7,
            bytes_out: 2048,
            bytes_in: 0,
            sources: field("203.0.113.7", 1, 0),
            user_agents: Distinct::default(),
            operations: field("GetObject", 1, 0),
            buckets: field("orders", 1, 0),
            objects: field("orders/a\u{1b}[2J", 40_000, 3),
            is_partial: false,
        };
        let key = AccessKeyId::parse("LTAI5tExampleExampleExam").unwrap();
        let mut out = Vec::new();
        print(&mut out, &key, &summary, &Places::default()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("LTAI5tExampleExampleExam: 500000 requests, 7 refused, 2.0 KiB"));
        assert!(
            text.contains("Objects (about 40000)\n          9  orders/a\\u{1b}[2J\n"),
            "{text}"
        );
        assert!(text.contains("… and about 39999 more"), "{text}");
        let value = to_json(&key, &summary, &Places::default());
        assert_eq!((&value["allowed"], &value["denied"]), (&json!(499_993), &json!(7)));
        assert_eq!(value["distinct"]["objects"], 40_000);
    }
}
