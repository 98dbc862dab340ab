//! Any bytes, in two blocks cut anywhere: the scanner survives them, reads them all, and finds the same
//! wherever the cut is.

#![no_main]

use claviger_model::FingerprintKey;
use claviger_scan::{Limits, Report, Scanner};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static SCANNER: LazyLock<Scanner> =
    LazyLock::new(|| Scanner::builtin(FingerprintKey::new([7; 32])));

fn scan(blocks: &[&[u8]]) -> Report {
    let limits =
        Limits { expanded_bytes: 1 << 20, archive_bytes: 1 << 20, ..Limits::default() };
    let mut scan = SCANNER.open("input", limits);
    blocks.iter().for_each(|block| scan.feed(block));
    scan.finish()
}

fuzz_target!(|input: (u16, &[u8])| {
    let (cut, bytes) = input;
    let (head, tail) = bytes.split_at(usize::from(cut).min(bytes.len()));
    let (whole, halves) = (scan(&[bytes]), scan(&[head, tail]));
    assert_eq!(whole.bytes, bytes.len() as u64);
    assert_eq!(format!("{:?}", whole.findings), format!("{:?}", halves.findings));
});
