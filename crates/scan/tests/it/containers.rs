//! Containers: what is inside is read, what cannot be read is said, and a bomb costs its budget.

use std::io::Write;

use claviger_scan::Limits;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{pairs, scan};

const PAIR: &str = "LTAI5t1GumF9ikeXfPX6xnYD\nk3V9sQ7hTz1NbX5wLmR8yCf2DgJ6pE\n";

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_path_names_what_is_inside_outermost_first() {
    let archive = zip(&[("logs/a.txt.gz", &gzip(PAIR.as_bytes()))]);
    let report = scan("backup.zip", &archive, Limits::default());
    assert_eq!(report.findings[0].location.path, ["logs/a.txt.gz", "a.txt"]);
    assert_eq!(report.findings[0].location.uri, "backup.zip");
    assert_eq!((report.findings[0].location.start, report.findings[0].location.line), (0, 1));
    assert!(report.unread.is_empty());
}

#[test]
fn a_pair_may_be_cut_by_the_members_of_a_gzip() {
    let (id, secret) = PAIR.split_at(30);
    let report =
        scan("a.gz", &[gzip(id.as_bytes()), gzip(secret.as_bytes())].concat(), Limits::default());
    assert_eq!(pairs(&report).len(), 1);
    assert!(!pairs(&report)[0].1.is_empty());
}

#[test]
fn a_bomb_costs_its_budget_and_is_reported() {
    let inner = gzip(&vec![b' '; 64 << 20]);
    let limits = Limits { expanded_bytes: 1 << 20, ..Limits::default() };
    for (name, bytes) in [
        ("bomb.gz", inner.clone()),
        ("bomb.gz.gz", gzip(&inner)),
        ("bomb.zip", zip(&[("a.gz", inner.as_slice()), ("b.txt", PAIR.as_bytes())])),
    ] {
        let report = scan(name, &bytes, limits);
        assert_eq!(report.unread.len(), 1, "{name}: {:?}", report.unread);
        assert!(report.unread[0].why.contains("1048576 bytes"), "{:?}", report.unread);
    }
}

#[test]
fn containers_are_opened_to_a_depth() {
    let two = gzip(&gzip(PAIR.as_bytes()));
    let report = scan("a.gz.gz", &two, Limits { depth: 1, ..Limits::default() });
    assert!(report.findings.is_empty());
    assert_eq!(report.unread.len(), 1);
    assert_eq!(report.unread[0].path, ["a.gz"]);
    let report = scan("a.gz.gz", &two, Limits { depth: 2, ..Limits::default() });
    assert_eq!((report.findings.len(), report.unread.len()), (1, 0));
}

#[test]
fn entries_beyond_the_limit_are_reported() {
    let archive = zip(&[("a", PAIR.as_bytes()), ("b", PAIR.as_bytes()), ("c", PAIR.as_bytes())]);
    let report = scan("a.zip", &archive, Limits { entries: 2, ..Limits::default() });
    assert_eq!((report.findings.len(), report.unread.len()), (2, 1));
}

#[test]
fn a_zip_too_large_to_hold_is_read_entry_after_entry() {
    let options = zip::write::SimpleFileOptions::default();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, method) in
        [("a.txt", zip::CompressionMethod::Stored), ("b.txt", zip::CompressionMethod::Deflated)]
    {
        writer.start_file(name, options.compression_method(method)).unwrap();
        writer.write_all(format!("key {PAIR}").as_bytes()).unwrap();
        writer.write_all(&[b'\n'; 200_000]).unwrap();
    }
    let archive = writer.finish().unwrap().into_inner();
    let report = scan("a.zip", &archive, Limits { archive_bytes: 100_000, ..Limits::default() });
    assert!(report.unread.is_empty(), "{:?}", report.unread);
    assert_eq!(report.findings[0].location.path, ["a.txt"]);
    assert_eq!(report.findings[1].location.path, ["b.txt"]);
}

