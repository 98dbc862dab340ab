//! Any bytes as a packed log: an answer within the limit, or an error.

#![no_main]

use claviger_watch::unpack;
use libfuzzer_sys::fuzz_target;

const LIMIT: u64 = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(unpacked) = unpack(bytes, LIMIT) {
        assert!(unpacked.len() as u64 <= LIMIT.max(bytes.len() as u64));
    }
});
