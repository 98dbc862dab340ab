//! The versions of an object: what stays readable after it was written over or deleted.

use std::ops::Range;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{BucketRef, Provided, lacks};
use crate::CloudError;

/// One version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectVersion {
    /// Its id; `null` for what was written while the bucket kept no versions.
    pub id: String,
    /// Whether it only says that the object was deleted.
    pub is_marker: bool,
    /// Whether it is what a request without a version gets.
    pub is_latest: bool,
    /// Size.
    pub bytes: u64,
    /// What changes when the content does, without quotes.
    pub etag: String,
    /// When it was written.
    pub last_modified: Timestamp,
}

/// Versions. Every method fails with what the provider refused, or `NotSupported`.
#[async_trait]
pub trait Versions: Provided {
    /// Every version of one object, the latest first; none when it was never there.
    async fn object_versions(
        &self,
        _bucket: &BucketRef,
        _name: &str,
    ) -> Result<Vec<ObjectVersion>, CloudError> {
        lacks(self, "list the versions of an object")
    }

    /// The bytes in `range` of one version, fewer where it ends before.
    async fn read_version(
        &self,
        _bucket: &BucketRef,
        _name: &str,
        _version: &str,
        _range: Range<u64>,
    ) -> Result<Vec<u8>, CloudError> {
        lacks(self, "read a version of an object")
    }

    /// Deletes one version for good; that it was not there is no error.
    async fn delete_version(
        &self,
        _bucket: &BucketRef,
        _name: &str,
        _version: &str,
    ) -> Result<(), CloudError> {
        lacks(self, "delete a version of an object")
    }
}
