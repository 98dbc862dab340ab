//! One labelled case: files as people leave them lying about, and what in them opens a door.

use std::path::Path;

use anyhow::Context;

/// What a case holds that must be found; with neither an id nor a secret it would say nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Truth {
    /// The id of an access key.
    pub(super) id: Option<String>,
    /// The secret that belongs to it, or a credential by itself.
    pub(super) secret: Option<String>,
}

impl Truth {
    /// An id with the secret that belongs to it.
    pub(super) fn pair(id: &str, secret: &str) -> Self {
        Self { id: Some(id.to_owned()), secret: Some(secret.to_owned()) }
    }

    /// An id alone.
    pub(super) fn id(id: &str) -> Self {
        Self { id: Some(id.to_owned()), secret: None }
    }

    /// A credential that is no pair.
    pub(super) fn secret(secret: &str) -> Self {
        Self { id: None, secret: Some(secret.to_owned()) }
    }
}

/// Files with what is true of them.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// What is tried: `pair: dotenv`, `negative: lock file`.
    pub(super) class: String,
    /// Which of its kind it is.
    pub(super) name: String,
    /// Paths below the case's folder, with their bytes.
    pub(super) files: Vec<(String, Vec<u8>)>,
    /// All that must be found; empty where every finding is a false alarm.
    pub(super) truths: Vec<Truth>,
}

impl Case {
    /// A case of one file.
    pub(super) fn new(
        class: &str,
        name: &str,
        file: &str,
        bytes: impl Into<Vec<u8>>,
        truths: Vec<Truth>,
    ) -> Self {
        Self {
            class: class.to_owned(),
            name: name.to_owned(),
            files: vec![(file.to_owned(), bytes.into())],
            truths,
        }
    }
}

/// Writes the cases, each into a folder named by its number alone: a path must not give away what it is.
pub(super) fn write_all(folder: &Path, cases: &[Case]) -> anyhow::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    for (number, case) in cases.iter().enumerate() {
        for (path, bytes) in &case.files {
            let path = folder.join(format!("{number:04}")).join(path);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(&path, bytes)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(())
}
