//! What every cloud can be asked. One trait a subject, so that each cloud's folder has the same files;
//! [`Cloud`] is all of them together. A call that a cloud lacks answers `NotSupported`.

mod buckets;
mod exposure;
mod keys;
mod logs;
mod objects;
mod policy;
mod secrets;
mod stored;
mod versions;

use claviger_model::Provider;

pub use buckets::{Bucket, BucketDetails, BucketRef, BucketStat, Buckets};
pub use exposure::{Exposure, Listed};
pub use keys::Keys;
pub use logs::{LogStart, LogStore, LogTarget, Logs, PulledLogs, Trail, TrailPage};
pub use objects::{FolderPage, ObjectInfo, ObjectPage, Objects};
pub use policy::{Policies, PolicyOwner};
pub use secrets::{ManagedSecret, Secrets};
pub use stored::{StoredSecret, StoredSecrets};
pub use versions::{ObjectVersion, Versions};

use crate::CloudError;

/// Who answers.
pub trait Provided: Send + Sync {
    /// Whose API this is.
    fn provider(&self) -> Provider;
}

/// One account of a provider. Calls take what they need and may be made at the same time; each is
/// tried again by itself where that is safe and useful.
pub trait Cloud:
    Keys + Buckets + Objects + Versions + Exposure + Logs + Policies + Secrets + StoredSecrets
{
}

impl<T> Cloud for T where
    T: Keys + Buckets + Objects + Versions + Exposure + Logs + Policies + Secrets + StoredSecrets
{
}

/// The answer to a call that a cloud lacks.
pub(crate) fn lacks<T>(
    cloud: &(impl Provided + ?Sized),
    call: &'static str,
) -> Result<T, CloudError> {
    Err(CloudError::NotSupported { call, provider: cloud.provider() })
}
