//! Versions of objects of OSS.

use std::ops::Range;

use async_trait::async_trait;

use super::Aliyun;
use super::oss::Request;
use crate::cloud::{ObjectVersion, Versions};
use crate::wire::{Reading, VERSIONS_PAGES_MAX, VersionsPage};
use crate::{BucketRef, CloudError};

const LIST: &str = "oss:ListObjectVersions";

#[async_trait]
impl Versions for Aliyun {
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
            let page: VersionsPage = self.oss(request).await?.xml(LIST)?;
            match page.take(LIST, name, false, &mut found)? {
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
        let request = Request::object("oss:GetObjectVersion", "GET", bucket, name)
            .query("versionId", version)
            .header("range", &format!("bytes={}-{}", range.start, range.end - 1))
            .header("x-oss-range-behavior", "standard")
            .reading(Reading::Range(range));
        Ok(self.oss(request).await?.body)
    }

    async fn delete_version(
        &self,
        bucket: &BucketRef,
        name: &str,
        version: &str,
    ) -> Result<(), CloudError> {
        let request = Request::object("oss:DeleteObjectVersion", "DELETE", bucket, name)
            .query("versionId", version);
        match self.oss(request).await {
            Err(CloudError::NotFound(refusal)) if refusal.code != "NoSuchBucket" => Ok(()),
            answer => answer.map(drop),
        }
    }
}
