//! `claviger scan`.

use super::{claviger, claviger_with};

/// A made-up pair in the right shape.
const PAIR: &str =
    "AccessKeyId: LTAI5tK9qW2mZ7rT4vB8nC3x\nAccessKeySecret: k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U\n";

#[test]
fn a_pair_is_found_and_its_secret_is_hidden_unless_asked_for() {
    let ran = claviger_with(&["scan", "-", "--format", "jsonl"], PAIR.as_bytes());
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let finding: serde_json::Value = serde_json::from_str(ran.stdout.trim()).unwrap();
    assert_eq!(finding["kind"], "access_key_pair");
    assert_eq!(finding["access_key_id"], "LTAI5tK9qW2mZ7rT4vB8nC3x");
    assert_eq!(finding["location"]["line"], 1);
    assert_eq!(finding["location"]["column"], 14);
    assert!(finding["secret"]["value"].is_null());
    assert!(!ran.stdout.contains("k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U"));
    let ran = claviger_with(&["scan", "-", "--format", "jsonl", "--reveal"], PAIR.as_bytes());
    assert!(ran.stdout.contains("k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U"));
}

#[test]
fn nothing_found_is_clean_and_a_missing_path_is_an_error_with_a_hint() {
    assert_eq!(claviger_with(&["scan", "-"], b"nothing here").code, 0);
    let ran = claviger(&["scan", "no/such/path"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("hint:"), "{}", ran.stderr);
}

#[test]
fn folders_are_read_in_the_order_of_names_whatever_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b.txt", "a.txt", "c.txt"] {
        std::fs::write(folder.path().join(name), PAIR).unwrap();
    }
    let path = folder.path().display().to_string();
    let mut uris = Vec::new();
    for threads in ["1", "4"] {
        let ran = claviger(&["scan", &path, "--format", "jsonl", "--threads", threads]);
        let found: Vec<String> = ran
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|finding| finding["location"]["uri"].as_str().unwrap().to_owned())
            .collect();
        assert!(found.is_sorted() && found.len() == 3);
        uris.push(found);
    }
    assert_eq!(uris[0], uris[1]);
}
