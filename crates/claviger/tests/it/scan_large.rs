//! `claviger scan` of one large text: every thread helps, and what is found is that of one.

use std::fmt::Write;
use std::process::Command;

use serde_json::Value;

use super::ran;

/// A text of so many bytes: keys, people and passwords far apart, a value in quotes over many lines.
fn text(bytes: usize) -> String {
    let mut text = String::from("id,name,phone,note\n");
    let mut number = 0_u64;
    while text.len() < bytes {
        number += 1;
        match number % 9000 {
            1000 => text.push_str("access_key_id = LTAI5tK9qW2mZ7rT4vB8nC3x\nsecret = k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U\n"),
            4000 => writeln!(text, "7,Li Wei,139{:08},\"{}\"", number % 99_999_999, "\n".repeat(40)).unwrap(),
            7000 => writeln!(text, "password = \"hunter{number}Zq!\"").unwrap(),
            _ => text.push_str("7,Li Wei,13912345670,no more than a line with words in it, as most of them are\n"),
        }
    }
    text
}

#[test]
fn a_large_text_is_reported_alike_by_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.csv");
    let text = text(9 << 20);
    std::fs::write(&path, &text).unwrap();
    let alone = found(path.to_str().unwrap(), "1", b"");
    assert!(alone.len() > 4, "{alone:#?}");
    assert_eq!(found(path.to_str().unwrap(), "3", b""), alone);
    assert_eq!(found("-", "2", text.as_bytes()), alone);
}

/// The findings in order, without the address.
fn found(target: &str, threads: &str, input: &[u8]) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
    command
        .args(["scan", target, "--format", "jsonl", "--threads", threads])
        .env("CLAVIGER_FINGERPRINT_KEY", "07".repeat(32));
    let ran = ran(command, input);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let findings = ran.stdout.lines().map(|line| {
        let mut finding: Value = serde_json::from_str(line).unwrap();
        finding["location"]["uri"].take();
        finding
    });
    findings.collect()
}
