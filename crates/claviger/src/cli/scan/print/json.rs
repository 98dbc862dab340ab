//! One JSON line a finding, in the contract of the command line.

use std::io::{self, Stdout, Write};

use claviger_model::{FindingKind, Provider};
use serde_json::{Value, json};

use super::{Manner, Printer, Shown};

/// JSON lines on standard output.
pub(in crate::cli::scan) struct Json {
    manner: Manner,
    out: Stdout,
}

impl Json {
    pub(in crate::cli::scan) fn new(manner: Manner) -> Self {
        Self { manner, out: io::stdout() }
    }
}

impl Printer for Json {
    fn findings(&mut self, found: &[Shown<'_>]) -> io::Result<()> {
        let mut out = self.out.lock();
        for shown in found {
            writeln!(out, "{}", as_json(shown, self.manner))?;
        }
        out.flush()
    }
}

fn as_json(shown: &Shown<'_>, manner: Manner) -> Value {
    let finding = shown.finding;
    let secret = finding.secret.as_ref().map(|secret| {
        let mut shown = json!({ "fingerprint": secret.fingerprint, "masked": secret.masked });
        if manner.reveal {
            shown["value"] = Value::String(secret.value.reveal().to_owned());
        }
        shown
    });
    let alone = finding.kind == FindingKind::AccessKeyPair && finding.secret.is_none();
    let mut value = json!({
        "kind": finding.kind, "rule": finding.rule,
        "title": manner.template.data_type_title(&finding.rule),
        "level": manner.template.level(if alone { "access_key_id" } else { &finding.rule }),
        "provider": finding.provider.map(Provider::as_str),
        "access_key_id": finding.access_key_id, "secret": secret,
        "confidence": finding.confidence, "why": finding.why, "location": finding.location,
        "count": finding.count,
    });
    if let Some(sample) = &finding.sample {
        value["sample"] = Value::String(sample.clone());
    }
    if let Some(reason) = shown.suppressed {
        value["suppressed"] = Value::String(reason.to_owned());
    }
    if let Some(live) = &shown.live {
        value["live"] = live.as_json();
    }
    value
}