#[test]
fn a_bomb_that_expands_beyond_reason_stops_far_below_the_budget() {
    let bomb = gzip(&gzip(&vec![b' '; 192 << 20]));
    let report = scan("a.gz", &bomb, Limits { expanded_ratio: 100, ..Limits::default() });
    assert_eq!(report.unread.len(), 1, "{:?}", report.unread);
    assert!(report.unread[0].why.contains("100 times its size"), "{:?}", report.unread);
}

#[test]
fn steps_are_a_budget_of_their_own() {
    for name in [
        "sqlite/many_pages.sqlite",
        "git/history.bundle",
        "pdf/plain.pdf",
        "parquet/none_1.parquet",
    ] {
        let limits = Limits { steps: 10, ..Limits::default() };
        let report = scan(name, &fixture(name), limits);
        let stops = report.unread.iter().filter(|unread| unread.why.contains("more than 10 steps"));
        assert_eq!(stops.count(), 1, "{name}: {:?}", report.unread);
    }
}

#[test]
fn archives_inside_each_other_end_at_the_depth_whatever_their_kinds() {
    let mut bytes = PAIR.as_bytes().to_vec();
    for level in 0..12 {
        bytes = if level % 2 == 0 { gzip(&bytes) } else { zip(&[("inner.gz", &bytes)]) };
    }
    let report = scan("a.zip", &bytes, Limits::default());
    assert!(report.findings.is_empty());
    assert_eq!(report.unread.len(), 1);
    assert!(report.unread[0].why.contains("inside 8 other containers"), "{:?}", report.unread);
}

#[test]
fn what_tools_pack_is_read_and_told_where_it_stands() {
    // Written by hand: the fixture, the path inside, the line, and whether the id has its secret there.
    let cases: [(&str, &[&str], u64, bool); 40] = [
        ("bzip2/basic.txt.bz2", &["basic.txt"], 1, true),
        ("bzip2/two_members.txt.bz2", &["two_members.txt"], 1, true),
        ("bzip2/trailing.txt.bz2", &["trailing.txt"], 1, true),
        ("xz/basic.txt.xz", &["basic.txt"], 1, true),
        ("xz/basic.txt.lz", &["basic.txt"], 1, true),
        ("xz/basic.txt.lzma", &["basic.txt"], 1, true),
        ("xz/two_members.txt.xz", &["two_members.txt"], 1, true),
        ("xz/two_members.txt.lz", &["two_members.txt"], 1, true),
        ("xz/x86.txt.xz", &["x86.txt"], 1, true),
        ("zstd/basic.txt.zst", &["basic.txt"], 1, true),
        ("zstd/two_members.txt.zst", &["two_members.txt"], 1, true),
        ("zstd/skippable.txt.zst", &["skippable.txt"], 1, true),
        ("lz4/basic.txt.lz4", &["basic.txt"], 1, true),
        ("lz4/two_members.txt.lz4", &["two_members.txt"], 1, true),
        ("lz4/legacy.txt.lz4", &["legacy.txt"], 1, true),
        ("tar/v7.tar.gz", &["v7.tar", "key.txt"], 1, true),
        ("tar/ustar.tar.xz", &["ustar.tar", "钥匙.txt"], 1, true),
        ("tar/gnu.tar.xz", &["gnu.tar", "钥匙.txt"], 1, true),
        ("tar/pax.tar.xz", &["pax.tar", "钥匙.txt"], 1, true),
        ("tar/sparse_gnu.tar.gz", &["sparse_gnu.tar", "sparse.txt"], 1, true),
        ("tar/sparse_pax.tar.gz", &["sparse_pax.tar", "sparse.txt"], 1, true),
        ("tar/sparse_0_1.tar.gz", &["sparse_0_1.tar", "sparse.txt"], 1, true),
        ("tar/damaged.tar.gz", &["damaged.tar", "damaged part"], 1, true),
        ("tar/cut_short.tar", &["key.txt"], 1, false),
        ("zip/bzip2.zip", &["key.txt"], 1, true),
        ("zip/lzma.zip", &["key.txt"], 1, true),
        ("zip/descriptors.zip", &["again.txt"], 1, true),
        ("zip/without_directory.zip", &["again.txt"], 1, true),
        ("zip/zip64.zip", &["key.txt"], 1, true),
        ("zip/program.pyz", &["again.txt"], 1, true),
        ("zip/gbk_name.zip", &["密钥.txt"], 1, true),
        ("office/split_runs.docx", &["word/document.xml"], 2, true),
        ("office/table.docx", &["word/document.xml"], 2, true),
        ("office/table.docx", &["word/header1.xml"], 1, false),
        ("office/cells.xlsx", &["Keys & co"], 2, true),
        ("office/cells.xlsx", &["Other"], 3, false),
        ("office/slides.pptx", &["ppt/slides/slide1.xml"], 2, true),
        ("office/slides.pptx", &["ppt/notesSlides/notesSlide1.xml"], 1, false),
        ("office/text.odt", &["content.xml"], 1, true),
        ("office/sheet.ods", &["Keys"], 2, true),
    ];
    for (name, path, line, is_pair) in cases {
        told(name, path, line, is_pair);
    }
}

