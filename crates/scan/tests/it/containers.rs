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
fn a_zip_too_large_to_hold_is_reported_and_what_it_stores_plainly_is_read() {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    writer.start_file("a.txt", stored).unwrap();
    writer.write_all(format!("key {PAIR}").as_bytes()).unwrap();
    writer.write_all(&[b'\n'; 200_000]).unwrap();
    let archive = writer.finish().unwrap().into_inner();
    let report = scan("a.zip", &archive, Limits { archive_bytes: 100_000, ..Limits::default() });
    assert_eq!(report.unread.len(), 1);
    assert_eq!(pairs(&report).len(), 1);
}

#[test]
fn findings_beyond_the_limit_are_reported() {
    let text = "LTAI5t1GumF9ikeXfPX6xnYD k3V9sQ7hTz1NbX5wLmR8yCf2DgJ6pE\n".repeat(50);
    let report = scan("a", text.as_bytes(), Limits { findings: 10, ..Limits::default() });
    assert_eq!((report.findings.len(), report.unread.len()), (10, 1));
    assert!(report.unread[0].why.contains("40 are not listed"), "{:?}", report.unread);
}
