//! The law of everything below a scan: into which pieces a content is cut does not matter.

use std::sync::LazyLock;

use claviger_model::FingerprintKey;
use proptest::prelude::*;

use super::*;
use crate::{Limits, Scanner};

static SCANNER: LazyLock<Scanner> =
    LazyLock::new(|| Scanner::builtin(FingerprintKey::new([7; 32])));

/// What is reported of a content that comes in pieces of these sizes, again and again.
fn report(bytes: &[u8], sizes: &[usize]) -> String {
    let limits = Limits { expanded_bytes: 1 << 22, archive_bytes: 1 << 22, ..Limits::default() };
    let mut walk = Walk::new(&SCANNER, "a.bin".to_owned(), limits);
    let mut content = Content::new();
    let mut rest = bytes;
    for size in sizes.iter().cycle() {
        let (piece, tail) = rest.split_at((*size).min(rest.len()));
        content.feed(piece, &mut walk);
        rest = tail;
        if rest.is_empty() {
            break;
        }
    }
    content.finish(&mut walk);
    let report = walk.into_report();
    format!("{:#?} {:#?}", report.findings, report.unread)
}

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../fixtures/container/", $name))
    };
}

/// One sample of each container at least.
const FIXTURES: [&[u8]; 32] = [
    fixture!("avro/deflate.avro"),
    fixture!("bzip2/two_members.txt.bz2"),
    fixture!("capture/stream.pcap"),
    fixture!("capture/stream.pcapng"),
    fixture!("compound/message.msg"),
    fixture!("git/history.bundle"),
    fixture!("git/loose_blob"),
    fixture!("gzip/two_members.log.gz"),
    fixture!("image/texts.png"),
    fixture!("image/exif.jpg"),
    fixture!("lz4/two_members.txt.lz4"),
    fixture!("lz4/legacy.txt.lz4"),
    fixture!("mail/parts.eml"),
    fixture!("mail/quoted_body.txt"),
    fixture!("mail/box.mbox"),
    fixture!("notebook/cells.ipynb"),
    fixture!("office/cells.xlsx"),
    fixture!("office/sheet.ods"),
    fixture!("orc/zlib.orc"),
    fixture!("parquet/snappy_1.parquet"),
    fixture!("pdf/object_streams.pdf"),
    fixture!("python/constants.pyc"),
    fixture!("rtf/embedded.rtf"),
    fixture!("seven_zip/lzma2.7z"),
    fixture!("sqlite/deleted_one.sqlite"),
    fixture!("tar/sparse_pax.tar.gz"),
    fixture!("tar/damaged.tar.gz"),
    fixture!("xz/two_members.txt.xz"),
    fixture!("xz/basic.txt.lzma"),
    fixture!("zip/descriptors.zip"),
    fixture!("zip/nested.zip"),
    fixture!("zstd/skippable.txt.zst"),
];

/// Pieces of text that stand for others.
fn piece() -> impl Strategy<Value = String> {
    let id = "TFRBSTV0MUd1bUY5aWtlWGZQWDZ4bllE";
    let secret = "azNWOXNRN2hUejFOYlg1d0xtUjh5Q2YyRGdKNnBF";
    prop_oneof![
        3 => Just(format!("id: {id}\n")),
        3 => Just(format!("secret: {secret}\n")),
        1 => Just("id: LTAI5t1GumF9ikeXfPX6xnYD\n".to_owned()),
        1 => Just("4c5441493574314775".to_owned()),
        1 => Just("\\x4c\\x54\\x41\\x49\\x35\\x74\\x31\\x47\\x75\\x6d".to_owned()),
        1 => Just("q=%257B%2522id%2522%253A".to_owned()),
        1 => (10usize..400).prop_map(|lines| format!("{}\n", "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh\n    ".repeat(lines))),
        1 => (100usize..9000).prop_map(|bytes| "aWQgPSBMVEFJNXQxR3Vt".repeat(bytes / 20)),
        1 => (100usize..9000).prop_map(|bytes| "Zz09x/8fabAz".repeat(bytes / 12)),
        3 => Just("\n".to_owned()),
        2 => "[ =:,{}\"\\[\\]/%\\\\nxu0-9-]{1,30}",
        1 => (100usize..6000).prop_map(|length| "x y".repeat(length / 3)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_stands_for_other_text_is_found_wherever_it_is_cut(
        pieces in prop::collection::vec(piece(), 0..40),
        sizes in prop::collection::vec(1usize..9000, 1..8),
    ) {
        let text = pieces.concat();
        prop_assert_eq!(report(text.as_bytes(), &sizes), report(text.as_bytes(), &[usize::MAX]));
    }

    #[test]
    fn a_container_is_read_alike_wherever_it_is_cut(
        bytes in prop::sample::select(&FIXTURES[..]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        keep in 0.3f64..1.7,
        sizes in prop::collection::vec(1usize..3000, 1..6),
    ) {
        let mut bytes = bytes.to_vec();
        for (at, byte) in damage {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        bytes.truncate((bytes.len() as f64 * keep) as usize);
        prop_assert_eq!(report(&bytes, &sizes), report(&bytes, &[usize::MAX]));
    }
}
