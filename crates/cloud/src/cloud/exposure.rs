//! Who may see buckets and objects, as it stands and as it is put back.

use async_trait::async_trait;
use claviger_model::{Acl, PublicAccessBlock};

use super::{BucketRef, Provided, lacks};
use crate::CloudError;

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
}