/// Asserts that the id of all fixtures is found in a fixture at a path and a line.
pub(crate) fn told(name: &str, path: &[&str], line: u64, is_pair: bool) {
    let report = scan(name, &fixture(name), Limits::default());
    let found = report.findings.iter().any(|finding| {
        let place = &finding.location;
        finding.access_key_id.as_ref().is_some_and(|id| id.as_str() == &PAIR[..24])
            && (place.path == path, place.line, finding.secret.is_some()) == (true, line, is_pair)
    });
    assert!(found, "{name}: {:#?} {:?}", report.findings, report.unread);
}

/// A container among the fixtures.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/container");
    std::fs::read(root.join(name)).unwrap()
}

#[test]
fn what_mail_databases_archives_and_repositories_hold_is_read() {
    let cases: [(&str, &[&str], u64, bool); 30] = [
        ("mail/parts.eml", &["message"], 8, true),
        ("mail/parts.eml", &["part 2.html"], 1, false),
        ("mail/parts.eml", &["密钥.txt"], 1, true),
        ("mail/parts.eml", &["a.txt.gz", "a.txt"], 1, true),
        ("mail/parts.eml", &["part 5.eml", "message"], 9, false),
        ("mail/quoted.eml", &["message"], 9, true),
        ("mail/quoted_body.txt", &["text"], 1, true),
        ("mail/box.mbox", &["message 2", "message"], 9, true),
        ("notebook/cells.ipynb", &["cells"], 4, true),
        ("notebook/damaged.ipynb", &[], 14, true),
        ("sqlite/rows.sqlite", &["keys"], 3, true),
        ("sqlite/many_pages.sqlite", &["keys"], 202, true),
        ("sqlite/overflow.sqlite", &["notes"], 2, true),
        ("sqlite/utf16.sqlite", &["keys"], 2, true),
        ("sqlite/without_rowid.sqlite", &["keys"], 2, true),
        ("sqlite/deleted.sqlite", &["deleted rows"], 1, true),
        ("sqlite/deleted_one.sqlite", &["deleted rows"], 1, true),
        ("sqlite/blob.sqlite", &["files", "body of row 1", "content"], 1, true),
        ("git/loose_blob", &["content"], 61, true),
        ("git/history.bundle", &["8e503036ff47", "src/deep/settings.py"], 61, true),
        ("git/offset_deltas.pack", &["8e503036ff47", "src/deep/settings.py"], 61, true),
        ("git/named_deltas.pack", &["8e503036ff47", "src/deep/settings.py"], 61, true),
        ("git/cut_short.pack", &["8e503036ff47", "src/deep/settings.py"], 61, true),
        ("seven_zip/lzma2.7z", &["key.txt"], 1, true),
        ("seven_zip/lzma.7z", &["key.txt"], 1, true),
        ("seven_zip/ppmd.7z", &["key.txt"], 1, true),
        ("seven_zip/bzip2.7z", &["key.txt"], 1, true),
        ("seven_zip/deflate.7z", &["key.txt"], 1, true),
        ("seven_zip/copy.7z", &["key.txt"], 1, true),
        ("seven_zip/x86.7z", &["key.txt"], 1, true),
    ];
    for (name, path, line, is_pair) in cases {
        told(name, path, line, is_pair);
    }
}

