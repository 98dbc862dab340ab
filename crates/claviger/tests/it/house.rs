//! Guards the house: which crate may know which, and how its files look.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// What each crate may know. An arrow that is not here is wrong: it points up or sideways.
const ARROWS: [(&str, &[&str]); 20] = [
    ("claviger-model", &[]),
    ("claviger-lanes", &[]),
    ("claviger-dial", &["claviger-model"]),
    ("claviger-scan", &["claviger-model", "claviger-lanes"]),
    ("claviger-watch", &["claviger-model"]),
    ("claviger-respond", &["claviger-model"]),
    ("claviger-sign", &["claviger-model"]),
    ("claviger-cloud", &["claviger-model", "claviger-dial", "claviger-sign"]),
    ("claviger-notify", &["claviger-model", "claviger-dial", "claviger-sign"]),
    ("claviger-intel", &["claviger-model", "claviger-dial"]),
    ("claviger-feed", &["claviger-model"]),
    ("claviger-repository", &["claviger-model", "claviger-dial"]),
    ("claviger-identity", &["claviger-model", "claviger-dial"]),
    ("claviger-store", &["claviger-model"]),
    ("claviger-history", &["claviger-model"]),
    ("claviger-stream", &["claviger-model"]),
    (
        "claviger-service",
        &[
            "claviger-model",
            "claviger-dial",
            "claviger-scan",
            "claviger-watch",
            "claviger-respond",
            "claviger-cloud",
            "claviger-notify",
            "claviger-intel",
            "claviger-feed",
            "claviger-repository",
            "claviger-identity",
            "claviger-store",
            "claviger-history",
            "claviger-stream",
        ],
    ),
    ("claviger-sandbox", &["claviger-model", "claviger-cloud"]),
    ("xtask", &[]),
    // The top floor knows everything below and is known by nobody.
    ("claviger", &["*"]),
];

/// Longest file without its tests.
const FILE_LINES_MAX: usize = 450;

/// Names that say nothing.
const EMPTY_NAMES: [&str; 8] =
    ["utils", "util", "common", "helpers", "misc", "core", "manager", "stuff"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

#[test]
fn arrows_only_point_down() {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(["--offline".to_owned()])
        .no_deps()
        .exec()
        .unwrap();
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        let Some(may_know) = allowed.get(name) else {
            wrong.push(format!("`{name}` has no place in the house: add it to ARROWS"));
            continue;
        };
        for dependency in &package.dependencies {
            let known = dependency.name.as_str();
            let ours = known == "claviger" || known.starts_with("claviger-");
            let fits = may_know.contains(&"*") || may_know.contains(&known);
            if ours && dependency.kind == DependencyKind::Normal && !fits {
                wrong.push(format!("`{name}` may not know `{known}`"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_file_has_a_head_a_name_and_a_bearable_length() {
    let mut wrong = Vec::new();
    for path in sources(&root().join("crates")).into_iter().chain(sources(&root().join("xtask"))) {
        let text = std::fs::read_to_string(&path).unwrap();
        let place = path.strip_prefix(root()).unwrap().display().to_string();
        if !text.starts_with("//!") {
            wrong.push(format!("{place}: begin it with what it is for (`//! …`)"));
        }
        let body = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        if place.contains("/src/") && body > FILE_LINES_MAX {
            wrong.push(format!("{place}: {body} lines; split it by meaning"));
        }
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if EMPTY_NAMES.contains(&stem) {
            wrong.push(format!("{place}: `{stem}` says nothing; name the thing"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn engines_read_no_clock_and_do_no_input_or_output() {
    let outside = ["std::fs", "std::net", "tokio", "Timestamp::now", "SystemTime", "Instant::now"];
    let mut wrong = Vec::new();
    for engine in ["scan", "watch", "respond"] {
        for path in sources(&root().join("crates").join(engine).join("src")) {
            let text = std::fs::read_to_string(&path).unwrap();
            for word in outside.iter().filter(|word| text.contains(**word)) {
                wrong.push(format!("{}: `{word}`", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn sql_lives_in_the_store_alone() {
    let mut wrong = Vec::new();
    for path in sources(&root().join("crates")) {
        let place = path.strip_prefix(root()).unwrap().display().to_string();
        if place.starts_with("crates/store/") || place.contains("/tests/") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for word in ["SELECT ", "INSERT INTO", "DELETE FROM", "sqlx::query"] {
            if text.contains(word) {
                wrong.push(format!("{place}: `{word}`"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Every Rust file below a folder, in the order of names.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}
