//! A repository as it lies in a folder.

use std::collections::{BTreeMap, HashSet};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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

/// Largest content that is read, as the scanner's own bound on what an archive expands to: a compressed object of
/// a few megabytes may hold thousands of times as much.
const CONTENT_BYTES_MAX: u64 = 8 << 30;

/// A repository.
pub struct Repository {
    folder: PathBuf,
    names: BTreeMap<String, ObjectId>,
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
        // Before the packs are listed: what a name leads to is there by then.
        let names = names::in_force(&folder);
        let store = Store::open(&folder.join("objects"), apply_delta)?;
        Ok(Self { folder, names, store })
    }

    /// Has it read only until this is set. From then on nothing is found in it, and who reads it must not believe so.
    #[must_use]
    pub fn until(mut self, end: Arc<AtomicBool>) -> Self {
        self.store.end = end;
        self
    }

    /// The content of a file, to be read from its start up to 8 GiB; `None` when it is missing or damaged.
    #[must_use]
    pub fn blob(&self, id: &ObjectId) -> Option<Box<dyn Read + Send>> {
        match self.store.open_object(id)? {
            (Kind::Blob, Content::Streamed(reader)) => {
                let end = Arc::clone(&self.store.end);
                Some(Box::new(Bounded { reader, left: CONTENT_BYTES_MAX, end }))
            }
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

    /// Every branch, tag and other name, with what it pointed to when the repository was opened.
    #[must_use]
    pub fn names(&self) -> &BTreeMap<String, ObjectId> {
        &self.names
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

/// A content that ends in an error where it is too large, or its reading is to end.
struct Bounded {
    reader: Box<dyn Read + Send>,
    left: u64,
    end: Arc<AtomicBool>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.end.load(Ordering::Relaxed) {
            return Err(std::io::Error::other("its reading was ended"));
        }
        let read = self.reader.read(buffer)? as u64;
        match self.left.checked_sub(read) {
            Some(left) => self.left = left,
            None => return Err(std::io::Error::other("it is larger than 8 GiB")),
        }
        Ok(read as usize)
    }
}

/// Bytes that the cache holds too.
struct Held(Arc<Vec<u8>>);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_without_end_ends_in_an_error() {
        let reader: Box<dyn Read + Send> = Box::new(std::io::repeat(b'x'));
        let mut bounded = Bounded { reader, left: 1000, end: Arc::default() };
        let mut read = Vec::new();
        let error = bounded.read_to_end(&mut read).unwrap_err();
        assert!(read.len() <= 1000 && error.to_string().contains("8 GiB"), "{error}");
        let reader: Box<dyn Read + Send> = Box::new(std::io::repeat(b'x'));
        let end = Arc::new(AtomicBool::new(true));
        assert!(Bounded { reader, left: 1000, end }.read(&mut [0; 8]).is_err());
    }
}
