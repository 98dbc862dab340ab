//! What is found in files, and what could not be read: `report FILE…`. A developer's look at a container.

use std::io::Write;

use claviger_model::FingerprintKey;
use claviger_scan::{Limits, Scanner};

fn main() -> std::io::Result<()> {
    let scanner = Scanner::builtin(FingerprintKey::new([7; 32]));
    let mut out = std::io::stdout().lock();
    for path in std::env::args().skip(1) {
        let mut scan = scanner.open(&path, Limits::default());
        scan.feed(&std::fs::read(&path)?);
        let report = scan.finish();
        writeln!(out, "{path}")?;
        for finding in report.findings {
            let place = &finding.location;
            let id = finding.access_key_id.map(|id| id.to_string()).unwrap_or_default();
            let secret = finding.secret.map(|secret| secret.masked).unwrap_or_default();
            writeln!(
                out,
                "  {:?} {}:{} {}..{} {} ×{} {:.2} {id} {secret} {} {:?}",
                place.path,
                place.line,
                place.column,
                place.start,
                place.end,
                finding.rule,
                finding.count,
                finding.confidence,
                finding.sample.unwrap_or_default(),
                finding.why
            )?;
        }
        for unread in report.unread {
            writeln!(out, "  not read {:?}: {}", unread.path, unread.why)?;
        }
    }
    Ok(())
}
