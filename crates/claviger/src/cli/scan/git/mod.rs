//! Git repositories: their whole history, each blob once, with the commit that brought it.
//!
//! Objects are read here, without the `git` program: a repository that is scanned must not be able to
//! make it run something. Only a history that lies elsewhere is fetched by it.

mod fetch;
mod history;
mod object;
mod pack;
mod store;

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};

pub(super) use fetch::Fetched;
pub(super) use history::Walk;
use object::Kind;
pub(super) use object::ObjectId;
use store::{Content, Store};

/// Largest file about refs that is read.
const REFS_MAX: u64 = 64 << 20;
/// Folders of refs inside each other.
const DEPTH_MAX: usize = 16;

/// Whether a folder is a repository: a `.git`, or one without a working tree.
pub(super) fn is_repository(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
}

/// A repository.
pub(super) struct Repository {
    folder: PathBuf,
    store: Store,
}

impl Repository {
    /// Opens the repository in a folder, of which a working tree may be made.
    ///
    /// # Errors
    /// There is none, or one that cannot be read.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let inner = folder.join(".git");
        let folder = match is_repository(folder) {
            true => folder.to_owned(),
            false if is_repository(&inner) => inner,
            false => bail!("there is no git repository in `{}`", folder.display()),
        };
        let config = text_of(&folder.join("config")).unwrap_or_default().to_lowercase();
        let named_by_sha256 = config.lines().any(|line| {
            let line: String = line.split_whitespace().collect();
            line == "objectformat=sha256"
        });
        if named_by_sha256 {
            bail!("the repository names its objects by SHA-256, which is not read");
        }
        let store = Store::open(&folder.join("objects")).context("cannot read its objects")?;
        Ok(Self { folder, store })
    }

    /// The content of a file, to be read from its start; `None` when it is missing or damaged.
    pub(super) fn blob(&self, id: &ObjectId) -> Option<Box<dyn Read + Send>> {
        match self.store.open_object(id)? {
            (Kind::Blob, Content::Streamed(reader)) => Some(reader),
            (Kind::Blob, Content::Held(bytes)) => Some(Box::new(Cursor::new(Held(bytes)))),
            _ => None,
        }
    }

    /// What every name, every log of names and every leftover of a merge points to.
    fn tips(&self) -> Vec<ObjectId> {
        let mut tips = Vec::new();
        let mut open = vec![(self.folder.join("refs"), 0), (self.folder.join("logs"), 0)];
        while let Some((folder, depth)) = open.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() && depth < DEPTH_MAX => {
                        open.push((entry.path(), depth + 1));
                    }
                    Ok(kind) if kind.is_file() => tips.extend(ids_in(&entry.path())),
                    _ => {}
                }
            }
        }
        for name in ["HEAD", "packed-refs", "FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD"] {
            tips.extend(ids_in(&self.folder.join(name)));
        }
        tips.sort_unstable();
        tips.dedup();
        tips
    }

    /// Commits whose parents were left behind when the repository was cloned.
    fn shallow(&self) -> Vec<ObjectId> {
        ids_in(&self.folder.join("shallow"))
    }
}

/// Bytes that the cache holds too.
struct Held(Arc<Vec<u8>>);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

fn text_of(path: &Path) -> Option<String> {
    let short = std::fs::metadata(path).is_ok_and(|file| file.len() <= REFS_MAX);
    let bytes = short.then(|| std::fs::read(path).ok()).flatten()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Every name of an object among the first words of each line.
fn ids_in(path: &Path) -> Vec<ObjectId> {
    let text = text_of(path).unwrap_or_default();
    let words = text.lines().flat_map(|line| line.split([' ', '\t']).take(2));
    words.filter_map(|word| ObjectId::parse(word.trim_start_matches('^'))).collect()
}
