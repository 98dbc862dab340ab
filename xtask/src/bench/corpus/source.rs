//! Real source code: that of the packages which this workspace is built from, which every machine that
//! builds it has, at the versions that `Cargo.lock` fixes.

use std::path::{Path, PathBuf};

use crate::bench::limit::files_below;

/// Names that end so are text.
const ENDINGS: [&str; 6] = ["rs", "toml", "md", "c", "h", "json"];

/// Copies source files until there are so many bytes, in the order of names. Returns how many bytes there
/// are; fewer where the machine has fewer.
pub(super) fn copy(into: &Path, bytes: u64) -> anyhow::Result<u64> {
    let mut copied = 0;
    for package in packages() {
        let mut files = Vec::new();
        files_below(&package, &mut files)?;
        for file in files {
            if copied >= bytes {
                return Ok(copied);
            }
            let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            let Some(below) = package.parent().and_then(|parent| file.strip_prefix(parent).ok())
            else {
                continue;
            };
            if ENDINGS.contains(&ending) {
                let to = into.join(below);
                if let Some(folder) = to.parent() {
                    std::fs::create_dir_all(folder)?;
                }
                copied += std::fs::copy(&file, &to)?;
            }
        }
    }
    Ok(copied)
}

/// The folders of the packages in `Cargo.lock` that cargo has unpacked here, in the order of names.
fn packages() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
        .unwrap_or_default();
    let registries = std::fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
    let registries: Vec<PathBuf> = registries.map(|entry| entry.path()).collect();
    let lock = std::fs::read_to_string("Cargo.lock").unwrap_or_default();
    let mut found: Vec<PathBuf> = names(&lock)
        .iter()
        .filter_map(|name| {
            registries.iter().map(|registry| registry.join(name)).find(|folder| folder.is_dir())
        })
        .collect();
    found.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    found
}

/// `name-version` of every package.
fn names(lock: &str) -> Vec<String> {
    let value = |line: &str, key: &str| {
        line.strip_prefix(key).map(|rest| rest.trim_matches([' ', '=', '"']).to_owned())
    };
    let mut names = Vec::new();
    let mut name = None;
    for line in lock.lines() {
        if let Some(found) = value(line, "name = ") {
            name = Some(found);
        } else if let (Some(version), Some(name)) = (value(line, "version = "), name.take()) {
            names.push(format!("{name}-{version}"));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn packages_are_named_with_their_versions() {
        let lock = "version = 4\n\n[[package]]\nname = \"anyhow\"\nversion = \"1.0.1\"\n\
                    source = \"…\"\n\n[[package]]\nname = \"zip\"\nversion = \"9.0.0\"\n";
        assert_eq!(names(lock), ["anyhow-1.0.1", "zip-9.0.0"]);
    }
}
