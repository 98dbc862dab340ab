//! How many bytes a second one thread scans: `throughput [credentials] [portable|avx2] PATH…`, each read into
//! memory first; of a folder all files below it, each scanned by itself. `credentials` leaves data types out.
//!
//! A developer's measure, not a test: it prints and asserts nothing. Counts the time of the processor, which
//! others on the machine change least.

use std::io::Write;
use std::path::Path as Name;

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
    let mut files = Vec::new();
    read(Name::new(path), &mut files)?;
    let (mut best, mut findings) = (u64::MAX, 0);
    for _ in 0..ROUNDS {
        let begun = nanoseconds()?;
        findings = 0;
        for bytes in &files {
            let report = scanner.open(path, Limits::default()).finish_with(bytes);
            findings += report.findings.len();
        }
        best = best.min(nanoseconds()? - begun);
    }
    let bytes: usize = files.iter().map(Vec::len).sum();
    let (rate, each) = (bytes as f64 / best as f64 * 1e3, best as f64 / files.len() as f64 / 1e3);
    writeln!(
        out,
        "{path}: {rate:.0} MB per CPU second, {each:.1} µs a file of {}, {findings} findings",
        files.len()
    )
}

/// Reads a file, or all files below a folder.
fn read(path: &Name, files: &mut Vec<Vec<u8>>) -> std::io::Result<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            read(&entry?.path(), files)?;
        }
    } else if path.is_file() {
        files.push(std::fs::read(path)?);
    }
    Ok(())
}

/// What this thread has had of the processor.
fn nanoseconds() -> std::io::Result<u64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let first = told.split_ascii_whitespace().next().and_then(|number| number.parse().ok());
    first.ok_or_else(|| std::io::Error::other("the kernel does not tell"))
}
