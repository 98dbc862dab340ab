//! Packed bodies.

use std::io::Write;

use claviger_feed::FeedError;
use claviger_feed::body::{Encoding, unpack};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

#[test]
fn a_header_names_the_encoding() {
    for (value, encoding) in [
        (None, Encoding::Plain),
        (Some("identity"), Encoding::Plain),
        (Some("GZIP"), Encoding::Gzip),
        (Some("zstd"), Encoding::Zstd),
    ] {
        assert_eq!(Encoding::of_header(value).unwrap(), encoding);
    }
    for value in ["br", "gzip, zstd", "deflate"] {
        let error = Encoding::of_header(Some(value)).unwrap_err();
        assert_eq!(error.code(), "unknown_encoding");
    }
}

#[test]
fn the_first_bytes_tell_where_the_header_does_not() {
    for packed in [gzip(b"a line\n"), zstd(b"a line\n")] {
        assert_eq!(*unpack(Encoding::Plain, &packed, 100).unwrap(), *b"a line\n");
    }
}

#[test]
fn a_bomb_costs_the_budget_and_no_more() {
    let zeros = vec![0; 64 << 20];
    for (encoding, bomb) in [(Encoding::Gzip, gzip(&zeros)), (Encoding::Zstd, zstd(&zeros))] {
        let error = unpack(encoding, &bomb, 1 << 20).unwrap_err();
        assert!(matches!(error, FeedError::TooLarge { limit: 0x10_0000 }), "{error}");
    }
    // A window of 2 TiB is memory on demand.
    let greedy = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 0x01, 0x00, 0x00];
    assert_eq!(unpack(Encoding::Zstd, &greedy, 1 << 20).unwrap_err().code(), "damaged");
}

#[test]
fn members_and_frames_follow_each_other() {
    let two = [gzip(b"one\n"), gzip(b"two\n")].concat();
    assert_eq!(*unpack(Encoding::Gzip, &two, 100).unwrap(), *b"one\ntwo\n");
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9][..], &zstd(b"one\n")].concat();
    let two = [skipped, zstd(b"two\n")].concat();
    assert_eq!(*unpack(Encoding::Zstd, &two, 100).unwrap(), *b"one\ntwo\n");
}

proptest! {
    #[test]
    fn what_was_packed_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..5_000)) {
        let limit = bytes.len() as u64;
        for (encoding, packed) in [(Encoding::Gzip, gzip(&bytes)), (Encoding::Zstd, zstd(&bytes))] {
            prop_assert_eq!(&*unpack(encoding, &packed, limit).unwrap(), &bytes[..]);
        }
    }

    #[test]
    fn broken_bytes_are_an_answer(
        bytes in proptest::collection::vec(any::<u8>(), 1..300),
        cut in 0_usize..400,
    ) {
        for (encoding, mut packed) in
            [(Encoding::Gzip, gzip(&bytes)), (Encoding::Zstd, zstd(&bytes))]
        {
            packed.truncate(cut);
            drop(unpack(encoding, &packed, 1 << 20));
            drop(unpack(encoding, &[&packed[..packed.len().min(12)], &bytes].concat(), 1 << 20));
        }
    }
}
