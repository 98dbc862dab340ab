//! Behaviour of the scanner, seen from outside: bytes in, findings out.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod baseline;
mod containers;
mod encodings;
mod fixtures;
mod laws;
mod notations;
mod templates;

use claviger_model::{Finding, FingerprintKey};
use claviger_scan::{Limits, Report, Scanner};
use serde_json::{Value, json};

/// The scanner of all tests: its fingerprint key never changes, so that fingerprints are comparable.
fn scanner() -> Scanner {
    Scanner::builtin(FingerprintKey::new([7; 32]))
}

/// Scans bytes that come in one piece.
fn scan(uri: &str, bytes: &[u8], limits: Limits) -> Report {
    let scanner = scanner();
    let mut scan = scanner.open(uri, limits);
    scan.feed(bytes);
    scan.finish()
}

/// The ids with their secrets, in order; an empty secret for an id alone.
fn pairs(report: &Report) -> Vec<(String, String)> {
    let keys = report.findings.iter().filter_map(|finding| {
        let secret = finding.secret.as_ref().map(|secret| secret.value.reveal().to_owned());
        Some((finding.access_key_id.as_ref()?.to_string(), secret.unwrap_or_default()))
    });
    keys.collect()
}

/// A finding as data, secret revealed: all of it is made up here.
fn as_json(finding: &Finding) -> Value {
    json!({
        "kind": finding.kind,
        "rule": finding.rule,
        "provider": finding.provider,
        "access_key_id": finding.access_key_id,
        "secret": finding.secret.as_ref().map(|secret| json!({
            "fingerprint": secret.fingerprint,
            "masked": secret.masked,
            "value": secret.value.reveal(),
        })),
        "sample": finding.sample,
        "count": finding.count,
        "confidence": finding.confidence,
        "why": finding.why,
        "location": finding.location,
    })
}

/// A whole report as data.
fn report_as_json(report: &Report) -> Value {
    json!({
        "findings": report.findings.iter().map(as_json).collect::<Vec<_>>(),
        "unread": report.unread,
        "bytes": report.bytes,
    })
}
