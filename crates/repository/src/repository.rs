//! A repository as it lies in a folder.

use std::collections::{BTreeMap, HashSet};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::RepositoryError;
use crate::commit::Commit;
use crate::names;
use crate::object::{Kind, ObjectId};
use crate::store::{Content, Store};

/// Makes an object out of another one and a delta, no larger than so many bytes; `None` when the delta is damaged.
pub type ApplyDelta = fn(base: &[u8], delta: &[u8], bytes_max: usize) -> Option<Vec<u8>>;

/// Whether a folder is a repository: a `.git`, or one without a working tree.
#[must_use]
pub fn is_repository(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
}

/// A repository.
pub struct Repository {
    folder: PathBuf,
    pub(crate) store: Store,
}

impl Repository {
    /// Opens the repository in a folder, of which a working tree may be made.
    ///
    /// # Errors
    /// There is none, or one that cannot be read.
    pub fn open(folder: &Path, apply_delta: ApplyDelta) -> Result<Self, RepositoryError> {
        let inner = folder.join(".git");
        let folder = match is_repository(folder) {
            true => folder.to_owned(),
            false if is_repository(&inner) => inner,
            false => return Err(RepositoryError::NoRepository(folder.to_owned())),
        };
        let config = names::text_of(&folder.join("config")).unwrap_or_default().to_lowercase();
        let says = |setting: &str| {
            config.lines().any(|line| line.split_whitespace().collect::<String>() == setting)
        };
        if says("objectformat=sha256") {
            return Err(RepositoryError::Format("names its objects by SHA-256"));
        }
        if says("refstorage=reftable") {
            return Err(RepositoryError::Format("keeps its names in a table"));
        }
        let store = Store::open(&folder.join("objects"), apply_delta)?;
        Ok(Self { folder, store })
    }

    /// The content of a file, to be read from its start; `None` when it is missing or damaged.
    #[must_use]
    pub fn blob(&self, id: &ObjectId) -> Option<Box<dyn Read + Send>> {
        match self.store.open_object(id)? {
            (Kind::Blob, Content::Streamed(reader)) => Some(reader),
            (Kind::Blob, Content::Held(bytes)) => Some(Box::new(Cursor::new(Held(bytes)))),
            _ => None,
        }
    }

    /// The words of a commit or a tag, which follow its first empty line.
    #[must_use]
    pub fn words(&self, id: &ObjectId) -> Vec<u8> {
        let Some((Kind::Commit | Kind::Tag, object)) = self.store.read(id) else {
            return Vec::new();
        };
        let words = object.windows(2).position(|pair| pair == b"\n\n");
        words.map_or(Vec::new(), |head| object[head + 2..].to_vec())
    }

    /// A commit by its name; `None` when it is missing, damaged or something else.
    #[must_use]
    pub fn commit(&self, id: &ObjectId) -> Option<Commit> {
        let (Kind::Commit, object) = self.store.read(id)? else { return None };
        Commit::read(*id, &object, &mut HashSet::new())
    }

    /// Whether an object is there, whatever leads to it.
    #[must_use]
    pub fn holds(&self, id: &ObjectId) -> bool {
        self.store.kind(id).is_some()
    }

    /// Every branch, tag and other name, with what it points to now.
    #[must_use]
    pub fn names(&self) -> BTreeMap<String, ObjectId> {
        names::in_force(&self.folder)
    }

    /// What every name points to, and what logs of names say that it did.
    #[must_use]
    pub fn names_ever(&self) -> Vec<ObjectId> {
        names::ever(&self.folder)
    }

    /// Commits whose parents were left behind when the repository was cloned.
    pub(crate) fn shallow(&self) -> Vec<ObjectId> {
        names::ids_in(&self.folder.join("shallow"))
    }
}

/// Bytes that the cache holds too.
struct Held(Arc<Vec<u8>>);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
