//! Any bytes as a log of any format: events + rejected = lines, and rejects lie inside the log.

#![no_main]

use claviger_watch::{LogFormat, detect, parse, reject_all};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = detect(bytes);
    let parsed = LogFormat::ALL.iter().map(|format| parse(*format, bytes));
    for parsed in parsed.chain([reject_all(bytes, "no format")]) {
        assert_eq!((parsed.events.len() + parsed.rejects.len()) as u64, parsed.lines);
        for reject in parsed.rejects {
            assert!(reject.start <= reject.end && reject.end <= bytes.len() as u64);
        }
    }
});
