//! Every fixture: the whole of what is found in it as one snapshot, and the places checked byte by byte.

use std::path::{Path, PathBuf};

use claviger_scan::Limits;
use serde_json::{Map, Value};

use crate::{pairs, report_as_json, scan};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Every file below the fixtures, by its path in them, in order.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut folders = vec![root()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
                files.push((name, std::fs::read(path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn every_fixture_gives_what_its_snapshot_says() {
    let all: Map<String, Value> = files()
        .into_iter()
        .map(|(name, bytes)| {
            let report = scan(&name, &bytes, Limits::default());
            (name, report_as_json(&report))
        })
        .collect();
    insta::assert_json_snapshot!(all);
}

#[test]
fn a_location_names_the_bytes_of_the_id() {
    for (name, bytes) in files().into_iter().filter(|(name, _)| name.starts_with("rule/")) {
        for finding in scan(&name, &bytes, Limits::default()).findings {
            let Some(id) = &finding.access_key_id else { continue };
            let (start, end) = (finding.location.start as usize, finding.location.end as usize);
            let mut found = bytes[start..end].to_vec();
            found.retain(|byte| *byte != 0);
            assert_eq!(found, id.as_str().as_bytes(), "{name}");
        }
    }
}

#[test]
fn what_belongs_together_is_paired() {
    // By hand: number of ids in the fixture, and how many of them have a secret.
    for (name, ids, paired) in [
        ("test.txt", 1, 1),
        ("crlf.txt", 1, 1),
        ("key_value.properties", 1, 1),
        ("nested.json", 1, 1),
        ("one_line.json", 3, 3),
        ("config.json", 2, 2),
        ("deployment.yaml", 1, 1),
        ("env.sh", 2, 2),
        ("ids_then_secrets.txt", 3, 3),
        ("secrets_first.txt", 2, 2),
        ("keys.csv", 4, 4),
        ("profiles.ini", 5, 5),
        ("far_apart.md", 1, 1),
        ("older_ids.conf", 2, 2),
        ("id_alone.log", 1, 0),
        ("id_again.txt", 1, 1),
        ("utf16_le.txt", 1, 1),
        ("utf16_be.txt", 1, 1),
        ("utf8_mark.txt", 1, 1),
        ("colour.log", 1, 1),
        ("address.txt", 2, 1),
    ] {
        let bytes = std::fs::read(root().join("rule/aliyun_access_key").join(name)).unwrap();
        let pairs = pairs(&scan(name, &bytes, Limits::default()));
        let with_secret = pairs.iter().filter(|(_, secret)| !secret.is_empty()).count();
        assert_eq!((pairs.len(), with_secret), (ids, paired), "{name}: {pairs:#?}");
    }
}

#[test]
fn each_id_gets_its_own_secret_in_every_order() {
    let read = |name: &str| {
        let bytes = std::fs::read(root().join("rule/aliyun_access_key").join(name)).unwrap();
        let pairs = pairs(&scan(name, &bytes, Limits::default()));
        (String::from_utf8(bytes).unwrap(), pairs)
    };
    let (text, found) = read("ids_then_secrets.txt");
    let lines: Vec<&str> = text.lines().collect();
    for (index, (id, secret)) in found.iter().enumerate() {
        assert_eq!((id.as_str(), secret.as_str()), (lines[index], lines[index + 3]));
    }
    let (text, found) = read("secrets_first.txt");
    let lines: Vec<&str> = text.lines().collect();
    for (index, (id, secret)) in found.iter().enumerate() {
        assert_eq!((secret.as_str(), id.as_str()), (lines[2 * index], lines[2 * index + 1]));
    }
    let (text, found) = read("keys.csv");
    for ((id, secret), row) in found.iter().zip(text.lines().skip(1)) {
        assert!(row.starts_with(&format!("{id},{secret},")), "{row}");
    }
    let (text, found) = read("one_line.json");
    for (id, secret) in &found {
        assert!(text.contains(&format!(r#"{{"secret": "{secret}", "id": "{id}"}}"#)), "{id}");
    }
    let (text, found) = read("env.sh");
    for (id, secret) in &found {
        let owner = text.lines().find(|line| line.contains(id.as_str())).unwrap();
        let owner = owner.trim_start_matches("export ").split('_').next().unwrap();
        assert!(text.contains(&format!("export {owner}_ACCESS_KEY_SECRET='{secret}'")), "{id}");
    }
}

#[test]
fn what_is_no_key_is_not_reported_as_one() {
    let read = |name: &str| {
        let bytes = std::fs::read(root().join("negative").join(name)).unwrap();
        pairs(&scan(name, &bytes, Limits::default()))
    };
    assert!(read("placeholders.txt").is_empty());
    assert!(read("base64.txt").is_empty());
    for name in ["sha1.txt", "other_words.txt", "uuid.txt"] {
        let pairs = read(name);
        assert!(pairs.len() == 1 && pairs[0].1.is_empty(), "{name}: {pairs:?}");
    }
}

#[test]
fn what_is_no_personal_data_is_not_reported_as_such() {
    for (name, bytes) in files() {
        if name.starts_with("data_type/") && name.contains("unrelated") {
            let findings = scan(&name, &bytes, Limits::default()).findings;
            let rules: Vec<String> = findings.into_iter().map(|finding| finding.rule).collect();
            let own = name.split('/').nth(1).unwrap().to_owned();
            assert!(!rules.contains(&own), "{name}: {rules:?}");
        }
    }
}
