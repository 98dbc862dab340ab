//! Who may see buckets and objects, as it stands and as it is put back.

use async_trait::async_trait;
use claviger_model::{Acl, PublicAccessBlock, PublicSettings};

use super::{BucketRef, Provided, lacks};
use crate::CloudError;
use crate::wire::noted;

/// A bucket, or one object in it.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The bucket.
    pub bucket: &'a BucketRef,
    /// The object; `None` for the bucket itself.
    pub object: Option<&'a str>,
}

/// Access control lists and blocks. Every method fails with what the provider refused, or `NotSupported`.
#[async_trait]
pub trait Exposure: Provided {
    /// The access control list as the provider holds it, with every grant.
    async fn acl_document(&self, _of: Listed<'_>) -> Result<String, CloudError> {
        lacks(self, "read an access control list")
    }

    /// Puts back what [`Exposure::acl_document`] told.
    async fn restore_acl(&self, _of: Listed<'_>, _document: &str) -> Result<(), CloudError> {
        lacks(self, "change an access control list")
    }

    /// Sets a ready-made list.
    async fn set_acl(&self, _of: Listed<'_>, _acl: Acl) -> Result<(), CloudError> {
        lacks(self, "change an access control list")
    }

    /// Whom the list lets in: what stays of the list itself when grants to named accounts are left out.
    async fn acl(&self, _of: Listed<'_>) -> Result<Acl, CloudError> {
        lacks(self, "read an access control list")
    }

    /// The block of public access of a bucket, or of the whole account; `None` where nobody set any.
    async fn public_access_block(
        &self,
        _bucket: Option<&BucketRef>,
    ) -> Result<Option<PublicAccessBlock>, CloudError> {
        lacks(self, "read the block of public access")
    }

    /// Sets the block of public access, or removes it.
    async fn set_public_access_block(
        &self,
        _bucket: Option<&BucketRef>,
        _block: Option<PublicAccessBlock>,
    ) -> Result<(), CloudError> {
        lacks(self, "block public access")
    }

    /// The policy of a bucket, as it is written; `None` where there is none.
    async fn bucket_policy(&self, _bucket: &BucketRef) -> Result<Option<String>, CloudError> {
        lacks(self, "read a bucket's policy")
    }

    /// Sets the policy of a bucket, in place of any; `None` removes it.
    async fn set_bucket_policy(
        &self,
        _bucket: &BucketRef,
        _document: Option<&str>,
    ) -> Result<(), CloudError> {
        lacks(self, "set a bucket's policy")
    }

    /// Everything that decides who in the world may read what is in a bucket. What may not be read is
    /// named in the answer.
    async fn public_settings(&self, bucket: &BucketRef) -> Result<PublicSettings, CloudError> {
        let (acl, policy, in_bucket, in_account) = tokio::join!(
            self.acl(Listed { bucket, object: None }),
            self.bucket_policy(bucket),
            self.public_access_block(Some(bucket)),
            self.public_access_block(None),
        );
        let mut unread = Vec::new();
        let account_block = match in_account {
            // A store of one's own has no such thing.
            Err(CloudError::NotSupported { .. }) => None,
            Ok(block) => block,
            // Another service than the store may be asked: its silence says nothing of the bucket.
            Err(_) => {
                unread.push("block of the account".to_owned());
                None
            }
        };
        Ok(PublicSettings {
            acl: noted(acl, "ACL", &mut unread)?,
            policy: noted(policy, "policy", &mut unread)?.flatten(),
            bucket_block: noted(in_bucket, "block of the bucket", &mut unread)?.flatten(),
            account_block,
            unread,
        })
    }
}
