//! Logs in gzip.

use std::io::Write;

use claviger_watch::{UnpackError, unpack};
use flate2::{Compression, write::GzEncoder};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn plain_bytes_come_back_as_they_are() {
    assert_eq!(unpack(b"a\nb", 10).unwrap().as_ref(), b"a\nb");
    assert_eq!(unpack(b"", 10).unwrap().as_ref(), b"");
}

#[test]
fn every_member_is_unpacked() {
    let members = [gzip(b"one\n"), gzip(b"two\n")].concat();
    assert_eq!(unpack(&members, 100).unwrap().as_ref(), b"one\ntwo\n");
}

#[test]
fn a_bomb_costs_its_limit_and_no_more() {
    let bomb = gzip(&vec![0; 1 << 20]);
    assert!(matches!(unpack(&bomb, 1000), Err(UnpackError::TooLong { limit: 1000 })));
    assert!(matches!(unpack(b"12345", 4), Err(UnpackError::TooLong { .. })));
}

#[test]
fn a_damaged_stream_is_an_error_with_a_way_out() {
    let whole = gzip(&b"a line of a log\n".repeat(100));
    let error = unpack(&whole[..whole.len() - 9], 1 << 20).unwrap_err();
    assert!(matches!(error, UnpackError::Damaged { .. }));
    assert!(error.hint().contains("gzip -t"));
}
