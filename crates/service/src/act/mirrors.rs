//! The copies of repositories that lie elsewhere: where they are, and that none outlives its repository.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use claviger_model::RepositoryId;
use claviger_store::repositories;

use crate::{Service, ServiceError};

impl Service {
    /// Where the copy of a repository lies that lies elsewhere.
    pub(crate) fn mirror_folder(&self, id: &RepositoryId) -> PathBuf {
        self.mirrors().join(mirror_name(id))
    }

    fn mirrors(&self) -> PathBuf {
        self.settings().data_dir.join("repositories")
    }

    /// Deletes the copy of a repository, if there is one. Nobody may be reading it.
    pub(crate) async fn forget_mirror(&self, id: &RepositoryId) {
        delete(&self.mirror_folder(id)).await;
    }

    /// Deletes what a killed process left of repositories that are watched no more.
    pub(crate) async fn prune_mirrors(&self) -> Result<(), ServiceError> {
        let mut reader = self.store().read().await?;
        let watched = repositories::list(&mut reader).await?;
        drop(reader);
        let watched: HashSet<String> = watched.iter().map(|one| mirror_name(&one.id)).collect();
        let Ok(mut entries) = tokio::fs::read_dir(self.mirrors()).await else { return Ok(()) };
        while let Ok(Some(entry)) = entries.next_entry().await {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".git") && !watched.contains(&name) {
                delete(&entry.path()).await;
            }
        }
        Ok(())
    }
}

fn mirror_name(id: &RepositoryId) -> String {
    format!("{id}.git")
}

async fn delete(folder: &Path) {
    if let Err(error) = tokio::fs::remove_dir_all(folder).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(folder = %folder.display(), %error, "a copy of a repository stays");
    }
}
