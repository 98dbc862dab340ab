//! SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"): one run, its results as they come,
//! then the rules that they name.
//!
//! The parts of an object may stand in any order, so results are written as they come and memory does not
//! grow with their number.

use std::collections::BTreeMap;
use std::io::{self, Stdout, Write};

use claviger_model::{Finding, FindingKind, Sensitivity, Unread};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use super::{Manner, Printer, Shown};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What a path cannot hold in an address (RFC 3986 §3.3), `/` kept as what divides it.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');
/// What could not be read is told up to this many times.
const NOTICES_MAX: usize = 1000;

/// A SARIF log on standard output.
pub(in crate::cli::scan) struct Sarif {
    manner: Manner,
    out: Stdout,
    begun: bool,
    results: u64,
    /// Rules by name, with how bad their worst finding is.
    rules: BTreeMap<String, Sensitivity>,
    notices: Vec<Value>,
}

impl Sarif {
    pub(in crate::cli::scan) fn new(manner: Manner) -> Self {
        Self {
            manner,
            out: io::stdout(),
            begun: false,
            results: 0,
            rules: BTreeMap::new(),
            notices: Vec::new(),
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        if !self.begun {
            self.begun = true;
            let schema = json!(SCHEMA);
            let head =
                format!("{{\"$schema\":{schema},\"version\":\"2.1.0\",\"runs\":[{{\"results\":[");
            self.out.lock().write_all(head.as_bytes())?;
        }
        Ok(())
    }

    fn level(&self, finding: &Finding) -> Sensitivity {
        let alone = finding.kind == FindingKind::AccessKeyPair && finding.secret.is_none();
        self.manner.template.level(if alone { "access_key_id" } else { &finding.rule })
    }

    fn result(&self, shown: &Shown<'_>) -> Value {
        let finding = shown.finding;
        let at = &finding.location;
        let title = self.manner.template.data_type_title(&finding.rule);
        let what = match (&finding.access_key_id, &finding.secret, &finding.sample) {
            (Some(id), Some(secret), _) => {
                format!("{title} {id} with its secret {}", secret.masked)
            }
            (Some(id), None, _) => format!("{title} {id} without its secret"),
            (None, Some(secret), _) => format!("{title}: {}", secret.masked),
            (None, None, sample) => {
                let sample = sample.as_deref().unwrap_or("–");
                format!("{title}: {} values, first {sample}", finding.count)
            }
        };
        let mut physical = json!({ "artifactLocation": { "uri": uri(&at.uri) } });
        let mut location = json!({});
        if at.path.is_empty() {
            physical["region"] = json!({
                "startLine": at.line, "startColumn": at.column,
                "byteOffset": at.start, "byteLength": at.end - at.start,
            });
        } else {
            // Lines and bytes count in what is inside, which is no artifact of its own.
            let name = at.path.join("!");
            location["logicalLocations"] = json!([{
                "fullyQualifiedName": format!("{}!{name}:{}:{}", at.uri, at.line, at.column),
                "name": at.path.last(), "kind": "resource",
            }]);
        }
        location["physicalLocation"] = physical;
        let mut properties = json!({
            "confidence": finding.confidence, "why": finding.why, "count": finding.count,
            "level": self.level(finding), "path": at.path,
        });
        if let Some(live) = &shown.live {
            properties["live"] = live.as_json();
        }
        let print = match &finding.secret {
            Some(secret) => json!({ "secret/v1": secret.fingerprint }),
            None => json!({ "place/v1": place(finding) }),
        };
        let mut result = json!({
            "ruleId": finding.rule, "level": level_word(self.level(finding)),
            "message": { "text": what }, "locations": [location],
            "partialFingerprints": print, "properties": properties,
        });
        if let Some(reason) = shown.suppressed {
            // By a comment in the source, or by what the scanner knows.
            let kind = if reason.starts_with("allowed by") { "inSource" } else { "external" };
            result["suppressions"] = json!([{ "kind": kind, "justification": reason }]);
        }
        result
    }

    fn tool(&self) -> Value {
        let rules: Vec<Value> = self
            .rules
            .iter()
            .map(|(rule, level)| {
                let title = self.manner.template.data_type_title(rule);
                json!({
                    "id": rule, "name": rule,
                    "shortDescription": { "text": title },
                    "defaultConfiguration": { "level": level_word(*level) },
                    "properties": { "security-severity": severity(*level), "tags": ["security"] },
                })
            })
            .collect();
        json!({ "driver": {
            "name": "claviger", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules,
        } })
    }
}

impl Printer for Sarif {
    fn findings(&mut self, found: &[Shown<'_>]) -> io::Result<()> {
        self.begin()?;
        for shown in found {
            let level = self.level(shown.finding);
            let worst = self.rules.entry(shown.finding.rule.clone()).or_default();
            *worst = level.max(*worst);
            let comma = if self.results > 0 { ",\n" } else { "\n" };
            self.results += 1;
            let result = self.result(shown);
            let mut out = self.out.lock();
            write!(out, "{comma}{result}")?;
        }
        Ok(())
    }

    fn unread(&mut self, unread: &Unread) -> io::Result<()> {
        if self.notices.len() < NOTICES_MAX {
            let inner: String = unread.path.iter().map(|name| format!("!{name}")).collect();
            self.notices.push(json!({
                "level": "warning",
                "message": { "text": format!("{}{inner}: {}", unread.uri, unread.why) },
            }));
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.begin()?;
        let tool = self.tool();
        let invocations = json!([{
            "executionSuccessful": true, "toolExecutionNotifications": self.notices,
        }]);
        let mut out = self.out.lock();
        writeln!(
            out,
            "\n],\"tool\":{tool},\"columnKind\":\"unicodeCodePoints\",\"invocations\":{invocations}}}]}}"
        )?;
        out.flush()
    }
}

/// An address as SARIF wants it: a path becomes a relative or a `file:` reference.
fn uri(text: &str) -> String {
    let encoded = |path: &str| utf8_percent_encode(path, PATH).to_string();
    match text.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", encoded(rest)),
        None if text.starts_with('/') => format!("file://{}", encoded(text)),
        // A colon in the first part would end a scheme.
        None => {
            let path = encoded(text.strip_prefix("./").unwrap_or(text));
            let first = path.split('/').next().unwrap_or_default();
            if first.contains(':') { format!("./{path}") } else { path }
        }
    }
}

/// What stays the same when lines move: rule, place and first value.
fn place(finding: &Finding) -> String {
    let id = finding.access_key_id.as_ref().map_or("", |id| id.as_str());
    let sample = finding.sample.as_deref().unwrap_or_default();
    let at = &finding.location;
    let text = format!("{}\n{}\n{}\n{id}{sample}", finding.rule, at.uri, at.path.join("!"));
    claviger_cloud::sign::sha256_hex(text.as_bytes())[..32].to_owned()
}

fn level_word(level: Sensitivity) -> &'static str {
    match level {
        Sensitivity::S4 => "error",
        Sensitivity::S2 | Sensitivity::S3 => "warning",
        Sensitivity::S1 | Sensitivity::NotAvailable => "note",
    }
}

/// A number by which code hosts sort, 0 to 10.
fn severity(level: Sensitivity) -> &'static str {
    match level {
        Sensitivity::S4 => "9.5",
        Sensitivity::S3 => "7.5",
        Sensitivity::S2 => "5.0",
        Sensitivity::S1 | Sensitivity::NotAvailable => "2.0",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("./a b/c.txt"), "a%20b/c.txt");
        assert_eq!(uri("/tmp/100%.txt"), "file:///tmp/100%25.txt");
        assert_eq!(uri("a:b"), "./a:b");
        assert_eq!(uri("oss://bucket/数"), "oss://bucket/%E6%95%B0");
    }
}
