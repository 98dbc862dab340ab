//! A folder of this machine as one bucket, its files as objects.
//!
//! Links are never followed, so nothing outside the folder is read or written. A folder has no users,
//! keys, policies or logs.

mod buckets;
mod objects;
mod path;
mod walk;

use std::path::PathBuf;

use claviger_model::Provider;

use crate::cloud::{Exposure, Keys, Logs, Policies, Provided, Secrets, StoredSecrets, Versions};
use crate::{CloudError, Settings};

/// A folder of this machine.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Absolute, without links.
    root: PathBuf,
}

impl Folder {
    pub(crate) fn new(settings: Settings) -> Result<Self, CloudError> {
        let path = settings.endpoint.filter(|path| !path.is_empty()).ok_or_else(|| {
            CloudError::Settings { why: "the path of the folder is needed".to_owned() }
        })?;
        let path = PathBuf::from(path);
        let failed = |source| CloudError::File { call: "open", path: path.clone(), source };
        let root = std::fs::canonicalize(&path).map_err(failed)?;
        match root.is_dir() {
            true => Ok(Self { root }),
            false => {
                Err(CloudError::Settings { why: format!("`{}` is no folder", path.display()) })
            }
        }
    }

    /// The bucket's name: the folder's.
    fn name(&self) -> String {
        let name = self.root.file_name().unwrap_or(self.root.as_os_str());
        name.to_string_lossy().into_owned()
    }
}

/// Runs file work where it does not hold up the runtime.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CloudError> + Send + 'static,
) -> Result<T, CloudError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(CloudError::Malformed { call: "folder", why: error.to_string() }),
    }
}

impl Provided for Folder {
    fn provider(&self) -> Provider {
        Provider::Folder
    }
}

impl Keys for Folder {}
impl Exposure for Folder {}
impl Versions for Folder {}
impl Secrets for Folder {}
impl StoredSecrets for Folder {}
impl Logs for Folder {}
impl Policies for Folder {}
