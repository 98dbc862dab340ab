//! Objects.

use std::ops::Range;

use async_trait::async_trait;
use claviger_model::{Acl, Availability};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Names, Request, Store};
use crate::archive::Told;
use crate::cloud::Objects;
use crate::sign::decode;
use crate::wire::{Reading, unquoted};
use crate::{BucketRef, CloudError, FolderPage, ObjectInfo, ObjectPage};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listing {
    #[serde(default)]
    contents: Vec<Listed>,
    #[serde(default)]
    common_prefixes: Vec<CommonPrefix>,
    encoding_type: Option<String>,
    #[serde(default)]
    is_truncated: bool,
    next_continuation_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CommonPrefix {
    prefix: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    key: String,
    last_modified: Timestamp,
    #[serde(rename = "ETag", default)]
    etag: String,
    size: u64,
    storage_class: Option<String>,
    /// How its restoration stands, by OSS.
    restore_info: Option<String>,
    /// The same by S3.
    restore_status: Option<RestoreStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RestoreStatus {
    is_restore_in_progress: bool,
}

impl Listed {
    fn availability(&self, class_counts: bool) -> Availability {
        let by_s3 = self
            .restore_status
            .as_ref()
            .map(|status| format!("ongoing-request=\"{}\"", status.is_restore_in_progress));
        let restoration = self.restore_info.as_deref().or(by_s3.as_deref());
        let class = self.storage_class.as_deref();
        Told { class, restoration, moved_into: None, class_counts }.in_listing()
    }
}

impl Listing {
    fn page(
        self,
        call: &'static str,
        names: Names,
        class_counts: bool,
    ) -> Result<FolderPage, CloudError> {
        let encoded = self.encoding_type.as_deref() == Some("url");
        let decoded = |name: String| match encoded {
            true => names.decoded(call, name),
            false => Ok(name),
        };
        let info = |listed: Listed| {
            let availability = listed.availability(class_counts);
            Ok(ObjectInfo {
                name: decoded(listed.key)?,
                bytes: listed.size,
                etag: unquoted(&listed.etag),
                last_modified: listed.last_modified,
                storage_class: listed.storage_class,
                availability,
            })
        };
        let objects: Result<_, CloudError> = self.contents.into_iter().map(info).collect();
        let folders = self.common_prefixes.into_iter().map(|folder| decoded(folder.prefix));
        let folders: Result<_, CloudError> = folders.collect();
        let next = self.next_continuation_token.filter(|_| self.is_truncated);
        let next = next.map(|token| match names {
            // The official client of OSS decodes the token as well.
            Names::Percent if encoded => decode(&token).unwrap_or(token),
            _ => token,
        });
        Ok(FolderPage { objects: objects?, folders: folders?, next })
    }
}

/// What is asked of a listing.
struct Asked<'a> {
    prefix: &'a str,
    start_after: Option<&'a str>,
    continuation: Option<&'a str>,
    max: u32,
    /// Whether what lies below a folder is told by the folder alone.
    folded: bool,
}

async fn list<S: Store>(
    store: &S,
    bucket: &BucketRef,
    asked: Asked<'_>,
) -> Result<FolderPage, CloudError> {
    let Asked { prefix, start_after, continuation, max, folded } = asked;
    let call = S::CALLS.list;
    let mut request = Request::bucket(call, "GET", bucket)
        .query("list-type", "2")
        .query("encoding-type", "url")
        .query("max-keys", &max.clamp(1, 1_000).to_string());
    if let Some((name, value)) = store.list_header() {
        request = request.header(name, value);
    }
    for (name, value) in [
        ("prefix", Some(prefix).filter(|prefix| !prefix.is_empty())),
        ("delimiter", folded.then_some("/")),
        ("start-after", start_after.filter(|_| continuation.is_none())),
        ("continuation-token", continuation),
    ] {
        if let Some(value) = value {
            request = request.query(name, value);
        }
    }
    store.call(request).await?.xml::<Listing>(call)?.page(call, S::NAMES, store.class_counts())
}

/// The part of an object that is asked for; no more is sent.
pub(super) fn part<'a, S: Store>(request: Request<'a>, range: Range<u64>) -> Request<'a> {
    let request = request.header("range", &format!("bytes={}-{}", range.start, range.end - 1));
    let request = match S::RANGE_ONLY {
        Some((name, value)) => request.header(name, value),
        None => request,
    };
    request.reading(Reading::Range(range))
}

#[async_trait]
impl<S: Store> Objects for S {
    async fn list_objects(
        &self,
        bucket: &BucketRef,
        prefix: &str,
        start_after: Option<&str>,
        continuation: Option<&str>,
        max: u32,
    ) -> Result<ObjectPage, CloudError> {
        let asked = Asked { prefix, start_after, continuation, max, folded: false };
        let FolderPage { objects, next, .. } = list(self, bucket, asked).await?;
        Ok(ObjectPage { objects, next })
    }

    async fn list_folder(
        &self,
        bucket: &BucketRef,
        prefix: &str,
        start_after: Option<&str>,
        continuation: Option<&str>,
        max: u32,
    ) -> Result<FolderPage, CloudError> {
        list(self, bucket, Asked { prefix, start_after, continuation, max, folded: true }).await
    }

    async fn head_object(
        &self,
        bucket: &BucketRef,
        name: &str,
    ) -> Result<Option<ObjectInfo>, CloudError> {
        let call = S::CALLS.head;
        match self.call(Request::object(call, "HEAD", bucket, name)).await {
            Ok(answer) => answer.object_info(call, name, self.class_counts()).map(Some),
            Err(CloudError::NotFound(refusal)) if refusal.code != "NoSuchBucket" => Ok(None),
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
        let request = Request::object(S::CALLS.get, "GET", bucket, name);
        Ok(self.call(part::<S>(request, range)).await?.body)
    }

    async fn put_object(
        &self,
        bucket: &BucketRef,
        name: &str,
        content: Vec<u8>,
        acl: Option<Acl>,
    ) -> Result<(), CloudError> {
        let mut request = Request::object(S::CALLS.put, "PUT", bucket, name)
            .body("application/octet-stream", content);
        if let Some((name, value)) = acl.map(S::acl_header) {
            request = request.header(name, value);
        }
        self.call(request).await.map(drop)
    }

    async fn delete_object(&self, bucket: &BucketRef, name: &str) -> Result<(), CloudError> {
        self.call(Request::object(S::CALLS.delete, "DELETE", bucket, name)).await.map(drop)
    }

    async fn object_acl(&self, bucket: &BucketRef, name: &str) -> Result<Acl, CloudError> {
        let call = S::CALLS.acl;
        let request = Request::object(call, "GET", bucket, name).query("acl", "");
        self.acl_of(&self.call(request).await?, call)
    }
}
