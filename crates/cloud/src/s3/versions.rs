//! Versions of S3's objects.

use std::ops::Range;

use async_trait::async_trait;

use super::rest::Request;
use super::{Accounts, S3};
use crate::cloud::{ObjectVersion, Versions};
use crate::wire::{Reading, VERSIONS_PAGES_MAX, VersionsPage};
use crate::{BucketRef, CloudError};

const LIST: &str = "s3:ListObjectVersions";

#[async_trait]
impl<A: Accounts> Versions for S3<A> {
    async fn object_versions(
        &self,
        bucket: &BucketRef,
        name: &str,
    ) -> Result<Vec<ObjectVersion>, CloudError> {
        let mut found = Vec::new();
        let mut marker: Option<(String, String)> = None;
        for _ in 0..VERSIONS_PAGES_MAX {
            let mut request = Request::bucket(LIST, "GET", bucket)
                .query("versions", "")
                .query("encoding-type", "url")
                .query("prefix", name);
            if let Some((key, version)) = &marker {
                request = request.query("key-marker", key).query("version-id-marker", version);
            }
            let page: VersionsPage = self.s3(request).await?.xml(LIST)?;
            match page.take(LIST, name, true, &mut found)? {
                Some(next) => marker = Some(next),
                None => return Ok(found),
            }
        }
        Err(CloudError::Malformed { call: LIST, why: "the listing does not end".to_owned() })
    }

    async fn read_version(
        &self,
        bucket: &BucketRef,
        name: &str,
        version: &str,
        range: Range<u64>,
    ) -> Result<Vec<u8>, CloudError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let request = Request::object("s3:GetObjectVersion", "GET", bucket, name)
            .query("versionId", version)
            .header("range", &format!("bytes={}-{}", range.start, range.end - 1))
            .reading(Reading::Range(range));
        Ok(self.s3(request).await?.body)
    }

    async fn delete_version(
        &self,
        bucket: &BucketRef,
        name: &str,
        version: &str,
    ) -> Result<(), CloudError> {
        let request = Request::object("s3:DeleteObjectVersion", "DELETE", bucket, name)
            .query("versionId", version);
        match self.s3(request).await {
            Err(CloudError::NotFound(refusal)) if refusal.code != "NoSuchBucket" => Ok(()),
            answer => answer.map(drop),
        }
    }
}