#[test]
fn pages_of_pdf_are_read_as_they_are_seen() {
    let cases: [(&str, &[&str], u64, bool); 11] = [
        ("pdf/plain.pdf", &["page 2"], 1, true),
        ("pdf/flate.pdf", &["page 2"], 1, true),
        ("pdf/ascii85.pdf", &["page 2"], 1, true),
        ("pdf/object_streams.pdf", &["page 2"], 1, true),
        ("pdf/subset_font.pdf", &["page 1"], 1, true),
        ("pdf/letters.pdf", &["page 1"], 1, true),
        ("pdf/table.pdf", &["page 1"], 2, true),
        ("pdf/attached.pdf", &["key.txt"], 1, true),
        ("pdf/link.pdf", &["properties"], 1, false),
        ("pdf/replaced.pdf", &["replaced stream at byte 1142"], 2, true),
        ("pdf/attached.pdf", &["page 2"], 1, true),
    ];
    for (name, path, line, is_pair) in cases {
        told(name, path, line, is_pair);
    }
}

#[test]
fn rows_of_tables_are_told_by_their_lines() {
    let mut names: Vec<String> = ["none", "snappy", "gzip", "zstd", "lz4"]
        .iter()
        .flat_map(|codec| [1, 2].map(|version| format!("parquet/{codec}_{version}.parquet")))
        .collect();
    names.extend(
        ["delta_length_byte_array", "delta_byte_array", "plain"]
            .map(|encoding| format!("parquet/{encoding}.parquet")),
    );
    for name in &names {
        told(name, &["rows"], 252, true);
    }
    told("parquet/nested.parquet", &["rows"], 2, true);
    for codec in ["null", "deflate", "bzip2", "xz", "zstandard"] {
        told(&format!("avro/{codec}.avro"), &["rows"], 5, true);
        told(&format!("avro/{codec}.avro"), &["value in row 4", "content"], 1, true);
    }
}

#[test]
fn office_files_of_old_images_captures_and_programs_are_read() {
    let cases: [(&str, &[&str], u64, bool); 18] = [
        ("compound/message.msg", &["message"], 2, true),
        ("compound/message.msg", &["key.txt"], 1, true),
        ("compound/cells.xls", &["Workbook"], 1, true),
        ("rtf/words.rtf", &["text"], 2, true),
        ("rtf/embedded.rtf", &["object 1"], 1, true),
        ("image/texts.png", &["metadata"], 1, true),
        ("image/exif.png", &["metadata"], 1, true),
        ("image/exif.jpg", &["metadata"], 1, true),
        ("image/exif.webp", &["metadata"], 1, true),
        ("image/comment.jpg", &["metadata"], 1, true),
        ("image/comment.gif", &["metadata"], 1, true),
        ("image/tags.tiff", &["metadata"], 1, true),
        ("image/behind.jpg", &["behind the image"], 1, true),
        ("capture/stream.pcap", &["tcp 10.0.0.1:40000 > 10.0.0.2:80"], 1, true),
        ("capture/stream.pcap", &["udp 10.0.0.3:5000 > 10.0.0.4:53"], 1, false),
        ("capture/stream.pcapng", &["tcp 10.0.0.1:40000 > 10.0.0.2:80"], 1, true),
        ("python/constants.pyc", &["strings"], 2, true),
        ("orc/dictionary.orc", &["rows"], 252, true),
    ];
    for (name, path, line, is_pair) in cases {
        told(name, path, line, is_pair);
    }
    for codec in ["uncompressed", "zlib", "snappy", "zstd", "lz4"] {
        told(&format!("orc/{codec}.orc"), &["rows"], 252, true);
    }
}

