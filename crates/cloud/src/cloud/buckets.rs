//! Buckets and who may see into them.

use async_trait::async_trait;
use claviger_model::Acl;
use jiff::Timestamp;

use super::{LogTarget, Provided, lacks};
use crate::CloudError;

/// A bucket as the account's listing has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Name.
    pub name: String,
    /// Region, such as `cn-hangzhou`: never with `oss-` before it.
    pub region: String,
    /// Its own endpoint, where the provider names one: a host without scheme.
    pub endpoint: Option<String>,
    /// When it was made, where the provider says so.
    pub created_at: Option<Timestamp>,
}

impl Bucket {
    /// What calls need of it.
    #[must_use]
    pub fn reference(&self) -> BucketRef {
        BucketRef {
            name: self.name.clone(),
            region: self.region.clone(),
            endpoint: self.endpoint.clone(),
        }
    }
}

/// Which bucket a call is about, and where it lives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BucketRef {
    /// Name.
    pub name: String,
    /// Region; requests are signed for it.
    pub region: String,
    /// Its own endpoint, if the listing named one.
    pub endpoint: Option<String>,
}

/// What is known of a bucket beyond its name. A field is `None` when its call was denied or the
/// provider has no such thing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BucketDetails {
    /// Its access control list.
    pub acl: Option<Acl>,
    /// Whether public access is blocked, whatever the lists say.
    pub public_access_blocked: Option<bool>,
    /// Where its access log goes; `None` also when logging is off.
    pub log_target: Option<LogTarget>,
    /// Objects.
    pub object_count: Option<u64>,
    /// Bytes.
    pub bytes: Option<u64>,
}

/// How large a bucket is, as the provider counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BucketStat {
    /// Objects.
    pub object_count: Option<u64>,
    /// Bytes.
    pub bytes: Option<u64>,
}

/// Buckets. Every method fails with what the provider refused, or `NotSupported`.
#[async_trait]
pub trait Buckets: Provided {
    /// Every bucket that the credentials may list.
    async fn list_buckets(&self) -> Result<Vec<Bucket>, CloudError>;

    /// Reads what can be read; a denied part stays `None`, any other failure is the answer.
    async fn bucket_details(&self, bucket: &BucketRef) -> Result<BucketDetails, CloudError>;

    /// How large a bucket is.
    async fn bucket_stat(&self, _bucket: &BucketRef) -> Result<BucketStat, CloudError> {
        lacks(self, "tell how large a bucket is")
    }

    /// Makes a private bucket.
    async fn create_bucket(&self, _bucket: &BucketRef) -> Result<(), CloudError> {
        lacks(self, "create a bucket")
    }
}
