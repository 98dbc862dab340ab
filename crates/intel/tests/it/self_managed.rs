//! Entries that a person makes.

use claviger_intel::self_managed::{Format, parse};
use proptest::prelude::*;

const KEY: &str = "LTAI5tMadeUpKeyId0000001";

fn lines(rejects: &[claviger_intel::self_managed::Reject]) -> Vec<u64> {
    rejects.iter().map(|reject| reject.line).collect()
}

#[test]
fn csv_and_json_lines_say_the_same() {
    let csv = "access_key_id,link,user,note,seen_at\n\
               LTAI5tMadeUpKeyId0000001,https://git.example/a,mei,,2026-01-02T03:04:05Z\n";
    let json = r#"{"access_key_id":"LTAI5tMadeUpKeyId0000001","link":"https://git.example/a","user":"mei","seen_at":"2026-01-02T03:04:05Z"}"#;
    let (from_csv, rejects) = parse(csv, Format::Csv);
    assert_eq!(rejects, []);
    assert_eq!(from_csv, parse(json, Format::JsonLines).0);
    assert_eq!(from_csv[0].access_key_id.as_str(), KEY);
    assert_eq!(from_csv[0].user.as_deref(), Some("mei"));
    assert_eq!(from_csv[0].note, None);
    assert_eq!(from_csv[0].seen_at.unwrap().to_string(), "2026-01-02T03:04:05Z");
}

#[test]
fn a_bad_line_is_named_and_the_others_are_kept() {
    let json = "{\"access_key_id\":\"LTAI5tMadeUpKeyId0000001\"}\nnonsense\n\n\
                {\"access_key_id\":\"has space\"}\n{\"access_key_id\":\"AKIAMADEUP\"}\n";
    let (entries, rejects) = parse(json, Format::JsonLines);
    assert_eq!(entries.len(), 2);
    assert_eq!(lines(&rejects), [2, 4]);
    let csv = "access_key_id,note\nAKIAMADEUP1,\"two\nlines\"\nhas space,x\nAKIAMADEUP2\nAKIAMADEUP3,a,b\n";
    let (entries, rejects) = parse(csv, Format::Csv);
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].note.as_deref(), Some("two\nlines"));
    assert_eq!(lines(&rejects), [4, 6]);
}

#[test]
fn a_row_is_named_by_its_line_whatever_ends_the_lines() {
    for end in ["\n", "\r\n"] {
        let rows = ["access_key_id", "has space", "", "AKIAMADEUP1", "", "", "has space", "a,b"];
        let (entries, rejects) = parse(&rows.join(end), Format::Csv);
        assert_eq!((entries.len(), lines(&rejects)), (1, vec![2, 7, 8]), "{end:?}");
    }
}

#[test]
fn a_spreadsheet_with_its_own_spelling_is_read() {
    let csv = "\u{feff}AccessKey ID;ignored\r\n".replace(";ignored", ",Seen At")
        + "LTAI5tMadeUpKeyId0000001,\r\n";
    let (entries, rejects) = parse(&csv, Format::Csv);
    assert_eq!(rejects, []);
    assert_eq!(entries[0].access_key_id.as_str(), KEY);
}

#[test]
fn a_column_of_secrets_is_refused_and_nothing_is_repeated() {
    let secret = "MadeUpSecretOfThirtyCharacters";
    let uploads = [
        (format!("AccessKey ID,AccessKey Secret\n{KEY},{secret}\n"), Format::Csv),
        (format!("{KEY},{secret}\n"), Format::Csv),
        (format!("access_key_id\n{KEY},{secret}\n"), Format::Csv),
        (format!("access_key_id\n{KEY} {secret}\n"), Format::Csv),
        (format!("access_key_id,seen_at\n{KEY},{secret}\n"), Format::Csv),
        (format!("{{\"access_key_id\":\"{KEY}\",\"secret\":\"{secret}\"}}"), Format::JsonLines),
        (format!("\"{secret}\""), Format::JsonLines),
        (format!("{{\"access_key_id\":\"{KEY}\",\"{secret}\":1}}"), Format::JsonLines),
    ];
    for (upload, format) in uploads {
        let (entries, rejects) = parse(&upload, format);
        assert_eq!((entries.len(), rejects.len()), (0, 1), "{upload}");
        assert!(!rejects[0].why.contains(secret), "{}", rejects[0].why);
    }
}

#[test]
fn a_link_that_could_run_is_refused() {
    for link in
        ["javascript:alert(1)", "JaVaScRiPt://x", "data:text/html,x", "//host/x", "pastebin"]
    {
        let json = serde_json::json!({ "access_key_id": KEY, "link": link }).to_string();
        let (entries, rejects) = parse(&json, Format::JsonLines);
        assert_eq!((entries.len(), lines(&rejects)), (0, vec![1]), "{link}");
    }
    let json = serde_json::json!({ "access_key_id": KEY, "link": " HTTPS://git.example/a " });
    assert_eq!(
        parse(&json.to_string(), Format::JsonLines).0[0].link.as_deref(),
        Some("HTTPS://git.example/a")
    );
}

#[test]
fn an_empty_upload_has_neither_entries_nor_rejects() {
    assert_eq!(parse("", Format::JsonLines), (vec![], vec![]));
    assert_eq!(parse("access_key_id\n", Format::Csv), (vec![], vec![]));
}

proptest! {
    #[test]
    fn entries_and_rejects_are_all_lines(
        rows in prop::collection::vec(("[ -~]{0,12}", any::<bool>()), 0..30),
    ) {
        let text: String = rows
            .iter()
            .map(|(text, good)| {
                if *good { "{\"access_key_id\":\"AKIAMADEUP\"}\n".to_owned() } else { format!("{text}\n") }
            })
            .collect();
        let filled = text.lines().filter(|line| !line.trim().is_empty()).count();
        let (entries, rejects) = parse(&text, Format::JsonLines);
        prop_assert_eq!(entries.len() + rejects.len(), filled);
    }

    #[test]
    fn no_text_breaks_the_reader(text in "(?s).{0,300}") {
        let uploads = [
            parse(&text, Format::Csv),
            parse(&text, Format::JsonLines),
            parse(&format!("access_key_id,link\n{text}"), Format::Csv),
        ];
        for (entries, _) in uploads {
            prop_assert!(entries.iter().all(|e| e.link.as_ref().is_none_or(|l| l.contains("://"))));
        }
    }
}