#[test]
fn a_blob_is_read_once_and_told_with_the_commit_that_brought_it() {
    let report = scan("a.pack", &fixture("git/offset_deltas.pack"), Limits::default());
    assert_eq!(pairs(&report).len(), 1);
    let why = report.findings[0].why.join("; ");
    assert!(why.contains("in commit 8e503036ff47 by Ana <ana@acme.cn>, 2023-11-14T22:1"), "{why}");
}

#[test]
fn what_is_damaged_cut_short_encrypted_or_overlapping_is_said() {
    for (name, words) in [
        ("bzip2/damaged.txt.bz2", "damaged bzip2 data"),
        ("bzip2/cut_short.txt.bz2", "ends too early"),
        ("bzip2/trailing.txt.bz2", "after the end of the bzip2 data, from byte 129"),
        ("xz/damaged.txt.xz", "damaged xz data"),
        ("xz/damaged.txt.lz", "damaged lzip data"),
        ("xz/cut_short.txt.xz", "ends too early"),
        ("xz/cut_short.txt.lzma", "ends too early"),
        ("zstd/damaged.txt.zst", "checksum does not match"),
        ("zstd/cut_short.txt.zst", "ends too early"),
        ("lz4/damaged.txt.lz4", "checksum does not match"),
        ("lz4/cut_short.txt.lz4", "ends too early"),
        ("lz4/trailing.txt.lz4", "after the end of the LZ4 data"),
        ("tar/damaged.tar.gz", "damaged tar header at byte 1024"),
        ("tar/cut_short.tar", "its last entry is not whole"),
        ("mail/encrypted.eml", "encrypted mail"),
        ("notebook/damaged.ipynb", "notebook not opened"),
        ("sqlite/damaged.sqlite", "1 pages or rows were not read"),
        ("git/cut_short.pack", "2 of 20 objects are not read"),
        ("git/thin.pack", "made from objects elsewhere"),
        ("seven_zip/encrypted.7z", "encrypted 7z entries"),
        ("seven_zip/hidden_names.7z", "encrypted 7z archive"),
        ("seven_zip/cut_short.7z", "7z archive not opened"),
        ("pdf/encrypted.pdf", "encrypted PDF"),
        ("pdf/cut_short.pdf", "PDF ends too early"),
        ("parquet/brotli.parquet", "its compression Brotli is not supported"),
        ("parquet/cut_short.parquet", "its footer is missing"),
        ("avro/cut_short.avro", "damaged Avro file"),
        ("orc/cut_short.orc", "its end is missing"),
        ("capture/cut_short.pcap", "capture ends too early"),
        ("compound/encrypted.docx", "encrypted Office file"),
        ("zip/aes.zip", "encrypted zip entry"),
        ("zip/overlapping.zip", "lie in each other"),
        ("zip/without_directory.zip", "it has no directory"),
    ] {
        said(name, words);
    }
}

/// Asserts that a fixture's only report of something unread has these words.
pub(crate) fn said(name: &str, words: &str) {
    let report = scan(name, &fixture(name), Limits::default());
    assert_eq!(report.unread.len(), 1, "{name}: {:?}", report.unread);
    assert!(report.unread[0].why.contains(words), "{name}: {:?}", report.unread);
}

#[test]
fn findings_beyond_the_limit_are_reported() {
    let text = "LTAI5t1GumF9ikeXfPX6xnYD k3V9sQ7hTz1NbX5wLmR8yCf2DgJ6pE\n".repeat(50);
    let report = scan("a", text.as_bytes(), Limits { findings: 10, ..Limits::default() });
    assert_eq!((report.findings.len(), report.unread.len()), (10, 1));
    assert!(report.unread[0].why.contains("40 are not listed"), "{:?}", report.unread);
}
