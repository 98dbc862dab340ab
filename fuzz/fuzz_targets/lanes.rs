//! Any bytes: every way to classify them tells the same, also when they come in two pieces.

#![no_main]

use claviger_lanes::{Needles, Path, Sheet};
use libfuzzer_sys::fuzz_target;

/// Every place that a sheet tells of, row by row.
fn told(sheet: &Sheet, length: usize) -> Vec<Vec<usize>> {
    let rows = [
        sheet.words(),
        sheet.dashes(),
        sheet.symbols(),
        sheet.lines(),
        sheet.escapes(),
        sheet.ats(),
        sheet.trails(),
        sheet.joined(),
        sheet.long_words(),
        sheet.encoded(),
        sheet.numbers(),
    ];
    rows.map(|row| row.iter(0, length).collect()).to_vec()
}

fuzz_target!(|input: (u16, &[u8])| {
    let (cut, bytes) = input;
    let cut = usize::from(cut).min(bytes.len());
    let needles = Needles::new([&b"key"[..], b"://", b"AKIA", b"PASS"]);
    let mut all = Vec::new();
    for path in Path::known() {
        path.limit_to();
        for first in [0, cut] {
            let mut sheet = Sheet::default();
            sheet.read(&bytes[..first], &needles);
            sheet.read(bytes, &needles);
            all.push(told(&sheet, bytes.len()));
        }
    }
    assert!(all.windows(2).all(|two| two[0] == two[1]));
});
