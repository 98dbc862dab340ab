//! Texts in every encoding and notation: an id finds its secret, and its location is told.

use claviger_scan::Limits;

use crate::{pairs, scan};

const ID: &str = "LTAI5t1GumF9ikeXfPX6xnYD";
const SECRET: &str = "k3V9sQ7hTz1NbX5wLmR8yCf2DgJ6pE";

#[test]
fn a_pair_is_found_in_every_encoding_and_notation() {
    // By hand: the fixture, the path inside, line and column.
    let cases: [(&str, &[&str], u64, u64); 19] = [
        ("utf16le.txt", &[], 1, 17),
        ("utf16be.txt", &[], 1, 17),
        ("utf16le_bom.txt", &[], 1, 17),
        ("utf16le_zh.txt", &[], 5, 17),
        ("utf32le.txt", &[], 1, 17),
        ("utf32_bom.txt", &[], 1, 17),
        ("utf32be_bom.txt", &[], 1, 17),
        ("gbk.txt", &[], 2, 17),
        ("percent.txt", &[], 1, 43),
        ("percent2.txt", &[], 1, 1),
        ("json4.json", &[], 1, 81),
        ("unicode.json", &[], 1, 8),
        ("bytes.txt", &[], 1, 5),
        ("k8s.yaml", &[], 4, 18),
        ("config.json", &["base64 in line 1"], 1, 17),
        ("wrapped.yaml", &["base64 in line 2"], 1, 17),
        ("twice.txt", &["base64 in line 1"], 1, 17),
        ("gz.txt", &["base64 in line 1", "content"], 1, 17),
        ("hex.txt", &["hexadecimal in line 1"], 1, 17),
    ];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/veiled");
    for (name, path, line, column) in cases {
        let report = scan(name, &std::fs::read(root.join(name)).unwrap(), Limits::default());
        assert_eq!(report.findings.len(), 1, "{name}: {:#?}", report.findings);
        let finding = &report.findings[0];
        let secret = finding.secret.as_ref().map(|secret| secret.value.reveal());
        assert_eq!(finding.access_key_id.as_ref().map(|id| id.as_str()), Some(ID), "{name}");
        assert_eq!(secret, Some(SECRET), "{name}");
        let place = &finding.location;
        assert_eq!(
            (&place.path[..], place.line, place.column),
            (path_of(path).as_slice(), line, column),
            "{name}"
        );
    }
}

fn path_of(path: &[&str]) -> Vec<String> {
    path.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_short_name_beside_a_secret_in_base64_is_in_base64_too() {
    // `sync-lake` and `K1BfFPo6n2G60WcqDTOM`, as a Kubernetes secret holds them.
    let text = "kind: Secret\ndata:\n  root-user: c3luYy1sYWtl\n  root-password: SzFCZkZQbzZuMkc2MFdjcURUT00=\n";
    let found = pairs(&scan("secret.yaml", text.as_bytes(), Limits::default()));
    assert_eq!(found, [("sync-lake".to_owned(), "K1BfFPo6n2G60WcqDTOM".to_owned())]);
}

#[test]
fn an_id_and_a_secret_with_signs_behind_percent_escapes_are_a_pair() {
    let (id, secret) =
        ("EXO624341c9baa439f5a140220e", "LEAkUpXaBPfdJERRp5vh1627zVtUcQ_6fJnwZ1Y39--");
    let text = format!("ACCESS_KEY_ID%3D{id}%0ASECRET_ACCESS_KEY%3D{secret}%0A");
    let found = pairs(&scan("a.url", text.as_bytes(), Limits::default()));
    assert_eq!(found, [(id.to_owned(), secret.to_owned())]);
}

#[test]
fn a_plain_id_finds_a_secret_in_base64_and_stands_where_it_is_written() {
    let text = format!(
        "access_key_id: {ID}\naccess_key_secret: azNWOXNRN2hUejFOYlg1d0xtUjh5Q2YyRGdKNnBF\n"
    );
    let report = scan("a.yaml", text.as_bytes(), Limits::default());
    assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    assert_eq!(report.findings[0].secret.as_ref().unwrap().value.reveal(), SECRET);
    assert_eq!((report.findings[0].location.start, report.findings[0].location.end), (15, 39));
}

#[test]
fn a_long_run_is_decoded_as_it_comes() {
    let inner =
        format!("{}access_key_id = {ID}\nsecret = {SECRET}\n", "nothing here\n".repeat(20_000));
    let text = format!("data: {}\n", base64(inner.as_bytes()));
    let report = scan("a.txt", text.as_bytes(), Limits::default());
    assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    assert_eq!(report.findings[0].location.line, 20_001);
}

#[test]
fn notations_inside_each_other_are_followed_to_the_depth() {
    let mut text =
        format!("access_key_id = {ID}\nsecret = {SECRET}\n{}", "more text\n".repeat(300));
    for _ in 0..6 {
        text = format!("{}\n", base64(text.as_bytes()));
    }
    let report = scan("a.txt", text.as_bytes(), Limits { depth: 3, ..Limits::default() });
    assert!(report.findings.is_empty());
    let report = scan("a.txt", text.as_bytes(), Limits::default());
    assert_eq!(report.findings.len(), 1, "{:?}", report.unread);
}

#[test]
fn what_stands_for_nothing_is_left_alone() {
    let text = "sha256 = e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n\
                integrity sha512-Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZg==\n\
                c3RhdGljIHRleHQgdGhhdCBoYXMgbm8ga2V5IGluIGl0IGF0IGFsbA==\n";
    let report = scan("a.txt", text.as_bytes(), Limits::default());
    assert!(report.findings.is_empty() && report.unread.is_empty(), "{report:#?}");
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
            << (8 * (3 - group.len()));
        for digit in 0..=group.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize]));
        }
        text.push_str(&"=="[..3 - group.len()]);
    }
    text
}
