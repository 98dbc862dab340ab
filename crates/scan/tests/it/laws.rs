//! What holds for any bytes: no panic, no dependence on the cut, bounded outcome.

use claviger_scan::{Limits, Report, Scan};
use proptest::prelude::*;

use crate::containers::{gzip, zip};
use crate::{report_as_json, scan, scanner};

/// Scans bytes that come in pieces of these sizes, again and again; the last is handed over as such.
fn scan_cut(uri: &str, bytes: &[u8], sizes: &[usize], limits: Limits) -> Report {
    let scanner = scanner();
    let mut scan = scanner.open(uri, limits);
    let mut rest = bytes;
    for size in sizes.iter().cycle() {
        let (piece, tail) = rest.split_at((*size).min(rest.len()));
        if tail.is_empty() {
            return scan.finish_with(piece);
        }
        scan.feed(piece);
        rest = tail;
    }
    scan.finish()
}

fn small() -> Limits {
    Limits { expanded_bytes: 1 << 20, archive_bytes: 1 << 20, ..Limits::default() }
}

/// Every container among the fixtures.
fn fixtures() -> Vec<Vec<u8>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/container");
    let folders = std::fs::read_dir(root).unwrap().map(|folder| folder.unwrap().path());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// A container with keys and data in it.
fn archive() -> impl Strategy<Value = Vec<u8>> {
    let text = b"id LTAI5t1GumF9ikeXfPX6xnYD\nsecret k3V9sQ7hTz1NbX5wLmR8yCf2DgJ6pE\na@acme.cn\n";
    prop_oneof![
        1 => Just(gzip(text)),
        1 => Just([gzip(text), gzip(&text.repeat(2000))].concat()),
        1 => Just(zip(&[("a.txt", text), ("b.gz", &gzip(text)), ("c.zip", &zip(&[("d", text)]))])),
        6 => prop::sample::select(fixtures()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..20_000)) {
        let report = scan("any", &bytes, small());
        prop_assert_eq!(report.bytes, bytes.len() as u64);
    }

    #[test]
    fn bytes_that_look_like_text_with_keys_are_survived(
        text in "(LTAI|STS\\.|AKIA|ASIA|A3T|[A-Za-z0-9/+]{1,40}|[@%\\\\ =:,\"\n+.{}0-9-]){0,300}",
    ) {
        let report = scan("any", text.as_bytes(), small());
        prop_assert!(report.unread.is_empty());
    }

    #[test]
    fn pieces_of_every_notation_are_survived_and_their_report_does_not_depend_on_the_cut(
        text in "(VALUES \\(|\\(`?id`?, secret\\) |'|\\||\\|---|\n|<td>|</th>|<!\\[CDATA\\[|\\]\\]>|<string name=\"|\
            &quot;|\x1b\\[32m|\"value\":\"|\"name\":\"|\"Name\": \"|\\{|\\}|password|secret|access_key_id|sk|\
            =|:|: |\\?=|\\(|, | -p| -a |redis-cli|new PDO\\(|etConnection\\(\"|8Q~|:AA|\\.atlasv1\\.|SK0|\
            LTAI5t1GumF9ikeXfPX6xnYD|k3V9sQ7hTz1NbX5wLmR8yCf2DgJ6pE|[a-f0-9]{32}|%4[0-9a-f]|密钥|：|，|\"|\\*\\*){0,60}",
        sizes in prop::collection::vec(1usize..90, 1..4),
    ) {
        let whole = scan("any", text.as_bytes(), small());
        let cut = scan_cut("any", text.as_bytes(), &sizes, small());
        prop_assert_eq!(report_as_json(&whole), report_as_json(&cut));
    }

    #[test]
    fn a_damaged_archive_is_survived_and_its_report_does_not_depend_on_the_cut(
        mut bytes in archive(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        keep in 0.0f64..1.3,
        sizes in prop::collection::vec(1usize..70_000, 1..5),
    ) {
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate((bytes.len() as f64 * keep) as usize);
        let whole = scan("a.gz", &bytes, small());
        let cut = scan_cut("a.gz", &bytes, &sizes, small());
        prop_assert_eq!(report_as_json(&whole), report_as_json(&cut));
    }
}

#[test]
fn a_scan_can_wait_for_its_next_bytes_on_any_thread() {
    fn is_send<T: Send>() {}
    fn is_shared<T: Send + Sync>() {}
    is_send::<Scan<'static>>();
    is_shared::<claviger_scan::Scanner>();
}

#[test]
fn nothing_fed_gives_nothing() {
    let report = scan("empty", b"", Limits::default());
    assert!(report.findings.is_empty() && report.unread.is_empty() && report.bytes == 0);
}
