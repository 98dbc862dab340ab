//! How many bytes a second one thread scans: `throughput [credentials] [portable|avx2] FILE…`, each read into
//! memory first. `credentials` leaves data types out.
//!
//! A developer's measure, not a test: it prints and asserts nothing. Counts the time of the processor, which
//! others on the machine change least.

use std::io::Write;

use claviger_lanes::Path;
use claviger_model::FingerprintKey;
use claviger_scan::{Limits, Scanner};

/// The best of this many rounds counts.
const ROUNDS: usize = 5;

fn main() -> std::io::Result<()> {
    let begun = nanoseconds()?;
    let mut scanner = Scanner::builtin(FingerprintKey::new([7; 32]));
    let mut out = std::io::stdout().lock();
    writeln!(out, "rules compiled in {} µs", (nanoseconds()? - begun) / 1000)?;
    for path in std::env::args().skip(1) {
        match path.as_str() {
            "credentials" => scanner = scanner.without_data_types(),
            "portable" => Path::Portable.limit_to(),
            "avx2" => Path::Avx2.limit_to(),
            _ => measure(&scanner, &path, &mut out)?,
        }
    }
    Ok(())
}

fn measure(scanner: &Scanner, path: &str, out: &mut impl Write) -> std::io::Result<()> {
    let bytes = std::fs::read(path)?;
    let (mut best, mut findings) = (u64::MAX, 0);
    for _ in 0..ROUNDS {
        let begun = nanoseconds()?;
        let mut scan = scanner.open(path, Limits::default());
        scan.feed(&bytes);
        findings = scan.finish().findings.len();
        best = best.min(nanoseconds()? - begun);
    }
    let rate = bytes.len() as f64 / best as f64 * 1e3;
    writeln!(out, "{path}: {rate:.0} MB per CPU second, {findings} findings")
}

/// What this thread has had of the processor.
fn nanoseconds() -> std::io::Result<u64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let first = told.split_ascii_whitespace().next().and_then(|number| number.parse().ok());
    first.ok_or_else(|| std::io::Error::other("the kernel does not tell"))
}
