//! Any bytes as a pushed body: what is unpacked stays within its budget, and lines that came out of an
//! envelope are whole.

#![no_main]

use std::borrow::Cow;

use claviger_feed::body::{Encoding, unpack};
use claviger_feed::envelope::unwrap;
use libfuzzer_sys::fuzz_target;

const BUDGET: u64 = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    for encoding in [Encoding::Plain, Encoding::Gzip, Encoding::Zstd] {
        let Ok(plain) = unpack(encoding, bytes, BUDGET) else { continue };
        assert!(plain.len() as u64 <= BUDGET);
        let unwrapped = unwrap(&plain);
        if let Cow::Owned(lines) = &unwrapped.lines {
            assert!(lines.is_empty() || lines.ends_with(b"\n"));
        }
    }
});
