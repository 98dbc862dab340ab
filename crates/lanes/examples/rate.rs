//! How many bytes a second each way classifies: `rate FILE…`, each read into memory first.
//!
//! A developer's measure, not a test: it prints and asserts nothing.

use std::io::Write;
use std::time::{Duration, Instant};

use claviger_lanes::{Needles, Path, Sheet};

/// The best of this many rounds counts.
const ROUNDS: usize = 5;
/// Bytes in memory at a time.
const WINDOW: usize = 64 * 1024;

fn main() -> std::io::Result<()> {
    let literals =
        ["pass", "PASS", "ecret", "oken", "key", "KEY", "://", "-----BEGIN", "AKIA", "LTAI"];
    let needles = Needles::new(literals.map(str::as_bytes));
    let mut out = std::io::stdout().lock();
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        for way in Path::known() {
            way.limit_to();
            let (mut best, mut found) = (Duration::MAX, 0);
            for _ in 0..ROUNDS {
                let begun = Instant::now();
                found = 0;
                let mut sheet = Sheet::default();
                for block in bytes.chunks(WINDOW) {
                    sheet.read(block, &needles);
                    found += sheet.needles().count(0, block.len());
                    sheet.forget(WINDOW / Sheet::chunk_bytes());
                }
                best = best.min(begun.elapsed());
            }
            let rate = bytes.len() as f64 / best.as_secs_f64() / 1e9;
            writeln!(out, "{path}: {way:?} {rate:.2} GB/s, {found} candidates")?;
        }
    }
    Ok(())
}
