//! The files of a folder.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use claviger_model::Acl;

use super::path::file_of;
use super::walk::{Page, info_of, walk};
use super::{Folder, blocking};
use crate::cloud::Objects;
use crate::{BucketRef, CloudError, ObjectInfo, ObjectPage};

fn read(path: PathBuf, range: &Range<u64>) -> Result<Vec<u8>, CloudError> {
    let failed = |source| CloudError::File { call: "read", path: path.clone(), source };
    // Looked at before it is opened: opening a pipe would wait for its writer.
    if !fs::symlink_metadata(&path).map_err(failed)?.is_file() {
        return Err(failed(ErrorKind::InvalidInput.into()));
    }
    let mut file = File::open(&path).map_err(failed)?;
    file.seek(SeekFrom::Start(range.start)).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(range.end.saturating_sub(range.start)).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Writes beside the file and renames, so that a reader sees the old content or the new.
fn write(root: &Path, path: &Path, content: &[u8]) -> Result<(), CloudError> {
    let failed = |source| CloudError::File { call: "write", path: path.to_owned(), source };
    let parent = path.parent().unwrap_or(root);
    fs::create_dir_all(parent).map_err(failed)?;
    let mut tag = [0; 8];
    getrandom::fill(&mut tag).map_err(|error| failed(std::io::Error::other(error)))?;
    let beside = parent.join(format!(".claviger-{}", hex::encode(tag)));
    let written = fs::write(&beside, content).and_then(|()| fs::rename(&beside, path));
    written.map_err(|source| {
        // The first failure is the one to tell of.
        drop(fs::remove_file(&beside));
        failed(source)
    })
}

fn delete(path: PathBuf) -> Result<(), CloudError> {
    match fs::remove_file(&path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(source) => Err(CloudError::File { call: "delete", path, source }),
    }
}

fn look(path: PathBuf, name: &str) -> Result<Option<ObjectInfo>, CloudError> {
    match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_file() => Ok(Some(info_of(name, &metadata))),
        Ok(_) => Ok(None),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(source) => Err(CloudError::File { call: "look at", path, source }),
    }
}

#[async_trait]
impl Objects for Folder {
    async fn list_objects(
        &self,
        _bucket: &BucketRef,
        prefix: &str,
        start_after: Option<&str>,
        continuation: Option<&str>,
        max: u32,
    ) -> Result<ObjectPage, CloudError> {
        let root = self.root.clone();
        let prefix = prefix.to_owned();
        let after = continuation.or(start_after).unwrap_or_default().to_owned();
        let max = max.clamp(1, 1_000) as usize;
        blocking(move || {
            let mut objects = walk(&root, &Page { prefix: &prefix, after: &after, max })?;
            let more = objects.len() > max;
            objects.truncate(max);
            let next = objects.last().filter(|_| more).map(|last| last.name.clone());
            Ok(ObjectPage { objects, next })
        })
        .await
    }

    async fn head_object(
        &self,
        _bucket: &BucketRef,
        name: &str,
    ) -> Result<Option<ObjectInfo>, CloudError> {
        let (root, name) = (self.root.clone(), name.to_owned());
        blocking(move || look(file_of(&root, &name)?, &name)).await
    }

    async fn read_object(
        &self,
        _bucket: &BucketRef,
        name: &str,
        range: Range<u64>,
    ) -> Result<Vec<u8>, CloudError> {
        let (root, name) = (self.root.clone(), name.to_owned());
        blocking(move || read(file_of(&root, &name)?, &range)).await
    }

    async fn put_object(
        &self,
        _bucket: &BucketRef,
        name: &str,
        content: Vec<u8>,
        _acl: Option<Acl>,
    ) -> Result<(), CloudError> {
        let (root, name) = (self.root.clone(), name.to_owned());
        blocking(move || write(&root, &file_of(&root, &name)?, &content)).await
    }

    async fn delete_object(&self, _bucket: &BucketRef, name: &str) -> Result<(), CloudError> {
        let (root, name) = (self.root.clone(), name.to_owned());
        blocking(move || delete(file_of(&root, &name)?)).await
    }

    /// As the folder's.
    async fn object_acl(&self, _bucket: &BucketRef, _name: &str) -> Result<Acl, CloudError> {
        Ok(Acl::Private)
    }
}
