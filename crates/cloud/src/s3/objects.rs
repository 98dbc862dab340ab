//! Objects of S3.

use std::ops::Range;

use async_trait::async_trait;
use claviger_model::Acl;
use jiff::Timestamp;
use serde::Deserialize;

use super::grants::{AclAnswer, canned};
use super::rest::Request;
use super::{Accounts, S3};
use crate::cloud::Objects;
use crate::sign::decode;
use crate::wire::{Reading, unquoted};
use crate::{BucketRef, CloudError, ObjectInfo, ObjectPage};

const LIST: &str = "s3:ListObjectsV2";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listing {
    #[serde(default)]
    contents: Vec<Listed>,
    encoding_type: Option<String>,
    #[serde(default)]
    is_truncated: bool,
    next_continuation_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    key: String,
    last_modified: Timestamp,
    #[serde(rename = "ETag", default)]
    etag: String,
    size: u64,
}

impl Listed {
    /// S3 encodes names in a listing as forms do: a blank is `+`, a plus is `%2B`.
    fn info(self, encoded: bool) -> Result<ObjectInfo, CloudError> {
        let name = match encoded {
            true => decode(&self.key.replace('+', " ")).ok_or_else(|| CloudError::Malformed {
                call: LIST,
                why: format!("the name `{}` is no text", self.key),
            })?,
            false => self.key,
        };
        Ok(ObjectInfo {
            name,
            bytes: self.size,
            etag: unquoted(&self.etag),
            last_modified: self.last_modified,
        })
    }
}

#[async_trait]
impl<A: Accounts> Objects for S3<A> {
    async fn list_objects(
        &self,
        bucket: &BucketRef,
        prefix: &str,
        start_after: Option<&str>,
        continuation: Option<&str>,
        max: u32,
    ) -> Result<ObjectPage, CloudError> {
        let mut request = Request::bucket(LIST, "GET", bucket)
            .query("list-type", "2")
            .query("encoding-type", "url")
            .query("max-keys", &max.clamp(1, 1_000).to_string());
        for (name, value) in [
            ("prefix", Some(prefix).filter(|prefix| !prefix.is_empty())),
            ("start-after", start_after.filter(|_| continuation.is_none())),
            ("continuation-token", continuation),
        ] {
            if let Some(value) = value {
                request = request.query(name, value);
            }
        }
        let page: Listing = self.s3(request).await?.xml(LIST)?;
        let encoded = page.encoding_type.as_deref() == Some("url");
        let objects: Result<_, _> =
            page.contents.into_iter().map(|listed| listed.info(encoded)).collect();
        Ok(ObjectPage {
            objects: objects?,
            next: page.next_continuation_token.filter(|_| page.is_truncated),
        })
    }

    async fn head_object(
        &self,
        bucket: &BucketRef,
        name: &str,
    ) -> Result<Option<ObjectInfo>, CloudError> {
        const CALL: &str = "s3:HeadObject";
        match self.s3(Request::object(CALL, "HEAD", bucket, name)).await {
            Ok(answer) => answer.object_info(CALL, name).map(Some),
            Err(CloudError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn read_object(
        &self,
        bucket: &BucketRef,
        name: &str,
        range: Range<u64>,
    ) -> Result<Vec<u8>, CloudError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let request = Request::object("s3:GetObject", "GET", bucket, name)
            .header("range", &format!("bytes={}-{}", range.start, range.end - 1))
            .reading(Reading::Range(range));
        Ok(self.s3(request).await?.body)
    }

    async fn put_object(
        &self,
        bucket: &BucketRef,
        name: &str,
        content: Vec<u8>,
        acl: Option<Acl>,
    ) -> Result<(), CloudError> {
        let mut request = Request::object("s3:PutObject", "PUT", bucket, name)
            .body("application/octet-stream", content);
        if let Some(acl) = acl {
            request = request.header("x-amz-acl", canned(acl));
        }
        self.s3(request).await.map(drop)
    }

    async fn delete_object(&self, bucket: &BucketRef, name: &str) -> Result<(), CloudError> {
        self.s3(Request::object("s3:DeleteObject", "DELETE", bucket, name)).await.map(drop)
    }

    async fn object_acl(&self, bucket: &BucketRef, name: &str) -> Result<Acl, CloudError> {
        const CALL: &str = "s3:GetObjectAcl";
        let request = Request::object(CALL, "GET", bucket, name).query("acl", "");
        Ok(self.s3(request).await?.xml::<AclAnswer>(CALL)?.acl())
    }
}
