//! How a cloud is reached.

use std::sync::Arc;

use claviger_dial::Guard;
use claviger_model::Provider;

use crate::aliyun::Aliyun;
use crate::folder::Folder;
use crate::s3::{Admin, Iam, S3};
use crate::{Cloud, CloudError, Credentials, LiveCredentials};

/// How a cloud is reached.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whose API it speaks.
    pub provider: Provider,
    /// Region, such as `cn-hangzhou`; `oss-` before it is taken off. Unused for a folder.
    pub region: String,
    /// Endpoint of the store as a host or with its scheme (`http://127.0.0.1:9000`); `None` for the
    /// provider's own. For a folder: its path.
    pub endpoint: Option<String>,
    /// Endpoint of the accounts' API (RAM, IAM); `None` for the provider's own. An S3-compatible
    /// store has none of its own; MinIO's is where its store is.
    pub accounts_endpoint: Option<String>,
    /// What requests are signed with; `None` for a folder.
    pub credentials: Option<Credentials>,
}

/// Makes the client of a cloud. Nothing is dialled yet.
///
/// # Errors
/// `Settings` when something is missing or unreadable, `File` when a folder cannot be opened.
pub fn connect(settings: Settings, guard: &Guard) -> Result<Arc<dyn Cloud>, CloudError> {
    let credentials = settings.credentials.clone().map(LiveCredentials::new);
    connect_live(settings, credentials, guard)
}

/// The same with credentials that are renewed while the client is at work; those of the settings are not used.
///
/// # Errors
/// As [`connect`].
pub fn connect_live(
    settings: Settings,
    credentials: Option<LiveCredentials>,
    guard: &Guard,
) -> Result<Arc<dyn Cloud>, CloudError> {
    if settings.provider == Provider::Folder {
        return Ok(Arc::new(Folder::new(settings)?));
    }
    let credentials = credentials.ok_or_else(|| CloudError::Settings {
        why: "an access key id and its secret are needed".to_owned(),
    })?;
    Ok(match settings.provider {
        Provider::Aliyun => Arc::new(Aliyun::new(&settings, credentials, guard)?),
        Provider::Minio => Arc::new(S3::<Admin>::new(&settings, credentials, guard)?),
        _ => Arc::new(S3::<Iam>::new(&settings, credentials, guard)?),
    })
}
