//! Any bytes as a container: the scanner survives them within its budgets, and says why where it stops.
//!
//! `cargo xtask fuzz container/pdf` runs it on the samples of one container.

#![no_main]

use claviger_model::FingerprintKey;
use claviger_scan::{Limits, Scanner};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static SCANNER: LazyLock<Scanner> =
    LazyLock::new(|| Scanner::builtin(FingerprintKey::new([7; 32])));

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits {
        expanded_bytes: 1 << 20,
        archive_bytes: 1 << 20,
        entries: 500,
        steps: 200_000,
        ..Limits::default()
    };
    let mut scan = SCANNER.open("input", limits);
    scan.feed(bytes);
    let report = scan.finish();
    assert_eq!(report.bytes, bytes.len() as u64);
    assert!(report.unread.iter().all(|unread| !unread.why.is_empty()));
    for finding in &report.findings {
        let place = &finding.location;
        assert!(place.start <= place.end && place.line > 0 && place.column > 0);
        assert!(place.path.len() <= limits.depth as usize + 3);
    }
});
