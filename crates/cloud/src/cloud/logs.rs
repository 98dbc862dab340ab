//! Where a bucket's access log goes.

use async_trait::async_trait;

use super::{BucketRef, Provided, lacks};
use crate::CloudError;

/// Bucket and name prefix that log files are written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogTarget {
    /// Bucket; of the same region and owner.
    pub bucket: String,
    /// What the names of its log files begin with; may be empty.
    pub prefix: String,
}

/// Access logs. Every method fails with what the provider refused, or `NotSupported`.
#[async_trait]
pub trait Logs: Provided {
    /// Turns the access log on, or off with `None`.
    async fn set_bucket_logging(
        &self,
        _bucket: &BucketRef,
        _target: Option<&LogTarget>,
    ) -> Result<(), CloudError> {
        lacks(self, "change a bucket's logging")
    }
}
