//! Any text as an upload of leaked keys: read or rejected by line, never a panic.

#![no_main]

use claviger_intel::self_managed::{Format, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for format in [Format::Csv, Format::JsonLines] {
        let (_, rejects) = parse(text, format);
        let lines = text.lines().count() as u64;
        assert!(rejects.iter().all(|reject| reject.line <= lines.max(1) + 1));
    }
});
