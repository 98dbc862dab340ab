//! The one bucket of a folder.

use async_trait::async_trait;
use claviger_model::{Acl, PublicSettings};

use super::Folder;
use crate::cloud::Buckets;
use crate::{Bucket, BucketDetails, BucketRef, CloudError};

#[async_trait]
impl Buckets for Folder {
    async fn list_buckets(&self) -> Result<Vec<Bucket>, CloudError> {
        let bucket = Bucket {
            name: self.name(),
            region: "local".to_owned(),
            endpoint: None,
            created_at: None,
        };
        Ok(vec![bucket])
    }

    /// Private: whoever reads it has been let into this machine.
    async fn bucket_details(&self, _bucket: &BucketRef) -> Result<BucketDetails, CloudError> {
        Ok(BucketDetails { acl: Some(Acl::Private), ..BucketDetails::default() })
    }

    async fn public_settings(&self, _bucket: &BucketRef) -> Result<PublicSettings, CloudError> {
        Ok(PublicSettings { acl: Some(Acl::Private), ..PublicSettings::default() })
    }
}
