//! Versions of objects.

use std::ops::Range;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Deserialize;

use super::objects::part;
use super::{Names, Request, Store};
use crate::cloud::{ObjectVersion, Versions};
use crate::wire::unquoted;
use crate::{BucketRef, CloudError};

/// Pages of one object's versions: a bound against a service that never ends.
const PAGES_MAX: usize = 100;

/// One page.
#[derive(Deserialize)]
struct VersionsPage {
    #[serde(rename = "$value", default)]
    elements: Vec<Element>,
}

/// Versions and markers stand among each other, and all else among them.
#[derive(Deserialize)]
enum Element {
    Version(Entry),
    DeleteMarker(Entry),
    EncodingType(String),
    IsTruncated(bool),
    NextKeyMarker(String),
    NextVersionIdMarker(String),
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    key: String,
    version_id: String,
    is_latest: bool,
    last_modified: Timestamp,
    #[serde(rename = "ETag", default)]
    etag: String,
    #[serde(default)]
    size: u64,
}

impl VersionsPage {
    /// Adds what the page says of the object called `name`. Returns where the next page begins, where
    /// there may be more of it.
    fn take(
        self,
        call: &'static str,
        name: &str,
        names: Names,
        found: &mut Vec<ObjectVersion>,
    ) -> Result<Option<(String, String)>, CloudError> {
        let encoded = self
            .elements
            .iter()
            .any(|element| matches!(element, Element::EncodingType(kind) if kind == "url"));
        let plain = |text: String| match encoded {
            true => names.decoded(call, text),
            false => Ok(text),
        };
        let (mut truncated, mut key_marker, mut version_marker) = (false, None, String::new());
        let mut beyond = false;
        for element in self.elements {
            let (entry, is_marker) = match element {
                Element::Version(entry) => (entry, false),
                Element::DeleteMarker(entry) => (entry, true),
                Element::IsTruncated(flag) => {
                    truncated = flag;
                    continue;
                }
                Element::NextKeyMarker(key) => {
                    key_marker = Some(plain(key)?);
                    continue;
                }
                Element::NextVersionIdMarker(version) => {
                    version_marker = version;
                    continue;
                }
                Element::EncodingType(_) | Element::Other => continue,
            };
            let key = plain(entry.key)?;
            beyond |= key != name;
            if key == name {
                found.push(ObjectVersion {
                    id: entry.version_id,
                    is_marker,
                    is_latest: entry.is_latest,
                    bytes: entry.size,
                    etag: unquoted(&entry.etag),
                    last_modified: entry.last_modified,
                });
            }
        }
        // Names that only begin like it come behind it.
        let more = truncated && !beyond;
        Ok(key_marker.filter(|_| more).map(|key| (key, version_marker)))
    }
}

#[async_trait]
impl<S: Store> Versions for S {
    async fn object_versions(
        &self,
        bucket: &BucketRef,
        name: &str,
    ) -> Result<Vec<ObjectVersion>, CloudError> {
        let call = S::CALLS.list_versions;
        let mut found = Vec::new();
        let mut marker: Option<(String, String)> = None;
        for _ in 0..PAGES_MAX {
            let mut request = Request::bucket(call, "GET", bucket)
                .query("versions", "")
                .query("encoding-type", "url")
                .query("prefix", name);
            if let Some((key, version)) = &marker {
                request = request.query("key-marker", key).query("version-id-marker", version);
            }
            let page: VersionsPage = self.call(request).await?.xml(call)?;
            match page.take(call, name, S::NAMES, &mut found)? {
                Some(next) => marker = Some(next),
                None => return Ok(found),
            }
        }
        Err(CloudError::Malformed { call, why: "the listing does not end".to_owned() })
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
        let request = Request::object(S::CALLS.get_version, "GET", bucket, name);
        Ok(self.call(part::<S>(request.query("versionId", version), range)).await?.body)
    }

    async fn delete_version(
        &self,
        bucket: &BucketRef,
        name: &str,
        version: &str,
    ) -> Result<(), CloudError> {
        let request = Request::object(S::CALLS.delete_version, "DELETE", bucket, name)
            .query("versionId", version);
        match self.call(request).await {
            Err(CloudError::NotFound(refusal)) if refusal.code != "NoSuchBucket" => Ok(()),
            answer => answer.map(drop),
        }
    }
}
