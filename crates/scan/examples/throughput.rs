//! How many bytes a second one thread scans: `throughput FILE…`, each read into memory first.
//!
//! A developer's measure, not a test: it prints and asserts nothing.

use std::io::Write;
use std::time::{Duration, Instant};

use claviger_model::FingerprintKey;
use claviger_scan::{Limits, Scanner};

/// The best of this many rounds counts.
const ROUNDS: usize = 5;

fn main() -> std::io::Result<()> {
    let begun = Instant::now();
    let scanner = Scanner::builtin(FingerprintKey::new([7; 32]));
    let mut out = std::io::stdout().lock();
    writeln!(out, "rules compiled in {:?}", begun.elapsed())?;
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        let mut best = Duration::MAX;
        let mut findings = 0;
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let mut scan = scanner.open(&path, Limits::default());
            scan.feed(&bytes);
            findings = scan.finish().findings.len();
            best = best.min(begun.elapsed());
        }
        let rate = bytes.len() as f64 / best.as_secs_f64() / 1e6;
        writeln!(out, "{path}: {rate:.0} MB/s, {findings} findings")?;
    }
    Ok(())
}
